import { expect, test } from '@jest/globals'
import { loadOverviewQuestions, type RemoteOverviewQuestion } from '../../node/overview/questions.js'
import { decideWithFacts } from '../../node/policy/decide.js'
import { compileForTest, factsAre, findPack, questionOf } from '../support/pack-questions.js'
import { readingOf } from '../support/reading.js'
import { schemaOf } from '../support/register-schema.js'

const questions = await loadOverviewQuestions()
const isRemote = (question: (typeof questions)[number]): question is RemoteOverviewQuestion =>
  question.kind === 'remote'
const remote = questions.filter(isRemote)

const own = { agb: '06999901', uzovi: '5999', gemeentecode: '9999' } as const
const values: Readonly<Record<string, string>> = {
  'person.bsn': '999990019',
  'record.id': '6f2f0b0e-6f0c-4a57-9d0a-1c1f0a7d9b11',
  ...Object.fromEntries(Object.entries(own).map(([kind, id]) => [`own.${kind}`, id])),
}
const kindOf: Readonly<Record<string, keyof typeof own | 'kvk'>> = {
  zorgaanbieder: 'agb',
  huisarts: 'agb',
  zorgkantoor: 'uzovi',
  'gemeente-wmo': 'gemeentecode',
  'gemeente-jw': 'gemeentecode',
}

function variablesOf(question: (typeof questions)[number]): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(question.variables).map(([name, value]) => [name, values[value] ?? '']))
}

async function decide(question: RemoteOverviewQuestion, role: string) {
  const data = findPack(question.pack)
  const kind = kindOf[role] ?? 'kvk'
  const claims = {
    organization_name: 'Voorbeeld',
    organization_role: role,
    organization_id_type: kind,
    organization_id: kind === 'kvk' ? '90000401' : own[kind],
  }
  const context = { scopes: [question.scope], time: Date.parse('2026-11-26T12:00:00Z') }
  const facts = Object.fromEntries(data.rules.flatMap((rule) => rule.facts.map(({ name }) => [name, true])))
  return decideWithFacts(
    questionOf(readingOf(schemaOf(data), question.query, variablesOf(question)), claims, context),
    compileForTest(data, true),
    factsAre(facts),
  )
}

test.each(remote.flatMap((question) => question.roles.map((role) => [question.id, role, question] as const)))(
  '%s, asked by %s, is let in by its own rule and nothing of it is left out',
  async (_id, role, question) => {
    const decision = await decide(question, role)
    expect([decision.permitted, decision.rule, decision.reasons]).toEqual([true, `${question.rule}.v1`, []])
    const { paths } = readingOf(schemaOf({ schema: question.register }), question.query, variablesOf(question))
    const leaving = decision.narrowing?.paths ?? paths
    expect(paths.filter((path) => !leaving.includes(path))).toEqual([])
  },
)

test.each(remote.map((question) => [question.id, question] as const))(
  '%s is refused to somebody with another role',
  async (_id, question) => {
    expect((await decide(question, 'stelselbeheerder')).permitted).toBe(false)
  },
)

test.each(questions.map((question) => [question.id, question] as const))(
  '%s fits the schema of its register, and gives a line or a lead',
  (_id, question) => {
    const { paths } = readingOf(schemaOf({ schema: question.register }), question.query, variablesOf(question))
    const places = [
      ...question.entries.flatMap(({ at, van, tot, before, aanbieder, details, record }) =>
        [van, tot, before, aanbieder, record?.id, ...details].flatMap((name) =>
          name === undefined ? [] : [[at, name]],
        ),
      ),
      ...question.leads.flatMap(({ at, record, organization }) =>
        [record?.id, organization?.id].flatMap((name) => (name === undefined ? [] : [[at, name]])),
      ),
    ].map((parts) => parts.filter((part) => part !== '').join('.'))
    expect(places.length).toBeGreaterThan(0)
    expect(places.filter((place) => !paths.includes(place))).toEqual([])
  },
)

test('nobody but the one holder or somebody named is told who it is about', () => {
  const about = remote.filter(({ variables }) => Object.values(variables).includes('person.bsn'))
  expect(about.length).toBeGreaterThan(0)
  expect(about.filter(({ ask }) => ask === 'all')).toEqual([])
})

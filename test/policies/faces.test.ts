import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createDecideBySource } from '../../node/access/decide-by-source.js'
import { createDecisionPoint } from '../../node/access/decision-point.js'
import { fromIwlz } from '../../node/access/iwlz-evaluations.js'
import { createFixedClock } from '../../node/kernel/clock.js'
import type { Outbound } from '../../node/kernel/outbound.js'
import { createDecide } from '../../node/policy/decide.js'
import type { Decision } from '../../node/policy/decision.js'
import { createEntityPolicy } from '../../node/policy/entities.js'
import { toEvaluation } from '../../node/policy/evaluation.js'
import type { Pack } from '../../node/policy/pack.js'
import { mutationsOf } from '../../node/policy/mutations.js'
import type { AccessQuestion } from '../../node/policy/question.js'
import { caseQuestion, compileForTest, packs, readCases } from '../support/pack-questions.js'
import { createOutboundWorld } from '../support/outbound-world.js'
import { rejectionOf } from '../support/refusals.js'

/** Questions of all packs: their cases, and each permitted one a little too much. */
const asked = packs.flatMap((data) => {
  const pack = compileForTest(data)
  return readCases(data).flatMap((entry) => {
    const question = caseQuestion(entry, data)
    const rule = pack.rules.find(({ name }) => name === entry.expect.rule && entry.expect.permitted)
    const more = rule === undefined ? [] : mutationsOf(question, rule).map((mutation) => mutation.question)
    return [question, ...more].map((each) => ({ pack, question: each }))
  })
})

let current: Pack | undefined
const clock = createFixedClock(Date.parse('2026-11-24T09:00:00Z'))
const decide = createDecide({
  packFor: () => current,
  // What is known of the world is the same for every face.
  askFact: ({ name }) => Promise.resolve({ holds: name.length % 2 === 0, source: 'elders' }),
})
const point = createDecisionPoint({
  clock,
  decide,
  servedSources: { find: () => undefined },
  entities: createEntityPolicy([]),
})

/** The parts of a decision that every face can say. */
function saidOf({ permitted, rule, reasons, purpose, grondslag, narrowing, retry = false }: Decision) {
  return JSON.parse(JSON.stringify({ permitted, rule, reasons, purpose, grondslag, narrowing, retry })) as unknown
}

const world = createOutboundWorld()
let outbound: Outbound
let port: number
let answering: (body: unknown) => Promise<unknown>

beforeAll(async () => {
  const server = await world.serve((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      void answering(JSON.parse(Buffer.concat(parts).toString())).then((answer) => {
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify(answer))
      })
    })
  })
  port = server.port
  outbound = world.createOutbound()
})

afterAll(() => world.close())

const external = (decisionPoint = `http://localhost:${port}`) =>
  createDecideBySource({
    outbound,
    decide: () => Promise.reject(new Error('the rules of this node are not asked')),
    servedSources: { find: () => ({ decisionPoint }) as never },
  })

test('there is something to ask', () => {
  expect(asked.length).toBeGreaterThan(500)
})

describe('every face gives the decision that the guarded read gets', () => {
  test('the decision point of this node, and whoever asks it elsewhere in batches', async () => {
    answering = async (body) => ({
      evaluations: await point.evaluateAll((body as { evaluations: unknown[] }).evaluations),
    })
    const client = external()
    for (const pack of new Set(asked.map((each) => each.pack))) {
      current = pack
      const questions = asked.filter((each) => each.pack === pack).map(({ question }) => question)
      for (let from = 0; from < questions.length; from += 100) {
        const batch = questions.slice(from, from + 100)
        expect((await client(batch)).map(saidOf)).toEqual((await decide(batch)).map(saidOf))
      }
    }
  }, 60_000)

  test('the batch of the iWlz draft, for what it can say', async () => {
    let compared = 0
    for (const { pack, question } of asked) {
      const draft = toDraft(question)
      const scope = pack.profiles[0]?.scope
      if (draft === undefined || scope === undefined || question.context.scopes.join() !== scope) continue
      current = pack
      const evaluation = fromIwlz(draft, { find: () => ({ scopes: [scope] }) as never })
      if (evaluation === undefined) throw new Error('the source is there')
      const { fields: _fields, paths: _paths, ...rest } = question.resource
      const [here] = await decide([{ ...question, resource: { ...rest, where: undefined, fields: [], paths: [] } }])
      expect((await point.evaluate(evaluation)).decision).toBe(here?.permitted)
      compared += 1
    }
    expect(compared).toBeGreaterThan(50)
  })
})

/** A question in the words of the draft; `undefined` when it asks what the draft cannot say. */
function toDraft({ requester: { claims }, resource, context }: AccessQuestion) {
  const { operation, filters, where, nested, order } = resource
  if (where !== undefined || nested.length + order.length > 0) return undefined
  const types: Readonly<Record<string, string>> = { wlzIndicatie: 'WLZ_INDICATIE' }
  const texts = ['organization_role', 'organization_id_type', 'organization_id'].map((name) => claims[name])
  const [role, type, id] = texts
  if (typeof role !== 'string' || typeof type !== 'string' || typeof id !== 'string') return undefined
  if (role !== role.toLowerCase() || type !== type.toLowerCase()) return undefined
  return {
    subject: { type: type.toUpperCase(), id, properties: { organization_type: role.toUpperCase() } },
    action: { name: 'read' },
    resource: {
      type: types[operation] ?? operation,
      id: 'https://node.example/sources/bron/register/graphql',
      properties: { query_filter: Object.fromEntries(filters.map(({ path, value }) => [path, { eq: value }])) },
    },
    context: { time: new Date(context.time).toISOString() },
  }
}

describe('an external decision point', () => {
  const question = asked[0]?.question

  test.each<[string, unknown]>([
    ['answers nothing that is one', 'ja'],
    ['gives too few decisions', { evaluations: [] }],
    ['gives too many', { evaluations: [{ decision: true }, { decision: true }] }],
    ['says yes in words', { evaluations: [{ decision: 'true' }] }],
  ])('that %s is no decision', async (_, answer) => {
    answering = () => Promise.resolve(answer)
    if (question === undefined) throw new Error('no question')
    expect((await rejectionOf(external()([question]))).code).toBe('policy.unavailable')
  })

  test('that says yes or no, and nothing else, is believed', async () => {
    answering = () => Promise.resolve({ evaluations: [{ decision: true }] })
    if (question === undefined) throw new Error('no question')
    expect(await external()([question])).toMatchObject([{ permitted: true, rule: 'external' }])
    answering = () => Promise.resolve({ evaluations: [{ decision: false }] })
    expect(await external()([question])).toMatchObject([{ permitted: false, reasons: [expect.any(String)] }])
  })

  test('that says yes with a narrowing that nobody understands says no', async () => {
    answering = () => Promise.resolve({ evaluations: [{ decision: true, context: { narrowing: { only: 'x' } } }] })
    if (question === undefined) throw new Error('no question')
    expect(await external()([question])).toMatchObject([{ permitted: false }])
  })

  test('that does not answer is no decision', async () => {
    if (question === undefined) throw new Error('no question')
    expect((await rejectionOf(external('http://localhost:1')([question]))).code).toBe('policy.unavailable')
  })

  test('gets a question with what was proven, what is asked and the time', () => {
    if (question === undefined) throw new Error('no question')
    expect(toEvaluation(question)).toMatchObject({
      subject: { type: 'organization', id: question.requester.did },
      action: { name: 'QUERY' },
      resource: { type: 'source', id: 'bron/register' },
      context: { scopes: question.context.scopes },
    })
  })
})

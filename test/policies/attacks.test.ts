import { describe, expect, test } from '@jest/globals'
import { decideWithFacts } from '../../node/policy/decide.js'
import type { Claims } from '../../node/policy/question.js'
import { createQueryReader } from '../../node/sources/graphql/read-query.js'
import { loadRegisterDefinition } from '../../node/sources/register/definition.js'
import { compileForTest, findPack, questionOf } from '../support/pack-questions.js'

const { served } = loadRegisterDefinition('bemiddelingsregister-1')
const reader = createQueryReader({ served, source: 'register' })
const pack = compileForTest(findPack('bemiddelingsregister'))
const scopes = ['registers/wlzbemiddelingsregister/bemiddelingen/bemiddeling:read']
const time = Date.parse('2026-11-24T09:00:00Z')
const aanbieder: Claims = {
  organization_role: 'zorgaanbieder',
  organization_id_type: 'agb',
  organization_id: '01019999',
}

/** What the rules say of a query as the register itself reads it. */
async function decide(query: string, variables: Readonly<Record<string, unknown>> = {}): Promise<boolean> {
  const { source: _source, template: _template, ...reading } = reader.read({ query, variables })
  const question = questionOf(reading, aanbieder, { scopes, time })
  return (await decideWithFacts(question, pack, () => Promise.reject(new Error('no fact is asked')))).permitted
}

const id = '6f2f0b0e-6f0c-4a57-9d0a-1c1f0a7d9b11'
const own = `bemiddelingspecificatieID: { eq: "${id}" }, instelling: { eq: "01019999" }, toewijzingIngangsdatum: { eq: "2024-03-01" }`
const window = 'where: { or: [{ toewijzingEinddatum: { eq: null } }, { toewijzingEinddatum: { gte: "2024-03-01" } }] }'
const ask = (below: string, where = own) => `{ bemiddelingspecificatie(where: { ${where} }) { ${below} } }`
const others = (argument: string, alias = '') =>
  `bemiddeling { ${alias}bemiddelingspecificatie${argument} { instelling toewijzingIngangsdatum } }`

describe('a query of a zorgaanbieder that the register reads', () => {
  test('is permitted with the window of the rule', async () => {
    expect(await decide(ask(others(`(${window})`)))).toBe(true)
    expect(await decide(ask(others(`(${window})`, 'ook: ')))).toBe(true)
  })

  test.each([
    ['without its window', ask(others(''))],
    ['once more under an alias, without its window', ask(`${others(`(${window})`)} ... { nog: ${others('')} }`)],
    [
      'once more below an alias of what is above it',
      ask(`${others(`(${window})`)} nog: bemiddeling { bemiddelingspecificatie { instelling } }`),
    ],
    [
      'with two aliases side by side',
      ask(
        `bemiddeling { a: bemiddelingspecificatie(${window}) { instelling } b: bemiddelingspecificatie { instelling } }`,
      ),
    ],
    [
      'with an order and no window beside one that has it',
      ask(
        `bemiddeling { a: bemiddelingspecificatie(${window}) { instelling } b: bemiddelingspecificatie(order: [{ instelling: ASC }]) { instelling } }`,
      ),
    ],
    ['in a fragment without its window', `${ask('...F')} fragment F on Bemiddelingspecificatie { ${others('')} }`],
    [
      'of another zorgaanbieder beside its own',
      ask('leveringsvorm', `or: [{ ${own} }, { instelling: { eq: "01019998" } }]`),
    ],
    ['with in', ask('leveringsvorm', own.replace('eq: "01019999"', 'in: ["01019999", "01019998"]'))],
    [
      'with neq',
      ask('leveringsvorm', own.replace('instelling: { eq: "01019999" }', 'instelling: { neq: "01019998" }')),
    ],
    ['by a bsn, as an oracle', ask('leveringsvorm', `${own}, bemiddeling: { client: { bsn: { eq: "999990019" } } }`)],
    [
      'by the start of a postcode',
      ask(
        'leveringsvorm',
        `${own}, bemiddeling: { client: { contactgegevens: { some: { postcode: { startsWith: "1" } } } } }`,
      ),
    ],
    [
      'by whether others deliver',
      ask(
        'leveringsvorm',
        `${own}, bemiddeling: { bemiddelingspecificatie: { some: { instelling: { eq: "01019998" } } } }`,
      ),
    ],
    ['in a circle', ask('bemiddeling { client { bemiddeling { wlzIndicatieID } } }')],
    ['ordered by what it may not read', ask(others(`(${window}, order: [{ pgbPercentage: ASC }])`))],
  ])('is refused %s', async (_, query) => {
    expect(await decide(query)).toBe(false)
  })

  test('is refused with a window that a variable takes away, and permitted with one that narrows', async () => {
    const query = `query ($w: BemiddelingspecificatieFilterInput) {
      bemiddelingspecificatie(where: { ${own} }) { ${others('(where: $w)')} }
    }`
    expect(await decide(query)).toBe(false)
    expect(await decide(query, { w: { toewijzingEinddatum: { eq: null } } })).toBe(true)
  })
})

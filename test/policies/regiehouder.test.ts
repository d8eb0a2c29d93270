import { beforeAll, describe, expect, test } from '@jest/globals'
import { createFixedClock } from '../../node/kernel/clock.js'
import { decideWithFacts } from '../../node/policy/decide.js'
import { Permit } from '../../node/policy/permit.js'
import { loadRegisterDefinition } from '../../node/sources/register/definition.js'
import { createRegister, type Register } from '../../node/sources/register/register.js'
import { createMemoryStore } from '../../node/stores/memory.js'
import { compileForTest, findPack } from '../support/pack-questions.js'

const pack = compileForTest(findPack('bemiddelingsregister'))
const scopes = ['registers/wlzbemiddelingsregister/bemiddelingen/bemiddeling:read']
const time = Date.parse('2026-11-24T09:00:00Z')
const id = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`

/** Two bemiddelingen of one client; Noord executes a short specificatie under the first, somebody else a longer one. */
const specificatie = (number: number, bemiddeling: number, kantoor: string, start: string, end: string | null) => ({
  bemiddelingspecificatieID: id(number),
  bemiddelingID: id(bemiddeling),
  leveringsvorm: '4',
  zzpCode: '754',
  toewijzingIngangsdatum: start,
  toewijzingEinddatum: end,
  instelling: '41411111',
  uitvoerendZorgkantoor: kantoor,
  vaststellingMoment: '2026-01-01T09:00:00Z',
  soortToewijzing: '1',
})
const bemiddeling = (number: number) => ({
  bemiddelingID: id(number),
  clientID: id(1),
  wlzIndicatieID: id(900 + number),
  verantwoordelijkZorgkantoor: '5998',
  verantwoordelijkheidIngangsdatum: '2026-01-01',
  verantwoordelijkheidEinddatum: null,
})
const regiehouder = (number: number, under: number, start: string, end: string | null) => ({
  regiehouderID: id(number),
  bemiddelingID: id(under),
  instelling: '41411111',
  ingangsdatum: start,
  einddatum: end,
  regierol: '1',
})

let register: Register
beforeAll(async () => {
  const store = createMemoryStore({ clock: createFixedClock(time) })
  const definition = loadRegisterDefinition('bemiddelingsregister-1')
  register = createRegister({ name: 'register', party: 'bron', definition, store })
  await register.loadSeed({
    client: [{ clientID: id(1), bsn: '999990019' }],
    bemiddeling: [bemiddeling(10), bemiddeling(11)],
    bemiddelingspecificatie: [
      specificatie(20, 10, '5999', '2026-03-01', '2026-06-30'),
      specificatie(21, 10, '5998', '2026-01-01', '2026-12-31'),
      specificatie(22, 11, '5998', '2026-01-01', null),
    ],
    regiehouder: [
      regiehouder(30, 10, '2026-01-01', null),
      regiehouder(31, 10, '2026-01-01', '2026-02-28'),
      regiehouder(32, 10, '2026-07-01', null),
      regiehouder(33, 11, '2026-01-01', null),
      regiehouder(34, 10, '2026-06-30', '2026-07-31'),
    ],
  })
})

const own = (rest: string): string =>
  `client: { bemiddeling: { some: { bemiddelingspecificatie: { some: { ${rest} } } } } }`
const named = `bemiddelingspecificatieID: { eq: "${id(20)}" }, uitvoerendZorgkantoor: { eq: "5999" }`
const period = 'toewijzingIngangsdatum: { eq: "2026-03-01" }, toewijzingEinddatum: { eq: "2026-06-30" }'

/** The IDs that Noord reads; `undefined` when it is refused. */
async function read(where: string): Promise<readonly string[] | undefined> {
  const request = register.parse({ query: `{ regiehouder(where: { ${where} }) { regiehouderID } }` })
  const question = {
    requester: {
      did: 'did:web:noord.example',
      claims: { organization_role: 'zorgkantoor', organization_id_type: 'uzovi', organization_id: '5999' },
    },
    action: 'QUERY',
    resource: { party: 'bron', ...request },
    context: { scopes, time },
  } as const
  const decision = await decideWithFacts(question, pack, () => Promise.reject(new Error('no fact is asked')))
  if (!decision.permitted) return undefined
  const { data } = await register.read(Permit.from([question], [decision]), request)
  const { regiehouder: found } = JSON.parse(data) as { regiehouder: readonly { regiehouderID: string }[] }
  return found.map(({ regiehouderID }) => regiehouderID)
}

const ask = (number: number, filters = own(`${named}, ${period}`)) =>
  read(`regiehouderID: { eq: "${id(number)}" }, ${filters}`)

describe('the regiehouder beside an own bemiddelingspecificatie (BRA0013)', () => {
  test.each([
    ['has no end', 30, true],
    ['begins on the last own day', 34, true],
    ['ended before the own period', 31, false],
    ['begins after the own period', 32, false],
    ['is of another bemiddeling of the same client', 33, false],
  ])('that %s', async (_, number, isFound) => {
    expect(await ask(number)).toEqual(isFound ? [id(number)] : [])
  })

  test('is not found by the dates of a specificatie of somebody else, in whatever way they are asked', async () => {
    const longer = 'toewijzingIngangsdatum: { eq: "2026-01-01" }, toewijzingEinddatum: { eq: "2026-12-31" }'
    expect(await ask(32, own(`${named}, ${longer}`))).toEqual([])
    expect(await ask(32, `and: [{ ${own(named)} }, { ${own(longer)} }]`)).toEqual([])
  })

  test('is not found as if the own specificatie had no end', async () => {
    const open = 'toewijzingIngangsdatum: { eq: "2026-03-01" }'
    expect(await ask(32, own(`${named}, ${open}`))).toEqual([])
  })

  test('is refused with dates that are asked twice, or in an alternative', async () => {
    const other = own('toewijzingIngangsdatum: { eq: "2026-01-01" }')
    expect(await ask(32, `and: [{ ${own(`${named}, ${period}`)} }, { ${other} }]`)).toBeUndefined()
    expect(await ask(32, `or: [{ ${own(`${named}, ${period}`)} }, { ${other} }]`)).toBeUndefined()
  })
})

import { describe, expect, test } from '@jest/globals'
import { buildSchema, findBreakingChanges, findDangerousChanges } from 'graphql'
import { createFixedClock } from '../../node/kernel/clock.js'
import { loadRegisterDefinition } from '../../node/sources/register/definition.js'
import { createRegister } from '../../node/sources/register/register.js'
import type { Register } from '../../node/sources/register/register.js'
import { createMemoryStore } from '../../node/stores/memory.js'
import { permitFor } from '../support/permits.js'
import { refusalOf } from '../support/refusals.js'
import { regionRows } from '../support/region-rows.js'
import { describeWithShared } from '../support/shared.js'
import { createOracle } from '../unit/sources/register/oracle.js'

const definition = loadRegisterDefinition('bemiddelingsregister-1')
const rows = regionRows('bemiddelingsregister', { seed: 7, persons: 60 })
type Row = Readonly<Record<string, unknown>>

async function createBemiddelingsregister(): Promise<Register> {
  const store = createMemoryStore({ clock: createFixedClock(0) })
  const register = createRegister({ name: 'bemiddelingsregister', party: 'zk', definition, store })
  await register.loadSeed(rows)
  return register
}

async function ask(register: Register, query: string, variables: unknown = {}) {
  const request = register.parse({ query, variables })
  return register.read(permitFor(request, { party: 'zk' }), request)
}

function find(type: string, test: (row: Row) => boolean): Row {
  const found = rows[type]?.find(test)
  if (found === undefined) throw new Error(`the region has no such ${type}`)
  return found
}

const ended = find('Bemiddelingspecificatie', (row) => row['toewijzingEinddatum'] !== null)
const open = find('Bemiddelingspecificatie', (row) => row['toewijzingEinddatum'] === null)
const overdracht = find('Overdracht', () => true)
const regiehouder = find('Regiehouder', () => true)
const bemiddeling = find('Bemiddeling', () => true)
const window = { ToewijzingEinddatum2Jaar: '2027-12-31', ToewijzingEinddatum31Mei: '2026-05-31' }

const published: readonly (readonly [string, Row])[] = [
  ['QBR-0001-ZA', { BemiddelingspecificatieID: ended['bemiddelingspecificatieID'], Instelling: ended['instelling'] }],
  [
    'QBR-0002-ZA',
    {
      BemiddelingspecificatieID: ended['bemiddelingspecificatieID'],
      Instelling: ended['instelling'],
      ToewijzingIngangsdatum: ended['toewijzingIngangsdatum'],
      ToewijzingEinddatum: ended['toewijzingEinddatum'],
      ...window,
    },
  ],
  [
    'QBR-0003-ZA',
    {
      BemiddelingspecificatieID: open['bemiddelingspecificatieID'],
      Instelling: open['instelling'],
      ToewijzingIngangsdatum: open['toewijzingIngangsdatum'],
    },
  ],
  [
    'QBR-0004-ZKu',
    {
      bemiddelingspecificatieId: ended['bemiddelingspecificatieID'],
      uitvoerendZorgkantoor: ended['uitvoerendZorgkantoor'],
    },
  ],
  [
    'QBR-0005-ZKu',
    {
      BemiddelingspecificatieID: ended['bemiddelingspecificatieID'],
      UitvoerendZorgkantoor: ended['uitvoerendZorgkantoor'],
      ToewijzingIngangsdatum: ended['toewijzingIngangsdatum'],
      ToewijzingEinddatum: ended['toewijzingEinddatum'],
      ...window,
    },
  ],
  [
    'QBR-0006-ZKu',
    {
      bemiddelingspecificatieId: open['bemiddelingspecificatieID'],
      uitvoerendZorgkantoor: open['uitvoerendZorgkantoor'],
      ToewijzingIngangsdatum: open['toewijzingIngangsdatum'],
    },
  ],
  [
    'QBR-0007-ZKn',
    {
      overdrachtID: overdracht['overdrachtID'],
      verantwoordelijkZorgkantoor: overdracht['verantwoordelijkZorgkantoor'],
    },
  ],
  [
    'QBR-0008-ZKn',
    {
      overdrachtID: overdracht['overdrachtID'],
      verantwoordelijkZorgkantoor: overdracht['verantwoordelijkZorgkantoor'],
      overdrachtDatum: overdracht['overdrachtDatum'],
    },
  ],
  ['QBR-0009-ZAr', { regiehouderID: regiehouder['regiehouderID'], Instelling: regiehouder['instelling'] }],
  ['QBR-0010-CIZ', { wlzIndicatieID: bemiddeling['wlzIndicatieID'] }],
]

describeWithShared('the published bemiddelingsregister', ['official', 'iwlz'], (readPublished) => {
  const schema = buildSchema(readPublished('bemiddelingsregister-1.graphql'))

  test('iwlz-br1-sdl our schema breaks nothing of the published one, and adds nothing that it would break', () => {
    expect(findBreakingChanges(schema, definition.schema)).toEqual([])
    expect(findBreakingChanges(definition.schema, schema)).toEqual([])
    expect(findDangerousChanges(schema, definition.schema)).toEqual([])
  })

  test('iwlz-br1-sdl the comparison sees a change of nullability', () => {
    const changed = readPublished('bemiddelingsregister-1.graphql').replace('percentage: Int', 'percentage: Int!')
    expect(findBreakingChanges(buildSchema(changed), definition.schema)).not.toEqual([])
  })

  test.each(published)('iwlz-%s is answered unchanged, as graphql-js answers it', async (name, variables) => {
    const query = readPublished(`${name}.graphql`)
    const answer = await ask(await createBemiddelingsregister(), query, variables)
    expect(answer.recordCount).toBe(1)
    expect(JSON.parse(answer.data)).toEqual(createOracle(definition.schema, rows)(query, variables))
    expect(answer.persons).toHaveLength(1)
  })

  test('iwlz-QBR-0002-ZA the conditions of every list below are told to the policy', async () => {
    const register = await createBemiddelingsregister()
    const [, variables] = published.find(([name]) => name === 'QBR-0002-ZA') ?? []
    const request = register.parse({ query: readPublished('QBR-0002-ZA.graphql'), variables })
    expect(request.nested.map(({ path, type, where }) => [path, type, where?.kind])).toEqual([
      ['bemiddeling.bemiddelingspecificatie', 'Bemiddelingspecificatie', 'and'],
      ['bemiddeling.client.contactgegevens', 'ClientContactgegevens', 'and'],
      ['bemiddeling.client.contactpersoon', 'Contactpersoon', 'and'],
      ['bemiddeling.client.contactpersoon.contactgegevens', 'ContactpersoonContactgegevens', 'and'],
      ['bemiddeling.regiehouder', 'Regiehouder', 'and'],
    ])
  })
})

describe('iwlz-6.7 an attack on the bemiddelingsregister', () => {
  const own = '{ instelling: { eq: "01019999" } }'

  test('that widens a filter with or leaves no filter to rely on', async () => {
    const register = await createBemiddelingsregister()
    const query = `{ bemiddelingspecificatie(where: { or: [${own}, { zzpCode: { neq: "" } }] }) { zzpCode } }`
    expect(() => register.parse({ query })).toThrow()
    const widened = `{ bemiddelingspecificatie(where: { or: [${own}, { zzpCode: { neq: "x" } }] }) { zzpCode } }`
    expect(register.parse({ query: widened }).filters).toEqual([])
  })

  test('that probes a field by a filter or an order is seen as a read of it', async () => {
    const register = await createBemiddelingsregister()
    const probe = '{ bemiddeling(where: { client: { bsn: { startsWith: "9999" } } }) { bemiddelingID } }'
    expect(register.parse({ query: probe }).fields).toContain('Client.bsn')
    const order = '{ client { bemiddeling(order: [{ client: { huisarts: ASC } }]) { bemiddelingID } } }'
    expect(register.parse({ query: order }).fields).toContain('Client.huisarts')
  })

  test('that goes round by the relations ends at depth 8', async () => {
    const register = await createBemiddelingsregister()
    const round = (levels: number): string =>
      `{ client ${'{ bemiddeling { client '.repeat(levels)}{ clientID }${' } }'.repeat(levels)} }`
    expect(register.parse({ query: round(3) }).paths).toHaveLength(7)
    expect(refusalOf(() => register.parse({ query: round(4) })).notes.join()).toMatch(/deeper than 8/)
  })

  test('that goes round to be given the same records again and again is refused as a whole', async () => {
    const store = createMemoryStore({ clock: createFixedClock(0) })
    const register = createRegister({ name: 'bemiddelingsregister', party: 'zk', definition, store })
    const clientID = '0d9a4f2e-6c3b-4b1f-9a7e-000000000000'
    const bemiddelingen = Array.from({ length: 30 }, (_, number) => ({
      ...bemiddeling,
      bemiddelingID: `0d9a4f2e-6c3b-4b1f-9a7e-${String(number + 1).padStart(12, '0')}`,
      clientID,
    }))
    await register.loadSeed({ Client: [{ clientID, bsn: '999990019' }], Bemiddeling: bemiddelingen })
    const round = (levels: number): string =>
      `{ client ${'{ bemiddeling { client '.repeat(levels)}{ clientID }${' } }'.repeat(levels)} }`
    expect((await ask(register, round(2))).recordCount).toBe(1)
    await expect(ask(register, round(3))).rejects.toMatchObject({
      code: 'source.bad_request',
      notes: [expect.stringMatching(/more than 20000 records/)],
    })
  })

  test('that asks for everything is refused as a whole, not answered in part', async () => {
    const store = createMemoryStore({ clock: createFixedClock(0) })
    const register = createRegister({ name: 'bemiddelingsregister', party: 'zk', definition, store })
    await register.loadSeed(regionRows('bemiddelingsregister', { seed: 1, persons: 1200 }))
    const everything =
      '{ client { bsn bemiddeling { bemiddelingspecificatie { zzpCode } regiehouder { instelling } } contactpersoon { rol } } }'
    await expect(ask(register, everything)).rejects.toMatchObject({ code: 'source.bad_request' })
  })
})

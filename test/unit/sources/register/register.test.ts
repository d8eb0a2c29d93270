import { describe, expect, test } from '@jest/globals'
import { NodeError } from '../../../../node/kernel/errors.js'
import type { Register } from '../../../../node/sources/register/register.js'
import { createRegister } from '../../../../node/sources/register/register.js'
import type { Store } from '../../../../node/stores/contracts.js'
import { countReads } from '../../../support/count-reads.js'
import { permitFor } from '../../../support/permits.js'
import { rejectionOf } from '../../../support/refusals.js'
import { ask, createExampleRegister, createExampleStore, exampleDefinition, idOf } from './example.js'

const byId = 'query ($id: UUID!) { dossier(where: { id: { eq: $id } }) { id } }'
const byIdAndKantoor =
  'query ($id: UUID!, $k: String!) { dossier(where: { id: { eq: $id }, kantoor: { eq: $k } }) { id } }'
const byKantoor = 'query ($k: String!) { dossier(where: { kantoor: { eq: $k } }) { id plaats } }'
const byPlaats = 'query ($p: String!) { dossier(where: { plaats: { eq: $p } }) { id } }'

const dossiers = [
  { id: idOf(1), kantoor: 'noord', plaats: 'Voorbeeldstad' },
  { id: idOf(2), kantoor: 'noord', plaats: 'Fictiedorp' },
  { id: idOf(3).toUpperCase(), kantoor: 'zuid', plaats: 'Fictiedorp' },
  { id: idOf(4), kantoor: null },
]

async function createFilled(store: Store = createExampleStore()): Promise<Register> {
  const register = createExampleRegister(store)
  await register.loadSeed({ dossier: dossiers, stuk: [{ nummer: 'A1' }] })
  return register
}

describe('a register', () => {
  test('finds a record by its key', async () => {
    const answer = await ask(await createFilled(), byId, { id: idOf(2) })
    expect(answer).toEqual({ data: `{"dossier":[{"id":"${idOf(2)}"}]}`, recordCount: 1, persons: [] })
  })

  test('finds a record by its key in upper and lower case, and shows it as it was stored', async () => {
    const register = await createFilled()
    const stored = `{"dossier":[{"id":"${idOf(3).toUpperCase()}"}]}`
    expect((await ask(register, byId, { id: idOf(3) })).data).toBe(stored)
    expect((await ask(register, byId, { id: idOf(3).toUpperCase() })).data).toBe(stored)
  })

  test('reads one record for a key', async () => {
    const { store, reads, forget } = countReads(createExampleStore())
    const register = await createFilled(store)
    forget()
    await ask(register, byIdAndKantoor, { id: idOf(1), k: 'noord' })
    expect(reads()).toBe(1)
  })

  test('applies the other filters to the record of a key', async () => {
    const register = await createFilled()
    expect((await ask(register, byIdAndKantoor, { id: idOf(1), k: 'noord' })).recordCount).toBe(1)
    expect(await ask(register, byIdAndKantoor, { id: idOf(1), k: 'zuid' })).toEqual({
      data: '{"dossier":[]}',
      recordCount: 0,
      persons: [],
    })
  })

  test('answers with an empty list when there is no such record', async () => {
    expect(await ask(await createFilled(), byId, { id: idOf(9) })).toEqual({
      data: '{"dossier":[]}',
      recordCount: 0,
      persons: [],
    })
  })

  test('finds records by an index', async () => {
    expect(JSON.parse((await ask(await createFilled(), byKantoor, { k: 'noord' })).data)).toEqual({
      dossier: [
        { id: idOf(1), plaats: 'Voorbeeldstad' },
        { id: idOf(2), plaats: 'Fictiedorp' },
      ],
    })
  })

  test('finds records by a field without an index', async () => {
    expect((await ask(await createFilled(), byPlaats, { p: 'Fictiedorp' })).recordCount).toBe(2)
  })

  test('compares text exactly', async () => {
    expect((await ask(await createFilled(), byKantoor, { k: 'Noord' })).recordCount).toBe(0)
  })

  test('gives all records when nothing is filtered and the permit says so', async () => {
    expect((await ask(await createFilled(), '{ dossier { id } }')).recordCount).toBe(4)
  })

  test('keeps the records of each root field apart', async () => {
    expect((await ask(await createFilled(), '{ stuk { nummer } }')).data).toBe('{"stuk":[{"nummer":"A1"}]}')
  })

  test('answers the type of the root without reading', async () => {
    const { store, reads, forget } = countReads(createExampleStore())
    const register = await createFilled(store)
    forget()
    expect(await ask(register, '{ __typename }')).toEqual({
      data: '{"__typename":"Query"}',
      recordCount: 0,
      persons: [],
    })
    expect(reads()).toBe(0)
  })

  test('looks at 5000 records and no more', async () => {
    const register = createExampleRegister(createExampleStore())
    const many = Array.from({ length: 5000 }, (_, number) => ({ id: idOf(number), kantoor: 'noord' }))
    await register.loadSeed({ dossier: many })
    expect((await ask(register, byPlaats, { p: 'Fictiedorp' })).recordCount).toBe(0)
    expect((await ask(register, '{ dossier { id } }')).recordCount).toBe(5000)
    await register.loadSeed({ dossier: [{ id: idOf(5000), kantoor: 'zuid' }] })
    expect((await rejectionOf(ask(register, byPlaats, { p: 'Fictiedorp' }))).code).toBe('source.bad_request')
    expect((await ask(register, byKantoor, { k: 'zuid' })).recordCount).toBe(1)
  })

  test('sees no record of another party or another source in the same store', async () => {
    const store = createExampleStore()
    await createFilled(store)
    const others = [createExampleRegister(store, { party: 'cak' }), createExampleRegister(store, { name: 'ander' })]
    const counts = await Promise.all(others.map(async (other) => (await ask(other, byId, { id: idOf(1) })).recordCount))
    expect(counts).toEqual([0, 0])
  })

  test('refuses a request that another register checked', async () => {
    const store = createExampleStore()
    const register = await createFilled(store)
    const request = createExampleRegister(store).parse({ query: byId, variables: { id: idOf(1) } })
    expect((await rejectionOf(register.read(permitFor(request), request))).code).toBe('access.denied')
  })

  test('says that it is not available when its store is not', async () => {
    const store = createExampleStore()
    const register = await createFilled(store)
    await store.close()
    const failure = await rejectionOf(ask(register, byId, { id: idOf(1) }))
    expect([failure.code, NodeError.codeOf(failure.cause)]).toEqual(['source.unavailable', 'store.unavailable'])
  })

  test('answers questions about its schema when introspection is on', async () => {
    const deps = { name: 'dossiers', party: 'ciz', definition: exampleDefinition, store: createExampleStore() }
    const answer = await ask(createRegister({ ...deps, introspection: true }), '{ __type(name: "Stuk") { name } }')
    expect(answer).toEqual({ data: '{"__type":{"name":"Stuk"}}', recordCount: 0, persons: [] })
  })
})

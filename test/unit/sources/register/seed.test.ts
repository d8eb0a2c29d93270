import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { readSeedFile } from '../../../../node/sources/register/seed.js'
import type { Store } from '../../../../node/stores/contracts.js'
import { refusalOf, rejectionOf } from '../../../support/refusals.js'
import { ask, createExampleRegister, createExampleStore, idOf } from './example.js'

const record = (number: number, plaats = 'Voorbeeldstad'): object => ({ id: idOf(number), plaats })
const records = (count: number): object[] => Array.from({ length: count }, (_, number) => record(number))

describe('a seed', () => {
  test('is added once', async () => {
    const register = createExampleRegister(createExampleStore())
    expect(await register.loadSeed({ dossier: records(250), stuk: [{ nummer: 'A1' }] })).toEqual({
      added: 251,
      kept: 0,
    })
    expect(await register.loadSeed({ dossier: records(251) })).toEqual({ added: 1, kept: 250 })
  })

  test('leaves a record that is there as it is', async () => {
    const register = createExampleRegister(createExampleStore())
    await register.loadSeed({ dossier: [record(1, 'Oud')] })
    expect(await register.loadSeed({ dossier: [record(1, 'Nieuw')] })).toEqual({ added: 0, kept: 1 })
    expect((await ask(register, '{ dossier { plaats } }')).data).toBe('{"dossier":[{"plaats":"Oud"}]}')
  })

  test('knows a record that is there in another spelling of its key', async () => {
    const register = createExampleRegister(createExampleStore())
    const id = 'ABCDEF12-97a5-4a50-b1c9-000000000001'
    await register.loadSeed({ dossier: [{ id }] })
    expect(await register.loadSeed({ dossier: [{ id: id.toLowerCase() }] })).toEqual({ added: 0, kept: 1 })
  })

  test('is added once when two replicas load it at the same moment', async () => {
    const store = createExampleStore()
    const both = [createExampleRegister(store), createExampleRegister(store)]
    const seeded = await Promise.all(both.map((register) => register.loadSeed({ dossier: records(300) })))
    expect(seeded.reduce((total, { added }) => total + added, 0)).toBe(300)
  })

  test('is not written at all when one record is wrong', async () => {
    const register = createExampleRegister(createExampleStore())
    const refusal = await rejectionOf(register.loadSeed({ dossier: [...records(120), { id: 'geheim' }] }))
    expect([refusal.code, refusal.notes]).toEqual(['source.bad_record', ['dossier[120].id: expected a UUID']])
    expect((await ask(register, '{ dossier { id } }')).recordCount).toBe(0)
  })

  test.each([
    [null, 'the seed is not an object with records by root field'],
    [[], 'the seed is not an object with records by root field'],
    [{ geheim: [] }, 'the seed has a member that is no root field and no type of the register'],
    [{ dossier: {} }, 'dossier: expected a list of records'],
    [{ dossier: [record(1), record(2), record(1)] }, 'dossier[2].id: the same as that of dossier[0]'],
    [{ stuk: [{ nummer: '' }] }, 'stuk[0].nummer: expected 1 to 512 characters'],
    [{ stuk: [{ nummer: 'a'.repeat(513) }] }, 'stuk[0].nummer: expected 1 to 512 characters'],
    [{ dossier: [{ id: idOf(1), kantoor: '' }] }, 'dossier[0].kantoor: expected 1 to 512 characters'],
  ])('is refused with the path of what is wrong: %#', async (seed, note) => {
    const refusal = await rejectionOf(createExampleRegister(createExampleStore()).loadSeed(seed))
    expect([refusal.code, refusal.notes]).toEqual(['source.bad_record', [note]])
  })

  test('may be empty', async () => {
    expect(await createExampleRegister(createExampleStore()).loadSeed({})).toEqual({ added: 0, kept: 0 })
  })

  test('says that the source is not available when its store is not', async () => {
    const store: Store = createExampleStore()
    await store.close()
    const refusal = await rejectionOf(createExampleRegister(store).loadSeed({ dossier: [record(1)] }))
    expect(refusal.code).toBe('source.unavailable')
  })
})

describe('a seed file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'bronnet-seed-'))

  test('is read as JSON', () => {
    const path = join(directory, 'goed.json')
    writeFileSync(path, '{ "dossier": [] }')
    expect(readSeedFile(path)).toEqual({ dossier: [] })
  })

  test.each(['{ "dossier": [', '{ "dossier": [], "dossier": [] }', ''])('is refused when it holds %j', (text) => {
    const path = join(directory, 'fout.json')
    writeFileSync(path, text)
    expect(refusalOf(() => readSeedFile(path)).code).toBe('source.bad_record')
  })

  test('is refused when it is not there', () => {
    expect(refusalOf(() => readSeedFile(join(directory, 'weg.json'))).code).toBe('source.bad_record')
  })
})

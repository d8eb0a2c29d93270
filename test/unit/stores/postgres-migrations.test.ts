import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { Client } from 'pg'
import { packageFile } from '../../../node/kernel/package-root.js'
import type { Secret } from '../../../node/kernel/secret.js'
import type { Collection, Value } from '../../../node/stores/contracts.js'
import { checksumOf, migrate, migrations } from '../../../node/stores/migrations/migrate.js'
import { openTestStore } from '../../support/open-test-store.js'
import { startPostgres, type PostgresServer } from '../../support/postgres.js'
import { rejectionOf } from '../../support/refusals.js'

let server: PostgresServer
let url: Secret
const open = () => openTestStore(url.reveal())

beforeAll(async () => {
  server = await startPostgres()
}, 60_000)

afterAll(() => server.destroy())

beforeEach(async () => {
  url = await server.createSchema()
})

/** Everything that a start could have changed. */
async function state(): Promise<unknown> {
  const relations = 'select relname from pg_class where relnamespace = current_schema()::regnamespace order by 1'
  const applied = 'select number, checksum, applied_at::text from applied_migrations order by 1'
  return [await server.run(relations, url), await server.run(applied, url), await server.run('table head', url)]
}

async function migrateTo(known: readonly string[]): Promise<void> {
  const session = new Client({ connectionString: url.reveal() })
  await session.connect()
  await migrate(session, known).finally(() => session.end())
}

describe('opening', () => {
  test('makes the schema once, also when eight stores open together', async () => {
    const stores = await Promise.all(Array.from({ length: 8 }, open))
    await Promise.all(stores.map((store) => store.journal.append('opened')))
    await Promise.all(stores.map((store) => store.close()))
    expect(await server.run('select number::int, checksum from applied_migrations', url)).toEqual(
      migrations.map((migration, index) => ({ number: index + 1, checksum: checksumOf(migration) })),
    )
    expect(await server.run('select number::int from head', url)).toEqual([{ number: 8 }])
  })

  test('refuses a newer schema and writes nothing', async () => {
    await (await open()).close()
    const newer = migrations.length + 1
    await server.run(`insert into applied_migrations values (${newer}, 'unknown')`, url)
    const before = await state()
    const refusal = await rejectionOf(open())
    expect(refusal).toMatchObject({ code: 'config.invalid', notes: [expect.stringContaining(`has schema ${newer}`)] })
    expect(await state()).toEqual(before)
    await server.run(`delete from applied_migrations where number = ${newer}`, url)
    await (await open()).close()
  })

  test('refuses a schema that was made by another migration', async () => {
    await (await open()).close()
    await server.run(`update applied_migrations set checksum = 'other' where number = 1`, url)
    expect((await rejectionOf(open())).code).toBe('store.damaged')
  })

  test('refuses a schema with tables of something else and leaves them', async () => {
    await server.run('create table claims (of_somebody_else text)', url)
    const refusal = await rejectionOf(open())
    expect(refusal).toMatchObject({ code: 'store.unavailable', notes: [expect.stringContaining('of its own')] })
    expect(await server.run('table claims', url)).toEqual([])
  })
})

describe('a migration', () => {
  const addition = 'create table added (number int)'

  test('is applied on top of those that were applied before', async () => {
    await migrateTo(migrations)
    await migrateTo([...migrations, addition])
    expect(await server.run('table added', url)).toEqual([])
    expect((await rejectionOf(open())).code).toBe('config.invalid')
  })

  test('that fails leaves nothing behind and can be done again', async () => {
    await migrateTo(migrations)
    const before = await state()
    await expect(migrateTo([...migrations, `${addition}; select 1 / 0`])).rejects.toMatchObject({ code: '22012' })
    expect(await state()).toEqual(before)
    await migrateTo([...migrations, addition])
    expect(await server.run('table added', url)).toEqual([])
  })
})

describe('schema 1', () => {
  test('is what was released', () => {
    // Never adapt this: databases with that schema exist. Add a migration.
    expect(checksumOf(migrations[0] ?? '')).toBe('ff5ee1a0d12dd34cbb2c7648b95f5d827328d9ce11a49cc57ee5c7a7c2b38016')
  })

  test('opens with everything that was stored in it', async () => {
    const saved = await readFile(packageFile('test', 'unit', 'stores', 'postgres-schema-1.sql'), 'utf8')
    await server.run(saved, url)
    const notes: Collection<Value> = { name: 'notes', indexes: { author: () => undefined } }
    const store = await open()
    const page = await store.records.list(notes, { limit: 10 })
    expect(page.items).toEqual([
      { key: ['a'], value: { text: 'één ✓ 🙂', author: 'jan' }, version: 2 },
      { key: ['a', 'b'], value: [1.5, null, true], version: 1 },
      { key: ['soon gone'], value: 'until 2100', version: 1 },
    ])
    expect(await store.records.get(notes, ['expired'])).toBeUndefined()
    const found = await store.records.list(notes, { index: { name: 'author', value: 'jan' }, limit: 10 })
    expect(found.items.map((item) => item.key)).toEqual([['a']])
    expect(await store.claims.claim(['nonce'], Date.parse('2101-01-01T00:00:00Z'))).toBe(false)
    expect(await store.claims.claim(['other'], Date.parse('2101-01-01T00:00:00Z'))).toBe(true)
    expect(await store.journal.read({ after: 0, limit: 10 })).toEqual([
      { number: 1, value: { event: 'first' } },
      { number: 2, value: 'second' },
    ])
    expect(await store.journal.append('third')).toBe(3)
    expect(await store.sweep(10)).toBe(1)
    await store.close()
  })
})

import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { Client } from 'pg'
import { packageFile } from '../../../node/kernel/package-root.js'
import type { Secret } from '../../../node/kernel/secret.js'
import { append, trim } from '../../../node/stores/contracts.js'
import type { Collection, Value } from '../../../node/stores/contracts.js'
import { checksumOf, migrate, migrations } from '../../../node/stores/migrations/migrate.js'
import { verifyChain } from '../../support/chain.js'
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

describe('the schemas', () => {
  test.each([
    [1, 'ff5ee1a0d12dd34cbb2c7648b95f5d827328d9ce11a49cc57ee5c7a7c2b38016'],
    [2, 'b084bac7720a7e0b7643414386ff6a73c02e57c8dc9c6b26b699cdf9ae124341'],
  ])('number %d is what was released', (number, checksum) => {
    // Never adapt this: databases with that schema exist. Add a migration.
    expect(checksumOf(migrations[number - 1] ?? '')).toBe(checksum)
  })
})

describe('schema 1', () => {
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
    expect((await verifyChain(store.journal)).map(({ value }) => value)).toEqual([{ event: 'first' }, 'second'])
    expect(await store.journal.append('third')).toBe(3)
    await verifyChain(store.journal)
    expect(await store.sweep(10)).toBe(1)
    await store.close()
  })

  test('becomes a chain when it holds many entries', async () => {
    await migrateTo(migrations.slice(0, 1))
    await server.run(
      `insert into journal select n, '"' || repeat('é', n % 50) || '"' from generate_series(1, 3000) as n;
       update head set number = 3000`,
      url,
    )
    const store = await open()
    expect(await verifyChain(store.journal)).toHaveLength(3000)
    await store.close()
  })

  test('goes on with a chain that a node of that version appends to, beside a new one', async () => {
    const store = await open()
    /** What a node of schema 1 sends. */
    const writeAsBefore = (batches: readonly unknown[]) =>
      server.run(`select write_batches_1('${JSON.stringify(batches)}'::jsonb, 0) as outcomes`, url)
    const nonce = { kind: 'claim', id: `\\x${'ab'.repeat(32)}`, expires_at: 9_000_000_000_000 }
    const entry = (value: string) => ({ kind: 'append', value: JSON.stringify(value) })
    await store.journal.append('new')
    const outcomes = await writeAsBefore([
      [entry('old 1'), entry('old 2'), nonce],
      [entry('refused'), nonce],
      [entry('old 3')],
    ])
    expect(outcomes).toEqual([
      { outcomes: [{ versions: [], head: 3 }, { refusal: 'store.claimed' }, { versions: [], head: 4 }] },
    ])
    await store.write([trim(2), append('new too')])
    await writeAsBefore([[entry('old 4')]])
    const values = (await verifyChain(store.journal)).map(({ value }) => value)
    expect(values).toEqual(['old 2', 'old 3', 'new too', 'old 4'])
    await store.close()
    await (await open()).close()
  })

  test('is migrated while a node of that version writes, and nothing of it is left out of the chain', async () => {
    await migrateTo(migrations.slice(0, 1))
    let isMigrated = false
    const writeForever = async (caller: number): Promise<number> => {
      let written = 0
      for (; !isMigrated; written += 1) {
        const batch = [[{ kind: 'append', value: JSON.stringify({ caller }) }]]
        await server.run(`select write_batches_1('${JSON.stringify(batch)}'::jsonb, 0)`, url)
      }
      return written
    }
    const writers = [1, 2, 3, 4].map(writeForever)
    const head = async () => Number((await server.run('select number from head', url))[0]?.['number'])
    while ((await head()) < 20);
    const store = await open()
    isMigrated = true
    const written = (await Promise.all(writers)).reduce((total, count) => total + count, 0)
    expect(await verifyChain(store.journal)).toHaveLength(written)
    await store.close()
  }, 60_000)
})

describe('the end of the journal', () => {
  test.each([
    ['the newest entry was removed', 'delete from journal where number = 3', 3],
    ['the newest entry was changed', `update journal set value = '"C"' where number = 3`, 3],
    ['the one before was changed with its hash', 'update journal set hash = sha256(hash) where number = 2', 3],
    ['the head was set back', 'update head set number = 2', 3],
    ['another hash was put at the head', 'update head set hash = sha256(hash)', 3],
    ['everything was removed', 'delete from journal', 1],
  ])('is checked at the start: %s', async (_, statement, number) => {
    const store = await open()
    await store.write(['a', 'b', 'c'].map(append))
    await store.close()
    await server.run(statement, url)
    expect(await rejectionOf(open())).toMatchObject({
      code: 'store.damaged',
      notes: [expect.stringMatching(`^Entry ${number} of the audit journal`)],
    })
  })
})

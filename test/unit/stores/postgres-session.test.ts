import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { systemClock } from '../../../node/kernel/clock.js'
import { createLog, silentLog } from '../../../node/kernel/log.js'
import { Secret } from '../../../node/kernel/secret.js'
import { append } from '../../../node/stores/contracts.js'
import { openPostgresStore } from '../../../node/stores/postgres.js'
import { openPostgresConnection } from '../../../node/stores/postgres-connection.js'
import { startPostgres, type PostgresServer } from '../../support/postgres.js'
import { rejectionOf } from '../../support/refusals.js'

let server: PostgresServer
let url: Secret

beforeAll(async () => {
  server = await startPostgres()
}, 60_000)
afterAll(() => server.destroy())
beforeEach(async () => {
  url = await server.createSchema()
})

const open = (options: Parameters<typeof openPostgresStore>[0]['options'] = {}) =>
  openPostgresStore({ clock: systemClock, log: silentLog, url, options })

describe('a store that must be there already', () => {
  test('is not made where there is none, and opens where there is one', async () => {
    expect((await rejectionOf(open({ mustExist: true }))).code).toBe('config.invalid')
    expect(await server.run(`select to_regclass('records') as found`, url)).toEqual([{ found: null }])
    await (await open()).close()
    await (await open({ mustExist: true })).close()
  })
})

describe('a store that is wanted alone', () => {
  test('is refused while somebody is connected, and opens when nobody is', async () => {
    const other = await open()
    await other.check()
    expect((await rejectionOf(open({ alone: true }))).code).toBe('store.locked')
    await other.close()
    await (await open({ alone: true })).close()
  }, 60_000)
})

test('a database that could not hold every text is refused', async () => {
  await server.run(`create database latin encoding 'LATIN1' locale 'C' template template0`)
  const address = new URL(url.reveal())
  address.pathname = '/latin'
  const refusal = await rejectionOf(
    openPostgresStore({ clock: systemClock, log: silentLog, url: Secret.of(address.href) }),
  )
  expect(refusal).toMatchObject({ code: 'store.unavailable', detail: 'the encoding of the database is not UTF8' })
})

describe('a transaction', () => {
  const connect = () => openPostgresConnection({ url, log: silentLog, options: {} })

  test('ends once, and a statement that fails in it names the failure and no value', async () => {
    const connection = await connect()
    const session = await connection.begin('read committed')
    const refusal = await rejectionOf(session.query('select $1::int', ['999990019x']))
    expect([refusal.code, refusal.detail]).toEqual(['store.unavailable', 'database: 22P02'])
    await session.end('rollback')
    await session.end('commit')
    await connection.close()
  })

  test('that loses its connection is not said to be done, and does not end the process', async () => {
    const connection = await connect()
    for (const how of ['commit', 'rollback'] as const) {
      const session = await connection.begin('read committed')
      const [{ pid } = { pid: 0 }] = await session.query<{ pid: number }>('select pg_backend_pid() as pid')
      await server.run(`select pg_terminate_backend(${String(pid)})`)
      const ending = session.end(how)
      if (how === 'commit') expect((await rejectionOf(ending)).code).toBe('store.unavailable')
      else await ending
    }
    expect(await connection.query({ name: 'one', text: 'select 1 as one' }, [])).toEqual([{ one: 1 }])
    await connection.close()
  })
})

test('a database that keeps failing is in the log once, and so is that it answers again', async () => {
  const lines: string[] = []
  const log = createLog({ level: 'info', destination: { write: (line) => lines.push(line) } })
  const connection = await openPostgresConnection({ url, log, options: {} })
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const failing = connection.query({ name: 'fails', text: 'select 1 / 0' }, [])
    expect((await rejectionOf(failing)).detail).toBe('database: 22012')
  }
  await connection.query({ name: 'one', text: 'select 1 as one' }, [])
  expect(lines.map((line) => (JSON.parse(line) as { readonly msg: string }).msg)).toEqual([
    'the database does not answer as it should',
    'the database answers again',
  ])
  await connection.close()
})

describe('the contents of a store', () => {
  test('are loaded altogether or not at all, and given only when they can be read', async () => {
    const store = await open()
    await store.write([append('a')])
    const head = await store.journal.head()
    const entry = { kind: 'entry', number: head.number + 2, hash: 'f'.repeat(64), value: 'x' } as const
    expect((await rejectionOf(store.contents.load(head, [entry]))).code).toBe('store.damaged')
    expect(await store.journal.head()).toEqual(head)
    await server.run('alter table head rename to elsewhere', url)
    expect((await rejectionOf(store.contents.snapshot())).code).toBe('store.unavailable')
    await server.run('alter table elsewhere rename to head', url)
    const snapshot = await store.contents.snapshot()
    expect(snapshot.head).toEqual(head)
    await snapshot.close()
    await store.close()
  })
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { inspect, isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { packageFile } from '../../../node/kernel/package-root.js'
import { randomHex } from '../../../node/kernel/random.js'
import { Secret } from '../../../node/kernel/secret.js'
import { append, put } from '../../../node/stores/contracts.js'
import type { Collection } from '../../../node/stores/contracts.js'
import { expectWhole, writeAndKill, type Told } from '../../support/killed-writer.js'
import { openTestStore } from '../../support/open-test-store.js'
import { startPostgres, type PostgresServer } from '../../support/postgres.js'
import { rejectionOf } from '../../support/refusals.js'

const notes: Collection<string> = { name: 'notes', indexes: { same: () => 'same' } }
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

interface Rival {
  /** Does the task once and returns what came of it, per caller. */
  ask(line: string): Promise<readonly unknown[]>
  end(): Promise<void>
}

/** Starts `store-rival.ts` and waits until its store is open. */
async function startRival(task: 'claim' | 'append', name: string): Promise<Rival> {
  const words = [packageFile('test', 'support', 'store-rival.ts'), url.reveal(), task, name]
  const child = spawn(process.execPath, ['--import', packageFile('test', 'support', 'ts-loader.mjs'), ...words], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  expect(await lines.next()).toMatchObject({ value: 'ready' })
  return {
    async ask(line) {
      child.stdin.write(`${line}\n`)
      return parseAnswer((await lines.next()).value)
    },
    async end() {
      const ended = once(child, 'close')
      child.stdin.end()
      expect(await ended).toEqual([0, null])
    },
  }
}

/** What `store-rival.ts` prints. */
function parseAnswer(text: string | undefined): readonly unknown[] {
  return JSON.parse(text ?? 'null') as readonly unknown[]
}

/** What a killed process had sent is still being done. */
async function untilNobodyWrites(): Promise<void> {
  const connections = `select 1 from pg_stat_activity where application_name = 'bronnet'`
  while ((await server.run(connections)).length > 0);
}

const startRivals = (task: 'claim' | 'append') => Promise.all(['first', 'second'].map((name) => startRival(task, name)))
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

describe('two processes on one database', () => {
  test('each of 300 claims has one winner among the callers of both', async () => {
    const rivals = await startRivals('claim')
    const winners: (readonly boolean[])[] = []
    for (let round = 0; round < 300; round += 1) {
      const answers = await Promise.all(rivals.map((rival) => rival.ask(String(round))))
      winners.push(answers.map((answer) => answer.includes(true)))
      expect(answers.flat().filter((won) => won === true)).toHaveLength(1)
    }
    // Otherwise one was always ahead of the other, and nothing was tested.
    expect(winners.filter(([first]) => first).length).toBeGreaterThan(0)
    expect(winners.filter(([, second]) => second).length).toBeGreaterThan(0)
    await Promise.all(rivals.map((rival) => rival.end()))
  }, 60_000)

  test('the journal that both append to has every number once', async () => {
    const rivals = await startRivals('append')
    const numbers = await Promise.all(
      rivals.map(async (rival) => {
        const own: unknown[] = []
        for (let round = 0; round < 100; round += 1) own.push(...(await rival.ask(String(round))))
        return own
      }),
    )
    await Promise.all(rivals.map((rival) => rival.end()))
    const store = await open()
    const entries = await store.journal.read({ after: 0, limit: 1000 })
    expect(entries.map(({ number }) => number)).toEqual(upTo(800))
    for (const [index, name] of ['first', 'second'].entries()) {
      const own = entries.filter(({ value }) => isDeepStrictEqual(value, { name })).map(({ number }) => number)
      expect([...(numbers[index] ?? [])].sort((a, b) => Number(a) - Number(b))).toEqual(own)
    }
    await store.close()
  }, 60_000)

  test('one store sees what the other has written', async () => {
    const [first, second] = await Promise.all([open(), open()])
    await first.write([put(notes, ['a'], 'one'), append('event')])
    expect(await second.records.get(notes, ['a'])).toMatchObject({ value: 'one', version: 1 })
    expect((await second.journal.head()).number).toBe(1)
    await Promise.all([first.close(), second.close()])
  })
})

describe('failures', () => {
  test('kill -9 of a writer, or of the server under it, loses no acknowledged batch and tears none', async () => {
    const told: Told[] = []
    for (const [round, how] of ([undefined, 'kill', 'immediate'] as const).entries()) {
      const restart = async (): Promise<void> => {
        if (how === undefined) return
        await server.stop(how)
        await server.start()
      }
      told.push(await writeAndKill(url.reveal(), round, 500, restart))
      await untilNobodyWrites()
      const store = await open()
      expect(await expectWhole(store, told)).toBeGreaterThan((round + 1) * 500)
      await store.close()
    }
    expect(told.map(({ unknown }) => unknown.length > 0)).toEqual([false, true, true])
  }, 60_000)

  test('a server that goes down loses nothing, and the store works again when it is back', async () => {
    const store = await open()
    const acknowledged: number[] = []
    let refused: unknown
    const write = async (caller: number): Promise<void> => {
      for (let number = 0; refused === undefined; number += 1) {
        try {
          await store.write([put(notes, [`${caller}-${number}`], 'there'), append({ caller, number })])
          acknowledged.push(number)
        } catch (error) {
          refused = error
        }
      }
    }
    const writing = [1, 2, 3, 4].map(write)
    while (acknowledged.length < 100) await store.journal.head()
    await server.stop('immediate')
    await Promise.all(writing)
    expect(refused).toMatchObject({ code: 'store.unavailable' })
    expect((await rejectionOf(store.check())).code).toBe('store.unavailable')
    expect((await rejectionOf(store.records.get(notes, ['1-0']))).code).toBe('store.unavailable')
    await server.start()
    expect(await store.check()).toBeUndefined()
    const { number: head } = await store.journal.head()
    const entries = await store.journal.read({ after: 0, limit: 1000 })
    const page = await store.records.list(notes, { limit: 1000 })
    expect(head).toBeGreaterThanOrEqual(acknowledged.length)
    expect(page.items).toHaveLength(head)
    expect(entries.map(({ number }) => number)).toEqual(upTo(head))
    expect(await store.journal.append('again')).toBe(head + 1)
    await store.close()
  }, 60_000)

  test('an error holds neither statements nor keys', async () => {
    const store = await open()
    await server.run('drop table records', url)
    const refusal = await rejectionOf(store.records.get(notes, ['123456782']))
    expect(refusal).toMatchObject({ code: 'store.unavailable', detail: 'database: 42P01', cause: undefined })
    expect(inspect(refusal, { depth: 9 })).not.toMatch(/123456782|select /)
    await store.close()
  })
})

describe('durability', () => {
  test('a check writes and syncs', async () => {
    const store = await open()
    const flushed = () => server.run('select pg_current_wal_flush_lsn()::text as flushed')
    const before = await flushed()
    await store.check()
    expect(await flushed()).not.toEqual(before)
    await store.close()
  })

  test.each([
    ['synchronous_commit off', 'synchronous_commit=off', 'synchronous_commit'],
    ['another isolation', 'default_transaction_isolation=serializable', 'default_transaction_isolation'],
  ])('a database with %s is refused', async (_, setting, named) => {
    const address = Secret.of(`${url.reveal()}${encodeURIComponent(` -c ${setting}`)}`)
    const refusal = await rejectionOf(openTestStore(address.reveal()))
    expect(refusal).toMatchObject({ code: 'store.unavailable', notes: [expect.stringContaining(named)] })
  })

  test('a server with fsync off is refused at the start, and from the moment that it is switched off', async () => {
    const store = await open()
    const reload = (value: string) =>
      server.run(`alter system set fsync = ${value}`).then(() => server.run('select pg_reload_conf()'))
    await reload('off')
    while ((await server.run('show fsync'))[0]?.['fsync'] !== 'off');
    expect(await rejectionOf(open())).toMatchObject({
      code: 'store.unavailable',
      notes: [expect.stringContaining('fsync')],
    })
    while ((await store.check().catch(() => 'refused')) !== 'refused');
    expect((await rejectionOf(store.journal.append('lost'))).code).toBe('store.unavailable')
    await reload('on')
    while ((await store.check().catch(() => 'refused')) === 'refused');
    expect(await store.journal.append('kept')).toBe(1)
    await store.close()
  })
})

describe('keys longer than an index entry', () => {
  test('are kept, found and listed in order', async () => {
    const start = Array.from({ length: 15 }, () => randomHex(256))
    const keys = ['a', 'b', 'c'].map((last) => [...start, last])
    const store = await open()
    await store.write([...keys].reverse().map((key) => put(notes, key, 'long')))
    expect(await store.records.get(notes, keys[1] ?? [])).toMatchObject({ value: 'long' })
    for (const query of [{ prefix: start }, { index: { name: 'same', value: 'same' } }]) {
      const first = await store.records.list(notes, { ...query, limit: 2 })
      const rest = await store.records.list(notes, { ...query, limit: 2, after: first.next ?? '' })
      expect([...first.items, ...rest.items].map((item) => item.key)).toEqual(keys)
    }
    await store.close()
  })
})

describe('an address that does not work', () => {
  test('a wrong password is refused and the error does not hold it', async () => {
    await server.run(`create role guarded login password 'the right one'`)
    const address = url.reveal().replace('bronnet@', 'guarded:not-this-one@')
    const refusal = await rejectionOf(openTestStore(address))
    expect(refusal).toMatchObject({ code: 'store.unavailable', notes: ['The server refuses the password.'] })
    expect(inspect(refusal, { depth: 9 })).not.toContain('not-this-one')
  })

  test('a server that is not there is refused', async () => {
    const refusal = await rejectionOf(openTestStore('postgresql://someone:hidden@127.0.0.1:1/none'))
    expect(refusal).toMatchObject({ code: 'store.unavailable', detail: 'database: ECONNREFUSED' })
  })

  test('what is no URL is refused and not repeated', async () => {
    const refusal = await rejectionOf(openTestStore('postgresql://user:hidden@[/none'))
    expect(refusal.code).toBe('config.invalid')
    expect(inspect(refusal, { depth: 9 })).not.toContain('hidden')
  })
})

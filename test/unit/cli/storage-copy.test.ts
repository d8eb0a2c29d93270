import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createCommands } from '../../../node/cli/commands.js'
import { silentLog } from '../../../node/kernel/log.js'
import { openStoreAt } from '../../../node/resources.js'
import type { OpenedStore } from '../../../node/stores/contents.js'
import { append, claim, put } from '../../../node/stores/contracts.js'
import { systemClock } from '../../../node/kernel/clock.js'
import { unusedDeps } from '../../../scripts/command-table.js'
import { verifyChain } from '../../support/chain.js'
import { openTestStore } from '../../support/open-test-store.js'
import { startPostgres, type PostgresServer } from '../../support/postgres.js'
import type { Ran } from '../../support/command-process.js'
import { runChild, startChild } from './child.js'
import { runHere } from './here.js'

const things = { name: 'things' }
/** Enough for a copy that can be killed in its middle. */
const many = 12_000

let server: PostgresServer
let directory: string

beforeAll(async () => {
  server = await startPostgres()
}, 60_000)

afterAll(() => server.destroy())

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-copy-'))
})

afterEach(() => rm(directory, { recursive: true }))

/** The URL of an empty place, and how a test opens the store in it. */
async function createPlace(
  kind: 'level' | 'postgres',
  name: string,
): Promise<{ url: string; open: () => Promise<OpenedStore> }> {
  if (kind === 'level') {
    const data = join(directory, name)
    return { url: `level:${data}`, open: () => openTestStore(join(data, 'store')) }
  }
  const url = (await server.createSchema()).reveal()
  return { url, open: () => openTestStore(url) }
}

async function fill(store: OpenedStore, count: number): Promise<void> {
  const until = systemClock.now() + 3_600_000
  for (let number = 0; number < count; number += 300) {
    const names = Array.from({ length: 100 }, (_, index) => `${number + index}`)
    await store.write(names.flatMap((name) => [put(things, [name], { name }), claim([name], until), append({ name })]))
  }
  await store.close()
}

const commands = createCommands({
  ...unusedDeps,
  openStoreAt: (url, deps) => openStoreAt(url, { ...deps, clock: systemClock, log: silentLog }),
})
const copy = (from: string, to: string): Promise<Ran> =>
  runHere(['storage', 'copy', '--from', from, '--to', to], commands)

describe('bronnet storage copy', () => {
  test.each([
    ['level', 'postgres'],
    ['postgres', 'level'],
    ['level', 'level'],
  ] as const)(
    'brings a store from %s to %s, goes on after a kill, and says how far it is',
    async (fromKind, toKind) => {
      const from = await createPlace(fromKind, 'from')
      const to = await createPlace(toKind, 'to')
      await fill(await from.open(), many)
      const first = startChild(['storage', 'copy', '--from', from.url, '--to', to.url])
      await first.noted(/copied \d+ of 12000 \(\d+ %\)/)
      first.signal('SIGKILL')
      expect((await first.ended).status).toBeNull()

      const node = await runChild(['start'], {
        BRONNET_URL: 'http://localhost:1',
        BRONNET_STRICTMODE: 'false',
        BRONNET_KEYS_DIRECTORY: join(directory, 'keys'),
        BRONNET_STORAGE_URL: to.url,
      })
      expect(node).toMatchObject({
        status: 78,
        errors: expect.stringContaining('repeat the command `bronnet storage copy`'),
      })

      const second = await copy(from.url, to.url)
      expect(second).toMatchObject({ status: 0 })
      expect(second.output).toMatch(
        /^The copy is complete and verified: 4000 records, 4000 claims, 4000 journal entries, head 4000 [0-9a-f]{64}\.\n$/,
      )
      const [progress] = /copied (\d+) of/.exec(second.errors)?.slice(1) ?? []
      expect(Number(progress)).toBeGreaterThan(500)
      const [source, target] = [await from.open(), await to.open()]
      expect(await target.journal.head()).toEqual(await source.journal.head())
      expect(await verifyChain(target.journal)).toHaveLength(4000)
      expect(await target.records.get(things, ['11750'])).toMatchObject({ version: 1 })
      expect(await target.claims.claim(['11750'], systemClock.now() + 1000)).toBe(false)
      await Promise.all([source.close(), target.close()])
    },
    120_000,
  )

  test('refuses a target that holds something, and leaves it', async () => {
    const [from, to] = [await createPlace('level', 'from'), await createPlace('level', 'to')]
    await fill(await from.open(), 300)
    const present = await to.open()
    await present.journal.append('there')
    await present.close()
    expect(await copy(from.url, to.url)).toMatchObject({
      status: 78,
      output: '',
      errors: 'bronnet: the target is not empty: nothing was written\n',
    })
    const after = await to.open()
    expect(await after.journal.head()).toMatchObject({ number: 1 })
    await after.close()
  })

  test('refuses to go on with a copy of a source that has changed since', async () => {
    const [from, to] = [await createPlace('level', 'from'), await createPlace('level', 'to')]
    await fill(await from.open(), many)
    const first = startChild(['storage', 'copy', '--from', from.url, '--to', to.url])
    await first.noted(/copied \d+ of/)
    first.signal('SIGKILL')
    await first.ended
    const changed = await from.open()
    await changed.journal.append('another')
    await changed.close()
    expect(await copy(from.url, to.url)).toMatchObject({
      status: 78,
      errors: expect.stringContaining('the source has changed since: empty the target'),
    })
  }, 60_000)

  test.each(['level', 'postgres'] as const)('refuses a source of the kind %s that a node has open', async (kind) => {
    const [from, to] = [await createPlace(kind, 'from'), await createPlace('level', 'to')]
    const open = await from.open()
    await open.journal.append('there')
    expect(await copy(from.url, to.url)).toMatchObject({
      status: 69,
      errors: expect.stringMatching(/--from: .*[Ss]top/),
    })
    await open.close()
  })

  test.each([
    ['a kind that is not there', 'levl:./data', 'level:./x', '--from: give level:<directory> or postgresql://'],
    ['no directory', 'level:./data', 'level:', '--to: give level:<directory> or postgresql://'],
    ['memory', 'memory:', 'level:./x', '--from: give level:<directory>'],
    ['a URL that is none', 'level:./data', 'postgresql://[', '--to: give level:<directory>'],
    ['the same place twice', 'level:./data', 'level:././data/', '--from and --to name the same place'],
  ])('says what is wrong with %s', async (_, from, to, said) => {
    expect(await copy(from, to)).toMatchObject({ status: 64, output: '', errors: expect.stringContaining(said) })
  })

  test('makes nothing where the source should be, nor at the target', async () => {
    const [from, to] = [await createPlace('level', 'from'), await createPlace('level', 'to')]
    expect(await copy(from.url, to.url)).toMatchObject({
      status: 78,
      errors: `bronnet: --from: ${join(directory, 'from', 'store')}: there is no store in this directory\n`,
    })
    const database = await server.createSchema()
    expect(await copy(database.reveal(), to.url)).toMatchObject({
      status: 78,
      errors: 'bronnet: --from: there is no store in this database\n',
    })
    expect(await readdir(directory)).toEqual([])
    expect(await server.run('select tablename from pg_tables where schemaname = current_schema()', database)).toEqual(
      [],
    )
  })
})

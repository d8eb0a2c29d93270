import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { systemClock } from '../../../node/kernel/clock.js'
import { silentLog } from '../../../node/kernel/log.js'
import { put } from '../../../node/stores/contracts.js'
import type { Store, Value } from '../../../node/stores/contracts.js'
import { openLevelStore } from '../../../node/stores/level.js'

const batches = { name: 'batches' }
const loader = fileURLToPath(new URL('../../support/ts-loader.mjs', import.meta.url))
const writer = fileURLToPath(new URL('../../support/store-writer.ts', import.meta.url))

let parent: string
let directory: string
const open = (): Promise<Store> => openLevelStore({ directory, clock: systemClock, log: silentLog })

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'bronnet-level-'))
  directory = join(parent, 'deeper', 'store')
})

afterEach(() => rm(parent, { recursive: true }))

describe('the directory of a level store', () => {
  test('is made for its owner only', async () => {
    await (await open()).close()
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
  })

  test('is open once at a time, and the refusal says what to do', async () => {
    const first = await open()
    await expect(open()).rejects.toMatchObject({ code: 'store.locked', notes: [expect.stringContaining('Stop')] })
    await first.write([put(batches, ['a'], 1)])
    await first.close()
    const second = await open()
    expect(await second.records.get(batches, ['a'])).toMatchObject({ value: 1 })
    await second.close()
  })

  test('that cannot be made is refused', async () => {
    directory = join(loader, 'store')
    await expect(open()).rejects.toMatchObject({ code: 'store.unavailable' })
  })
})

/** Lets a child write until it has acknowledged `count` batches, kills it, and returns all that it acknowledged. */
async function writeAndKill(round: number, count: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, ['--import', loader, writer, directory, String(round)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let problems = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (problems += text))
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    if (output.split('\n').length > count) child.kill('SIGKILL')
  })
  const [, signal] = await once(child, 'close')
  // Otherwise the child ended by itself, and nothing was tested.
  expect({ signal, problems }).toEqual({ signal: 'SIGKILL', problems: '' })
  return output.split('\n').slice(0, -1)
}

function nameOf(value: Value): string {
  return typeof value === 'object' && value !== null && 'name' in value ? String(value['name']) : ''
}

/** The names of everything in the journal. */
async function journalNames(store: Store): Promise<ReadonlySet<string>> {
  const names = new Set<string>()
  for (;;) {
    const entries = await store.journal.read({ after: names.size, limit: 1000 })
    for (const { value } of entries) {
      names.add(nameOf(value))
    }
    if (entries.length === 0) return names
  }
}

async function recordNames(store: Store): Promise<ReadonlySet<string>> {
  const names = new Set<string>()
  let after: string | undefined
  do {
    const page = await store.records.list(batches, after === undefined ? { limit: 1000 } : { limit: 1000, after })
    for (const item of page.items) names.add(item.key.join('/'))
    after = page.next
  } while (after !== undefined)
  return names
}

describe('kill -9', () => {
  test('loses no acknowledged batch and tears none', async () => {
    const acknowledged: string[] = []
    for (const round of [1, 2, 3]) {
      acknowledged.push(...(await writeAndKill(round, 400)))
      const store = await open()
      const inJournal = await journalNames(store)
      const inRecords = await recordNames(store)
      expect(acknowledged.filter((name) => !inJournal.has(name))).toEqual([])
      expect([...inRecords].sort()).toEqual([...inJournal].sort())
      expect(await store.journal.head()).toBe(inJournal.size)
      const free: string[] = []
      for (const name of inJournal) {
        if (await store.claims.claim([name], systemClock.now() + 3_600_000)) free.push(name)
      }
      expect(free).toEqual([])
      expect(await store.claims.claim([`never ${round}`], systemClock.now() + 3_600_000)).toBe(true)
      await store.close()
    }
  }, 60_000)
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect } from '@jest/globals'
import { packageFile } from '../../node/kernel/package-root.js'
import { systemClock } from '../../node/kernel/clock.js'
import { verifyChain } from './chain.js'
import type { Store, Value } from '../../node/stores/contracts.js'

const batches = { name: 'batches' }

/** Lets `store-writer.ts` write until it has acknowledged `count` batches, kills it, and returns what it acknowledged. */
export async function writeAndKill(place: string, round: number, count: number): Promise<readonly string[]> {
  const words = [packageFile('test', 'support', 'store-writer.ts'), place, String(round)]
  const child = spawn(process.execPath, ['--import', packageFile('test', 'support', 'ts-loader.mjs'), ...words], {
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

/** Expects every acknowledged batch of `store-writer.ts` in `store`, and each batch there to be whole. */
export async function expectWhole(store: Store, acknowledged: readonly string[]): Promise<void> {
  const inJournal = await journalNames(store)
  const inRecords = await recordNames(store)
  expect(acknowledged.filter((name) => !inJournal.has(name))).toEqual([])
  expect([...inRecords].sort()).toEqual([...inJournal].sort())
  expect(await verifyChain(store.journal)).toHaveLength(inJournal.size)
  const free: string[] = []
  for (const name of inJournal) {
    if (await store.claims.claim([name], systemClock.now() + 3_600_000)) free.push(name)
  }
  expect(free).toEqual([])
}

function nameOf(value: Value): string {
  return typeof value === 'object' && value !== null && 'name' in value ? String(value['name']) : ''
}

/** The names of everything in the journal. */
async function journalNames(store: Store): Promise<ReadonlySet<string>> {
  const names = new Set<string>()
  for (;;) {
    const entries = await store.journal.read({ after: names.size, limit: 1000 })
    for (const { value } of entries) names.add(nameOf(value))
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

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect } from '@jest/globals'
import { packageFile } from '../../node/kernel/package-root.js'
import { systemClock } from '../../node/kernel/clock.js'
import type { Store } from '../../node/stores/contracts.js'
import { readAll } from '../../node/stores/read-all.js'
import { verifyChain } from './chain.js'

/** What writers were told of their batches, by name. What they never heard of is unknown as well. */
export interface Told {
  readonly acknowledged: readonly string[]
  readonly refused: readonly string[]
  readonly unknown: readonly string[]
  /** The longest time without an acknowledgement, in milliseconds. */
  readonly longestOutage: number
}

/**
 * Lets `store-writer.ts` write until it has acknowledged `count` batches, kills it, and returns what it was told.
 * `half` happens when it has acknowledged half of them: something that it must survive.
 */
export async function writeAndKill(
  place: string,
  round: number | string,
  count: number,
  half?: () => Promise<void>,
): Promise<Told> {
  const words = [packageFile('test', 'support', 'store-writer.ts'), place, String(round)]
  const child = spawn(process.execPath, ['--import', packageFile('test', 'support', 'ts-loader.mjs'), ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const told = { '+': [] as string[], '-': [] as string[], '?': [] as string[] }
  let event = half
  let rest = ''
  let problems = ''
  let lastAt = performance.now()
  let longestOutage = 0
  child.stderr.setEncoding('utf8').on('data', (text: string) => (problems += text))
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) told[line.charAt(0) as keyof typeof told].push(line.slice(2))
    if (lines.some((line) => line.startsWith('+'))) {
      longestOutage = Math.max(longestOutage, performance.now() - lastAt)
      lastAt = performance.now()
    }
    const { length } = told['+']
    if (length > count / 2 && event !== undefined) {
      void event()
      event = undefined
    }
    if (length > count) child.kill('SIGKILL')
  })
  const [, signal] = await once(child, 'close')
  // Otherwise the child ended by itself, and nothing was tested.
  expect({ signal, problems }).toEqual({ signal: 'SIGKILL', problems: '' })
  return { acknowledged: told['+'], refused: told['-'], unknown: told['?'], longestOutage }
}

/** What the writers say in the journal of each batch. */
interface Entry {
  readonly name: string
  readonly key: string
  readonly kept: boolean
}

/**
 * Expects of the store to which writers were killed: every acknowledged batch is there and no refused one; each batch is
 * there as a whole, record, claim and journal entry; the chain of the journal is unbroken. Returns how many batches are there.
 */
export async function expectWhole(store: Store, told: readonly Told[]): Promise<number> {
  // The writers wrote them.
  const entries = (await verifyChain(store.journal)).map(({ value }) => value as unknown as Entry)
  const names = new Set(entries.map(({ name }) => name))
  expect(names.size).toBe(entries.length)
  expect(told.flatMap(({ acknowledged }) => acknowledged).filter((name) => !names.has(name))).toEqual([])
  expect(told.flatMap(({ refused }) => refused).filter((name) => names.has(name))).toEqual([])
  const kept = new Map<string, string>()
  for (const { name, key, kept: isKept } of entries) {
    if (isKept) kept.set(key, name)
    else kept.delete(key)
  }
  const records = await readAll<{ readonly name: string }>(store.records, { name: 'things' })
  expect(new Map(records.map(({ key, value }) => [key.join('/'), value.name]))).toEqual(kept)
  const until = systemClock.now() + 3_600_000
  const free = await Promise.all(entries.map(({ name }) => store.claims.claim([name], until)))
  expect(free.filter((isFree) => isFree)).toEqual([])
  return entries.length
}

/**
 * A child process that writes to a store until it is killed: `store-writer.ts <directory or PostgreSQL URL> <round>`.
 *
 * Eight callers make, change and remove records, each in a batch with a claim and a journal entry that says what was done;
 * some batches must be refused. What became of a batch is said on standard output as soon as it is known, and not before:
 * `+ name` acknowledged, `- name` refused, `? name` unknown.
 */
import { writeSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { systemClock } from '../../node/kernel/clock.js'
import { NodeError, systemCodeOf } from '../../node/kernel/errors.js'
import { append, claim, put, remove, type Operation } from '../../node/stores/contracts.js'
import { openTestStore } from './open-test-store.js'

const [place = '', round = ''] = process.argv.slice(2)
const store = await openTestStore(place)
const standardOutput = 1
const things = { name: 'things' }
const keysPerCaller = 40
const marks: Readonly<Record<string, string>> = {
  'store.claimed': '-',
  'store.conflict': '-',
  'store.unavailable': '?',
}

/** Not by a stream, which would keep lines back: what is acknowledged must be said before the kill. */
function say(mark: string, name: string): void {
  for (;;) {
    try {
      // A line is written as a whole or not at all: it is shorter than what a pipe takes at once.
      writeSync(standardOutput, `${mark} ${name}\n`)
      return
    } catch (error) {
      // The reader is behind.
      if (systemCodeOf(error) !== 'EAGAIN') throw error
    }
  }
}

/** The batch of a number: every ninth and eleventh must be refused, every seventh removes. */
function batchOf(number: number, name: string, key: string): readonly Operation[] {
  if (number % 9 === 8) return [put(things, [key], name, { expected: 999_999 }), append({ name, key, kept: true })]
  const taken = number % 11 === 10 ? [claim(['taken'], systemClock.now() + 3_600_000)] : []
  const once = claim([name], systemClock.now() + 3_600_000)
  if (number % 7 === 6) return [remove(things, [key]), once, append({ name, key, kept: false }), ...taken]
  const value = { name, filler: 'x'.repeat((number * 37) % 2000) }
  return [put(things, [key], value), once, append({ name, key, kept: true }), ...taken]
}

async function writeForever(caller: number): Promise<void> {
  for (let number = 0; ; number += 1) {
    const name = `${round}-${caller}-${number}`
    try {
      await store.write(batchOf(number, name, `${round}-${caller}-${number % keysPerCaller}`))
      say('+', name)
    } catch (error) {
      const mark = marks[NodeError.codeOf(error)]
      if (mark === undefined) throw error
      say(mark, name)
      // A store that is out of reach is not asked without a pause.
      if (mark === '?') await setTimeout(5)
    }
  }
}

await store.claims.claim(['taken'], systemClock.now() + 36_000_000)
await Promise.all(Array.from({ length: 8 }, (_, caller) => writeForever(caller)))

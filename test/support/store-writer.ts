/**
 * A child process that writes to a store until it is killed: `store-writer.ts <directory or PostgreSQL URL> <round>`.
 *
 * Eight callers write batches of a record, a claim and a journal entry; each batch is named on standard output as soon
 * as it is acknowledged, and not before.
 */
import { writeSync } from 'node:fs'
import { systemClock } from '../../node/kernel/clock.js'
import { append, claim, put } from '../../node/stores/contracts.js'
import { openTestStore } from './open-test-store.js'

const [place = '', round = ''] = process.argv.slice(2)
const store = await openTestStore(place)
const standardOutput = 1

async function writeForever(caller: number): Promise<void> {
  for (let number = 0; ; number += 1) {
    const name = `${round}-${caller}-${number}`
    await store.write([
      put({ name: 'batches' }, [name], { name, filler: 'x'.repeat(number % 2000) }),
      claim([name], systemClock.now() + 3_600_000),
      append({ name }),
    ])
    writeSync(standardOutput, `${name}\n`)
  }
}

await Promise.all(Array.from({ length: 8 }, (_, caller) => writeForever(caller)))

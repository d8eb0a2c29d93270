/**
 * A child process that does the same as another one at the same moment: `store-rival.ts <place> <task> <name>`.
 *
 * It says `ready`. For each line of its input it then does its task and answers with a line: for the task `claim`, as
 * `true` or `false` for each of its callers, whether it won the claim that the line names; for `append` the numbers
 * that it was given.
 */
import { createInterface } from 'node:readline'
import { systemClock } from '../../node/kernel/clock.js'
import { openTestStore } from './open-test-store.js'

const [place = '', task = '', name = ''] = process.argv.slice(2)
const store = await openTestStore(place)
const callers = [1, 2, 3, 4]

function run(line: string): Promise<readonly unknown[]> {
  if (task === 'append') return Promise.all(callers.map(() => store.journal.append({ name })))
  const until = systemClock.now() + 3_600_000
  return Promise.all(callers.map(() => store.claims.claim(['rival', line], until)))
}

process.stdout.write('ready\n')
for await (const line of createInterface(process.stdin)) process.stdout.write(`${JSON.stringify(await run(line))}\n`)
await store.close()

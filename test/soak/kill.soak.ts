/**
 * The long version of the kill tests: `npm run soak:kill`, some minutes. Prints what became of all batches.
 *
 * On each backend 20 kills in the middle of more than 50 000 acknowledged batches. On PostgreSQL two processes write; every
 * second round the server itself is killed too, by turns with SIGKILL and with SIGQUIT (`pg_ctl stop -m immediate`).
 * A kill says nothing about what a power cut does: `test/unit/stores/sync-count.test.ts` counts what is synced.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { expectWhole, writeAndKill, type Told } from '../support/killed-writer.js'
import { openTestStore } from '../support/open-test-store.js'
import { startPostgres } from '../support/postgres.js'

const rounds = 20
const perRound = 2_600
const limitMilliseconds = 1_800_000

/** Does all rounds at `place` and accounts for them after each, with a store that is opened anew. */
async function soak(
  name: string,
  place: string,
  round: (place: string, number: number) => Promise<readonly Told[]>,
): Promise<void> {
  const told: Told[] = []
  let stored = 0
  for (let number = 1; number <= rounds; number += 1) {
    told.push(...(await round(place, number)))
    // The whole account takes longer with each round.
    if (number % 5 !== 0) continue
    const store = await openTestStore(place)
    stored = await expectWhole(store, told)
    await store.close()
    process.stderr.write(`${name}: ${number} kills, ${stored} batches stored\n`)
  }
  const count = (set: 'acknowledged' | 'refused' | 'unknown') => told.reduce((sum, each) => sum + each[set].length, 0)
  const acknowledged = count('acknowledged')
  process.stderr.write(
    `${name}: ${acknowledged} acknowledged, ${count('refused')} refused, ${count('unknown')} told to be unknown; ` +
      `${stored} stored; lost 0, torn 0, chain whole; ` +
      `longest time without an acknowledgement ${Math.round(Math.max(...told.map((each) => each.longestOutage)))} ms\n`,
  )
  expect(acknowledged).toBeGreaterThanOrEqual(50_000)
}

test(
  'kill -9 loses nothing on level',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'bronnet-soak-'))
    await soak('level', directory, async (place, number) => [await writeAndKill(place, number, perRound)])
    await rm(directory, { recursive: true })
  },
  limitMilliseconds,
)

test(
  'kill -9 loses nothing on PostgreSQL',
  async () => {
    const server = await startPostgres()
    const url = await server.createSchema()
    await soak('PostgreSQL', url.reveal(), async (place, number) => {
      const restart = async (): Promise<void> => {
        if (number % 2 === 0) return
        await server.stop(number % 4 === 1 ? 'kill' : 'immediate')
        await server.start()
      }
      const told = await Promise.all([
        writeAndKill(place, `${number}a`, perRound / 2, restart),
        writeAndKill(place, `${number}b`, perRound / 2),
      ])
      const connections = `select 1 from pg_stat_activity where application_name = 'bronnet'`
      while ((await server.run(connections)).length > 0);
      return told
    })
    await server.destroy()
  },
  limitMilliseconds,
)

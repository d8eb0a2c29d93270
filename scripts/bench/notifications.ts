import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { packageFile } from '../../node/kernel/package-root.js'
import { randomId } from '../../node/kernel/random.js'
import { participants, type Participant } from '../demo/participants.js'
import { startWorld, type World } from '../demo/world.js'
import { startSignedPosts } from './signed-posts.js'
import { percentile, summarise } from './statistics.js'

const usage = `Usage: npm run bench:notifications [-- --count N] [-- --backlog N] [-- --rounds N]

How many notifications a second go from a register write at one node to the receipt of another, held against signed POSTs
between two bare express servers with one durable write on each side; how long one takes on a quiet network; and how fast
what waited for a receiver that was away goes out when it is there. All in one process, by turns.

  --count N    messages of one round; default 2000
  --backlog N  messages that wait for the receiver; default 10000, 0 for none
  --rounds N   rounds of each; default 3`

const seedSchema = z.looseObject({ wlzIndicatie: z.array(z.record(z.string(), z.unknown())) })
const batchSize = 500
const firstPort = 17_500
const example = readExample()
const say = (line: string): void => void process.stdout.write(`${line}\n`)

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '2000' },
      backlog: { type: 'string', default: '10000' },
      rounds: { type: 'string', default: '3' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return say(usage)
  const directory = await mkdtemp(join(tmpdir(), 'bronnet-bench-'))
  try {
    const [count, backlog, rounds] = [values.count, values.backlog, values.rounds].map(Number)
    await run(directory, { count: count ?? 0, backlog: backlog ?? 0, rounds: rounds ?? 0 })
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

interface Rate {
  readonly perSecond: number
  /** CPU time of everything, in microseconds for each message. */
  readonly microseconds: number
}

async function run(
  directory: string,
  { count, backlog, rounds }: { readonly count: number; readonly backlog: number; readonly rounds: number },
): Promise<void> {
  const world = await open(directory, ['stelselbeheerder', 'ciz', 'zorgkantoor-noord'])
  const bare = await startSignedPosts(join(directory, 'bare'))
  await Promise.all([bare.send(200), deliver(world, 200)])
  const rates: { readonly nodes: Rate[]; readonly bare: Rate[] } = { nodes: [], bare: [] }
  for (let round = 0; round < rounds; round += 1) {
    rates.nodes.push(await measure(count, () => deliver(world, count)))
    rates.bare.push(await measure(count, () => bare.send(count)))
  }
  await bare.close()
  const alone = await measureAlone(world, 50)
  await world.stop()
  const waited = backlog > 0 ? await deliverBacklog(directory, backlog) : undefined

  const middle = (of: readonly Rate[]): Rate => ({
    perSecond: summarise(of.map(({ perSecond }) => perSecond)).median,
    microseconds: summarise(of.map(({ microseconds }) => microseconds)).median,
  })
  const [nodes, posts] = [middle(rates.nodes), middle(rates.bare)]
  say(`${'nodes'.padEnd(26)} ${describe(nodes)}`)
  say(`${'bare express, signed POSTs'.padEnd(26)} ${describe(posts)}`)
  say(
    `ratio: ${(nodes.perSecond / posts.perSecond).toFixed(2)} of the messages a second, ${(nodes.microseconds / posts.microseconds).toFixed(1)} times the CPU time`,
  )
  say(
    `one alone, from register commit to receipt: p50 ${percentile(alone, 0.5).toFixed(0)} ms, p99 ${percentile(alone, 0.99).toFixed(0)} ms`,
  )
  if (waited !== undefined)
    say(
      `${String(backlog)} that waited: ${describe(waited)}; ${(waited.perSecond / nodes.perSecond).toFixed(2)} of the steady rate`,
    )
}

const describe = ({ perSecond, microseconds }: Rate): string =>
  `${perSecond.toFixed(0)}/s, CPU ${microseconds.toFixed(0)} us each`

async function measure(count: number, work: () => Promise<unknown>): Promise<Rate> {
  const before = process.cpuUsage()
  const startedAt = performance.now()
  await work()
  const seconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage(before)
  return { perSecond: count / seconds, microseconds: (user + system) / count }
}

/** Nodes of these participants, of which nobody is told to send slower. */
function open(directory: string, names: readonly string[]): Promise<World> {
  const chosen: Participant[] = []
  for (const [at, participant] of participants.entries()) {
    if (!names.includes(participant.name)) continue
    const port = firstPort + 3 * at
    const sources = participant.name === 'ciz' ? participant.sources : []
    chosen.push({ ...participant, sources, publicPort: port, internalPort: port + 1, tlsPort: port + 2 })
  }
  return startWorld({
    directory: join(directory, 'world'),
    participants: chosen,
    logs: 'none',
    configure: (_name, settings) => ({
      ...settings,
      parties: settings.parties?.map((party) =>
        party.notifications === undefined
          ? party
          : { ...party, notifications: { perSecond: 100_000, queued: 1_000_000 } },
      ),
    }),
  })
}

/** Writes indicaties that have to be told to zorgkantoor Noord. */
async function register(world: World, count: number): Promise<void> {
  for (let written = 0; written < count; written += batchSize) {
    const changes = Array.from({ length: Math.min(batchSize, count - written) }, () => ({
      type: 'WlzIndicatie',
      record: indicatie(),
    }))
    await world
      .member('ciz')
      .administrator.call('POST', '/internal/bronnet/v1/registers/ciz/indicatieregister/changes', {
        by: 'bench',
        changes,
      })
  }
}

async function deliver(world: World, count: number): Promise<void> {
  const before = await delivered(world)
  await register(world, count)
  while ((await delivered(world)) < before + count) await setTimeout(5)
}

/** How many were delivered since the start, as the metrics of CIZ say. */
async function delivered(world: World): Promise<number> {
  const answer = await fetch(`${world.member('ciz').internalUrl}/metrics`)
  const found = /^bronnet_notifications_total\{outcome="delivered"\} (\d+)$/m.exec(await answer.text())
  return Number(found?.[1] ?? 0)
}

/** How long one takes when there is nothing else, in milliseconds. */
async function measureAlone(world: World, count: number): Promise<readonly number[]> {
  const times: number[] = []
  for (let each = 0; each < count; each += 1) {
    const startedAt = performance.now()
    await deliver(world, 1)
    times.push(performance.now() - startedAt)
  }
  return times
}

/** The receiver is down while the messages are made, and then it is there again. */
async function deliverBacklog(directory: string, count: number): Promise<Rate> {
  const without = await open(directory, ['stelselbeheerder', 'ciz'])
  await register(without, count)
  await without.stop()
  const world = await open(directory, ['stelselbeheerder', 'ciz', 'zorgkantoor-noord'])
  const { administrator } = world.member('ciz')
  await administrator.call('POST', '/internal/bronnet/v1/notifications/outbox/ciz/hurry')
  while ((await delivered(world)) === 0) await setTimeout(5)
  const before = await delivered(world)
  const rate = await measure(count - before, async () => {
    while ((await delivered(world)) < count) await setTimeout(20)
  })
  await world.stop()
  return rate
}

/** A record of the demonstration, each time with a number of its own. */
function indicatie(): Readonly<Record<string, unknown>> {
  return { ...example, wlzindicatieID: randomId(), initieelVerantwoordelijkZorgkantoor: '5999' }
}

function readExample(): Readonly<Record<string, unknown>> {
  const file = packageFile('scripts', 'demo', 'seed', 'indicatieregister.json')
  const [first] = seedSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).wlzIndicatie
  if (first === undefined) throw new Error('the seed of the demonstration has no record')
  return first
}

await main()

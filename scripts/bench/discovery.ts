import { fork } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { createForward } from '../../node/catalogue/forward.js'
import { createListener } from '../../node/http/listener.js'
import { createMetrics } from '../../node/http/metrics.js'
import { discoveryListRoutes } from '../../node/http/routes/discovery-list.js'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { createSignatureThread, findSignatureWorker } from '../../node/credentials/signature-thread.js'
import { createAddressGuard, parseCidr } from '../../node/kernel/address-guard.js'
import { createFixedClock } from '../../node/kernel/clock.js'
import { silentLog } from '../../node/kernel/log.js'
import { createOutbound } from '../../node/kernel/outbound.js'
import { openLevelStore } from '../../node/stores/level.js'
import { checkSignatures, cpuSecondsSince, register } from './discovery-limit.js'
import { createCountry, type Country } from './discovery-members.js'
import { serveWithExpress } from './discovery-pages.js'
import { createDiscoveryParts } from './discovery-parts.js'
import { percentile } from './statistics.js'

const usage = `Usage: npm run bench:discovery [-- --members N] [-- --large N] [-- --only PART] [-- --one-thread]

What reading a discovery list of the size of the country costs, as a share of its signature checks alone: the first reading,
a day's changes, and the memory of a list of a hundred thousand; and pages of a hundred from memory.

  --members N    how many are on the list; default 8350
  --large N      how many are on the large list; default 100000
  --only PART    pages, first, day or large
  --one-thread   leaves out the thread that checks signatures`

const { values } = parseArgs({
  options: {
    members: { type: 'string', default: '8350' },
    large: { type: 'string', default: '100000' },
    only: { type: 'string' },
    'one-thread': { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
const size = Number(values.members)
const large = Number(values.large)
/** Renewals of 8 350 registrations of 14 days, at 45 % of their life. */
const changesPerDay = Math.round(size / 6.3)
const service = 'bench'
const signatureWorker = values['one-thread'] ? undefined : findSignatureWorker()
const clock = createFixedClock(Date.parse('2026-11-24T09:00:00Z'))
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const percent = (share: number): string => `${(100 * share).toFixed(0)} %`
const rate = (count: number, seconds: number): string => `${(count / seconds).toFixed(0)}/s`

async function serveList(file: string): Promise<{ readonly port: number; end(): void }> {
  const child = fork(fileURLToPath(new URL('discovery-list-process.js', import.meta.url)), [file])
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message) => resolve(Number(message))).once('error', reject)
  })
  return { port, end: () => void child.kill() }
}

function* lines(texts: Iterable<string>): Generator<string> {
  for (const text of texts) yield `${text}\n`
}

/** Bytes that are in use after all rubbish was collected. */
function inUse(): number {
  global.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Reads the whole list into a store on disk, as a node does that starts with nothing. */
async function readList(country: Country, registrations: Iterable<string>) {
  const directory = await mkdtemp(join(tmpdir(), 'bronnet-bench-'))
  const file = join(directory, 'list.txt')
  await writeFile(file, lines(registrations))
  const list = await serveList(file)
  const definition = { ...country.definition, endpoint: `http://localhost:${String(list.port)}/discovery/${service}` }
  const store = await openLevelStore({ directory: join(directory, 'store'), clock, log: silentLog })
  const outbound = createOutbound({
    guard: createAddressGuard({ allowed: ['127.0.0.0/8', '::1/128'].map(parseCidr), denied: [] }),
    userAgent: 'bench',
    allowPlainHttp: 'loopback',
    allowedPorts: 'any',
    allowReservedHosts: true,
  })
  const aside = signatureWorker === undefined ? undefined : createSignatureThread({ entry: signatureWorker })
  const parts = createDiscoveryParts({
    clock,
    store,
    outbound,
    country: { ...country, definition },
    hosts: false,
    aside,
  })
  const keptBefore = inUse()
  const before = process.memoryUsage().rss
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  let highest = 0
  const sampling = setInterval(() => {
    highest = Math.max(highest, process.memoryUsage().rss)
  }, 50)
  const cpu = process.cpuUsage()
  const loop = performance.eventLoopUtilization()
  const startedAt = performance.now()
  await parts.sync.run(service)
  const seconds = (performance.now() - startedAt) / 1000
  const busy = performance.eventLoopUtilization(loop).active / 1000
  const cpuSeconds = cpuSecondsSince(cpu)
  clearInterval(sampling)
  delay.disable()
  const kept = (inUse() - keptBefore) / 1_048_576
  const state = await parts.replica.state(service)
  if (state?.listed !== country.members.length) throw new Error(`only ${String(state?.listed)} are listed`)
  return {
    parts,
    seconds,
    cpuSeconds,
    busy,
    delay: delay.percentile(99) / 1_000_000,
    growth: (highest - before) / 1_048_576,
    kept,
    async end() {
      await aside?.close()
      outbound.close()
      await store.close()
      list.end()
      await rm(directory, { recursive: true })
    },
  }
}

async function firstReading(): Promise<void> {
  const country = createCountry({ clock, size, service, endpoint: 'https://list.example/discovery/bench' })
  const made = register(country, size)
  const [first] = made
  say(`${String(size)} registrations of ${String(first?.presentation.length ?? 0)} bytes, each with its own key`)
  const presentations = made.map(({ presentation }) => presentation)
  const shares: { readonly wall: number; readonly cpu: number }[] = []
  for (let round = 0; round < 3; round += 1) {
    // By turns, so that both meet the same machine.
    const before = checkSignatures(made, country)
    const read = await readList(country, presentations)
    await read.end()
    const after = checkSignatures(made, country)
    const all = (before.all + after.all) / 2
    const signatures = (before.signatures + after.signatures) / 2
    const cpuSeconds = (before.cpuSeconds + after.cpuSeconds) / 2
    const share = { wall: all / read.seconds, cpu: cpuSeconds / read.cpuSeconds }
    shares.push(share)
    say(
      `first reading: ${read.seconds.toFixed(2)} s, ${rate(size, read.seconds)}, CPU ${read.cpuSeconds.toFixed(2)} s, ` +
        `main thread busy ${read.busy.toFixed(2)} s, event loop p99 ${read.delay.toFixed(0)} ms; ` +
        `keys and signatures alone: ${all.toFixed(2)} s, CPU ${cpuSeconds.toFixed(2)} s; ` +
        `${percent(share.wall)} in time, ${percent(share.cpu)} in CPU time; ` +
        `signatures alone: ${signatures.toFixed(2)} s, ${percent(signatures / read.seconds)}`,
    )
  }
  const middle = (of: (share: (typeof shares)[number]) => number): string => percent(percentile(shares.map(of), 0.5))
  say(
    `first reading, the middle of three: ${middle(({ wall }) => wall)} of keys and signatures alone in time, ` +
      `${middle(({ cpu }) => cpu)} in CPU time of all threads`,
  )
}

async function dayOfChanges(): Promise<void> {
  const country = createCountry({ clock, size, service, endpoint: 'https://list.example/discovery/bench' })
  const presentations = register(country, size).map(({ presentation }) => presentation)
  const read = await readList(country, presentations)
  await read.end()
  clock.move(86_400 / 2)
  const renewed = register(country, changesPerDay)
  const limit = checkSignatures(renewed, country)
  const again = await readList(country, [
    ...presentations.slice(changesPerDay),
    ...renewed.map(({ presentation }) => presentation),
  ])
  await again.end()
  say(
    `a day of ${String(changesPerDay)} renewals: ${(again.seconds * (changesPerDay / size)).toFixed(2)} s; keys and signatures alone: ${limit.all.toFixed(2)} s`,
  )
}

async function largeList(): Promise<void> {
  const country = createCountry({ clock, size: large, service, endpoint: 'https://list.example/x', keys: 500 })
  let length = 0
  function* registrations(): Generator<string> {
    for (const member of country.members) {
      const { presentation } = country.register(member, { isKept: false })
      length += presentation.length
      yield presentation
    }
  }
  const read = await readList(country, registrations())
  const watchedAt = performance.now()
  await read.parts.watch.run(service)
  const againAt = performance.now()
  await read.parts.watch.run(service)
  say(
    `a list of ${String(large)}, ${(length / 1_048_576).toFixed(0)} MiB: read in ${read.seconds.toFixed(0)} s, ` +
      `${rate(large, read.seconds)}; memory +${read.growth.toFixed(0)} MiB at most with what was not collected yet, ` +
      `+${read.kept.toFixed(0)} MiB kept; watching it: ` +
      `${(againAt - watchedAt).toFixed(0)} ms the first time, ${(performance.now() - againAt).toFixed(0)} ms after that`,
  )
  await read.end()
}

/** What the main thread is busy with one answer, in microseconds, while another thread asks for `milliseconds`. */
async function busyPerAnswer(port: number, path: string, milliseconds: number): Promise<number> {
  const before = performance.eventLoopUtilization()
  const workerData = { port, path, connections: 32, milliseconds }
  const asking = new Worker(new URL('discovery-pages.js', import.meta.url), { workerData })
  const answers = await new Promise<number>((resolve, reject) => {
    asking.once('message', (count) => resolve(Number(count))).once('error', reject)
  })
  return (performance.eventLoopUtilization(before).active * 1000) / answers
}

/** A page of 100 from a listener of the node, and the same body from a route of express. */
async function pagesOfAHundred(): Promise<void> {
  const country = createCountry({ clock, size: 100, service, endpoint: 'https://list.example/discovery/bench' })
  const directory = await mkdtemp(join(tmpdir(), 'bronnet-bench-'))
  const store = await openLevelStore({ directory, clock, log: silentLog })
  const outbound = { request: () => Promise.reject(new Error('nothing is asked elsewhere')) }
  const { listServer, audit } = createDiscoveryParts({ clock, store, outbound, country, hosts: true })
  for (const member of country.members) {
    await listServer.register(service, country.register(member).presentation, {
      traceId: 'a'.repeat(32),
      spanId: 'b'.repeat(16),
    })
  }
  const { definition } = country
  const forward = createForward({ outbound, audit, definitions: [definition], url: 'https://node.example' })
  const listener = createListener({
    listener: 'public',
    log: silentLog,
    version: '0.0.0',
    metrics: createMetrics({ version: '0' }),
    routes: discoveryListRoutes({ listServer, forward, hosted: [service] }),
  })
  const { port } = await listener.listen({ host: '127.0.0.1', port: 0 })
  const { body } = await listServer.page(service, { after: 0 })
  const limit = await serveWithExpress(body)
  const ours: number[] = []
  const theirs: number[] = []
  for (let round = 0; round < 16; round += 1) {
    const path = `/discovery/${service}?timestamp=0`
    ours.push(await busyPerAnswer(port, path, 500))
    theirs.push(await busyPerAnswer(limit.port, path, 500))
  }
  // A busy neighbour makes some of them slower, and none faster.
  const [node, bare] = [percentile(ours, 0.25), percentile(theirs, 0.25)]
  say(
    `page of 100, ${String(body.length)} bytes: ${node.toFixed(0)} us; express: ${bare.toFixed(0)} us; ${percent(bare / node)}`,
  )
  limit.end()
  await listener.close(1000)
  await store.close()
  await rm(directory, { recursive: true })
}

const parts = { pages: pagesOfAHundred, first: firstReading, day: dayOfChanges, large: largeList }
const chosen = Object.entries(parts).filter(([name]) => values.only === undefined || values.only === name)
if (values.help || chosen.length === 0) {
  say(usage)
  process.exitCode = values.help ? 0 : 64
} else for (const [, run] of chosen) await run()

import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { ConfigurationInput } from '../../schemas/configuration.js'
import type { BenchPath, OpenPath } from './bench-path.js'
import type { FhirServerCommands } from './fhir-server.js'
import type { Load, LoadCommands } from './load.js'
import type { Ports, ServerCommands } from './server.js'
import { gateRuns, isSlow, referenceOf, summarise } from './statistics.js'
import { canPin, startWorker, type Worker } from './worker.js'
import { prepareWorld, type BenchWorld } from './world.js'

/** Whose cost is measured: the node, and what it is held against: the same without sign-in, or two limits. */
export const targets = ['bronnet', 'open', 'express', 'bare'] as const
export type Target = (typeof targets)[number]

export interface MeasureOptions {
  /** Runs per target that must count. */
  readonly runs: number
  /** The length of runs, and of what goes before the first, as shares of the full length. */
  readonly scale: number
  readonly warmUpScale: number
  readonly directory: string
  /** Seconds for one path, after which nothing is repeated and nothing is waited for any more. */
  readonly patienceSeconds: number
  /** Where V8 writes a profile of the node; then no limit is measured. */
  readonly profileDirectory?: string
}

/** One run of one target. */
export interface Run {
  /** CPU time of the server per request. */
  readonly microseconds: number
  readonly calibrations: readonly [number, number]
  readonly latencies: Float64Array
  /** Requests that were answered per second: less than one core could do when something else runs on it. */
  readonly perSecond: number
  /** The share of the time that the load generator worked. */
  readonly loadBusy: number
}

export interface Measured {
  readonly title: string
  readonly runs: Readonly<Record<Target, readonly Run[]>>
  /** Runs in which requests come by the clock, at `steadyShare` of what the target can do. */
  readonly steady: Readonly<Record<Target, readonly Run[]>>
}

/** The load at which waiting is looked at: a server that is asked for all that it can do makes everybody wait. */
export const steadyShare = 0.8
/** A second or two, so that p99 is not one pause. */
const steadyLength = 3

/** What all paths of a benchmark share: the load generator, a process that only calibrates, and the server behind a source. */
export interface Bench {
  readonly load: Worker<LoadCommands>
  readonly calibrator: Worker<ServerCommands>
  readonly fhirServer: Worker<FhirServerCommands>
  /** What all calibrations so far took, in microseconds. */
  readonly calibrations: number[]
  /** Where processes are kept; `undefined` where that cannot be done. */
  readonly cores: { readonly server: number; readonly load: number } | undefined
}

const wantedCores = { server: 0, load: 1 } as const
const firstCalibrations = 40
const quietPauseMilliseconds = 200

/** Starts what all paths share and finds out how fast this machine is now. */
export async function startBench(): Promise<Bench> {
  const cores = canPin(Object.values(wantedCores)) ? wantedCores : undefined
  const load = startWorker<LoadCommands>('./load.js', { core: cores?.load })
  const calibrator = startWorker<ServerCommands>('./server.js', { core: cores?.server })
  const fhirServer = startWorker<FhirServerCommands>('./fhir-server.js', { core: cores?.load })
  const bench: Bench = { load, calibrator, fhirServer, calibrations: [], cores }
  for (let attempt = 0; attempt < firstCalibrations; attempt += 1) await calibrate(bench)
  return bench
}

export async function endBench({ load, calibrator, fhirServer }: Bench): Promise<void> {
  await Promise.all([load.end(), calibrator.end(), fhirServer.end()])
}

async function calibrate(bench: Bench): Promise<number> {
  const taken = await bench.calibrator.call('calibrate', undefined)
  bench.calibrations.push(taken)
  return taken
}

/** Calibrates until the machine is quiet, or until `deadline`. */
async function calibrateWhenQuiet(bench: Bench, deadline: number): Promise<number> {
  let taken = await calibrate(bench)
  while (isSlow(taken, referenceOf(bench.calibrations)) && performance.now() < deadline) {
    await setTimeout(quietPauseMilliseconds)
    taken = await calibrate(bench)
  }
  return taken
}

interface Server {
  readonly worker: Worker<ServerCommands>
  readonly load: Pick<Load, 'port' | 'head'>
  readonly makeRequests: OpenPath['makeRequests']
}

/**
 * Measures one path: a fresh node and what it is held against, each in a process of its own on the same core, run by turns so
 * that they meet the same weather. Runs that the calibration rejects are repeated, but not without end.
 */
export async function measurePath(bench: Bench, path: BenchPath, options: MeasureOptions): Promise<Measured> {
  await mkdir(options.directory, { recursive: true })
  const directory = await mkdtemp(join(options.directory, 'bronnet-bench-'))
  const workers: Worker<ServerCommands>[] = []
  try {
    const start = (nodeOptions: readonly string[]): Worker<ServerCommands> => {
      const worker = startWorker<ServerCommands>('./server.js', { core: bench.cores?.server, nodeOptions })
      workers.push(worker)
      return worker
    }
    const servers = await startServers(bench, path, directory, start, options)
    const requests = Math.ceil(path.requests * options.scale)
    const warmUp = Math.ceil(path.warmUpRequests * options.warmUpScale)
    for (const server of servers.values()) await run(bench, server, { count: warmUp, deadline: 0 })
    const turns = { bench, servers, options }
    const runs = await runByTurns(turns, () => ({ requests }))
    const isProfile = options.profileDirectory !== undefined
    const steady = await runByTurns({ ...turns, servers: isProfile ? new Map() : servers }, (target) => {
      const perSecond = summarise(usedOf(bench, runs[target]).map((used) => used.perSecond)).median
      return { requests: requests * steadyLength, perSecond: perSecond * steadyShare }
    })
    return { title: path.title, runs, steady }
  } finally {
    await Promise.all(workers.map((worker) => worker.end()))
    await rm(directory, { recursive: true, force: true })
  }
}

async function startServers(
  bench: Pick<Bench, 'fhirServer'>,
  path: BenchPath,
  directory: string,
  start: (nodeOptions: readonly string[]) => Worker<ServerCommands>,
  { profileDirectory }: MeasureOptions,
): Promise<ReadonlyMap<Target, Server>> {
  const now = Date.now()
  const startNode = async (
    target: Target,
    nodeOptions: readonly string[],
    configurationOf: (world: BenchWorld) => ConfigurationInput,
  ): Promise<{ readonly server: Server; readonly opened: OpenPath }> => {
    const url = await bench.fhirServer.call('start', undefined)
    const world = await prepareWorld(join(directory, target), now, url)
    const worker = start(nodeOptions)
    const ports = await worker.call('startNode', { configuration: configurationOf(world), now })
    const takeCalls = () => bench.fhirServer.call('takeCalls', undefined)
    const opened = await path.open({ world, ports, fhirServer: { url, takeCalls } })
    const { port, makeRequests } = opened
    return { server: { worker, load: { port, head: headOf(opened, opened.target) }, makeRequests }, opened }
  }
  const isProfile = profileDirectory !== undefined
  const nodeOptions = isProfile ? profileOptions(profileDirectory, path.title) : []
  const { server, opened } = await startNode('bronnet', nodeOptions, (world) =>
    path.signsIn ? world.signInConfiguration : world.configuration,
  )
  const servers = new Map<Target, Server>([['bronnet', server]])
  if (isProfile) return servers
  if (path.signsIn) {
    servers.set('open', (await startNode('open', [], (world) => world.configuration)).server)
    return servers
  }
  for (const kind of ['express', 'bare'] as const) {
    const worker = start([])
    const { task, makeRequests } = opened
    const ports: Ports = await worker.call('startLimit', { kind, directory: join(directory, kind), task })
    servers.set(kind, { worker, load: { port: ports.public, head: headOf(opened, '/limit') }, makeRequests })
  }
  return servers
}

function profileOptions(directory: string, title: string): readonly string[] {
  const name = `${title.replaceAll(/[^a-z0-9]+/g, '-')}.cpuprofile`
  return ['--cpu-prof', `--cpu-prof-dir=${directory}`, `--cpu-prof-name=${name}`]
}

function headOf({ headers, method }: OpenPath, target: string): readonly string[] {
  return [`${method ?? 'POST'} ${target} HTTP/1.1`, ...headers, 'Accept: application/json']
}

async function runByTurns(
  turns: {
    readonly bench: Bench
    readonly servers: ReadonlyMap<Target, Server>
    readonly options: MeasureOptions
  },
  loadOf: (target: Target) => { readonly requests: number; readonly perSecond?: number },
): Promise<Measured['runs']> {
  const { bench, servers, options } = turns
  const runs: Record<Target, Run[]> = { bronnet: [], open: [], express: [], bare: [] }
  const deadline = performance.now() + options.patienceSeconds * 1000
  const isWanting = (target: Target): boolean => {
    const { used, rejected } = gateRuns(runs[target], referenceOf(bench.calibrations))
    return used.length + rejected < options.runs || (used.length < options.runs && performance.now() < deadline)
  }
  while ([...servers.keys()].some(isWanting)) {
    for (const [target, server] of servers) {
      if (!isWanting(target)) continue
      const { requests: count, perSecond } = loadOf(target)
      runs[target].push(await run(bench, server, { count, perSecond, deadline }))
    }
  }
  return runs
}

/** The runs that count so far; all of them when none does. */
function usedOf(bench: Bench, runs: readonly Run[]): readonly Run[] {
  const { used } = gateRuns(runs, referenceOf(bench.calibrations))
  return used.length === 0 ? runs : used
}

/** @throws Error when an answer was not 200: a refusal costs something else */
async function run(
  bench: Bench,
  { worker, load, makeRequests }: Server,
  { count, perSecond, deadline }: Pick<Load, 'count' | 'perSecond'> & { readonly deadline: number },
): Promise<Run> {
  const requests = await makeRequests(count)
  const before = await calibrateWhenQuiet(bench, deadline)
  await bench.load.call('prepare', { ...load, requests, count, perSecond })
  await worker.call('mark', undefined)
  const { latencies, failures, perSecond: answered, busy } = await bench.load.call('run', undefined)
  const spent = await worker.call('measure', undefined)
  const after = await calibrate(bench)
  const statuses = Object.entries(failures).map(([status, times]) => `${times} times ${status}`)
  if (statuses.length > 0) throw new Error(`a run was answered ${statuses.join(', ')}`)
  const microseconds = spent / count
  return { microseconds, calibrations: [before, after], latencies, perSecond: answered, loadBusy: busy }
}

import type { Clock, Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { Log } from '../kernel/log.js'
import type { Leases } from '../stores/lease.js'
import type { DiscoveryDefinition } from '../catalogue/definition.js'
import type { VerifyRegistration } from '../catalogue/registration.js'
import { createCommits, type Commits } from './commits.js'
import type { Progress } from './copy-records.js'
import { createExamine } from './examine.js'
import { createFetchPage, type FetchPageDeps, type ListPage } from './fetch-page.js'
import { examineInOrder } from './in-order.js'
import { readPages, type PagesEnd } from './read-pages.js'
import { freshnessOfList, hour, type Freshness } from './freshness.js'
import type { Departure, Replica, ReplicaWriter } from './replica.js'
import { mayPass } from './set-aside.js'
import { openWaitingRoom, type WaitingRoom } from './waiting-room.js'

/** A signer that does not answer sooner is set aside and asked again after the others. */
const patienceMilliseconds = 500
/** A list that takes another seed more often in an hour is not followed. */
const maxSeedChanges = 3
/** So often a list is read from its beginning again: keys can have been withdrawn, and entries can have left the list. */
const readAgainMilliseconds = 24 * hour

/** What the last look at a list gave. */
export interface SyncStatus {
  /** When the list was last read to its end without a fault; `undefined` before the first time. */
  readonly asOf: Instant | undefined
  readonly freshness: Freshness
  /** The code of the last fault, when the last look failed. */
  readonly fault: string | undefined
}

/** Keeps the local copies up to date. */
export interface Sync {
  /**
   * Reads one list to its end, after any other replica of this node that is at it has ended. After a failure or a stop the
   * copy holds what was read until then, and the next look goes on there.
   *
   * A list that started anew, or that is verified by other rules than before, is read from its beginning. The copy stays
   * what it was meanwhile, but for what is read, and what was not found leaves when the end is reached.
   * @throws `outbound.*`, `json.*`, `discovery.*`, `store.conflict` when another replica takes too long
   */
  run(service: string): Promise<void>
  status(service: string): Promise<SyncStatus>
}

export interface SyncDeps extends FetchPageDeps {
  readonly clock: Clock
  readonly log: Log
  readonly replica: Replica
  readonly leases: Leases
  readonly verifyRegistration: VerifyRegistration
  readonly definitions: readonly DiscoveryDefinition[]
  /** Names the rules by which entries of a service are verified: with other rules all of them are verified again. */
  readonly rulesOf: (definition: DiscoveryDefinition) => string
  /** A list without an end is left after so many pages, and gone on with at the next look; for tests. */
  readonly maxPages?: number
}

/**
 * Reads lists incrementally. Every entry is verified here and taken in ascending order; a bad one is set aside with its
 * reason and the good ones stay. An entry whose signer could not be reached is tried again.
 * @see Nuts RFC022 section 3.3
 */
export function createSync(deps: SyncDeps): Sync {
  const { clock, log, replica, leases, definitions, maxPages = 1_000 } = deps
  const examine = createExamine(deps)
  const fetchPage = createFetchPage(deps)

  async function syncService(definition: DiscoveryDefinition, writer: ReplicaWriter): Promise<void> {
    const commits = createCommits(definition.id, writer)
    try {
      await readList(definition, writer, commits)
    } finally {
      // What this look still writes is written before the next one, and before it is known how this one ended.
      await commits.end()
    }
  }

  async function readList(definition: DiscoveryDefinition, writer: ReplicaWriter, commits: Commits): Promise<void> {
    const service = definition.id
    const before = await resume(definition, writer)
    const announced = fetchPage(definition, { timestamp: before?.timestamp ?? 0, etag: before?.etag })
    announced.catch(() => undefined) // Waited for below, unless what comes between fails.
    const waiting = await openWaitingRoom({ definition, replica, clock, log, examine })
    const found = await announced
    if (found === 'unchanged') {
      if (before !== undefined) await writer.commit(service, { ...before, syncedAt: clock.now() }, [])
      await waiting.tryAgain(writer)
      return
    }
    let progress = before
    let first = found
    for (;;) {
      if (progress === undefined || progress.seed !== first.seed) {
        const beginning = await beginSeed(definition, progress, first, writer)
        waiting.clear()
        progress = beginning.progress
        first = beginning.page
      }
      const read = await takePages(definition, progress, first, waiting, commits)
      await commits.end()
      progress = read.progress
      if (read.end.kind === 'endless') {
        log.warn('discovery list did not come to its end', { service })
        return
      }
      const { page } = read.end
      if (read.end.kind === 'whole') {
        await conclude(service, progress, page.entries.length === 0 ? page.etag : undefined, writer)
        await waiting.tryAgain(writer)
        return
      }
      first = page
    }
  }

  /** Where to go on: at the beginning, when the copy was made by other rules or long ago. */
  async function resume(definition: DiscoveryDefinition, writer: ReplicaWriter): Promise<Progress | undefined> {
    const found = await replica.state(definition.id)
    if (found === undefined) return undefined
    const rules = deps.rulesOf(definition)
    const now = clock.now()
    const isDue = found.isWhole && now >= (found.readAgainAt ?? found.begunAt + readAgainMilliseconds)
    if (found.rules === rules && !isDue) return found
    if (found.rules !== rules) await leaveByRules(definition)
    const progress = restarted(found, { seed: found.seed, rules, now })
    await writer.begin(definition.id, progress)
    return progress
  }

  /** Takes out what no longer counts by other rules than before; at once, because the list may not be there to be read. */
  async function leaveByRules(definition: DiscoveryDefinition): Promise<void> {
    const service = definition.id
    for await (const records of replica.changeRecords(service, 0)) {
      const leaving: Departure[] = []
      const look = async ({ key, value: { signer } }: (typeof records)[number]): Promise<Departure | undefined> => {
        const listing = await replica.listing(service, signer)
        if (listing === undefined) return undefined
        const examined = await examine(definition, listing, patienceMilliseconds)
        if (examined.kind !== 'bad' || mayPass(examined.entry.reason)) return undefined
        return { signer, sequence: Number(key[1]), reason: examined.entry.reason }
      }
      for await (const group of examineInOrder([records].values(), look)) {
        leaving.push(...group.filter((departure) => departure !== undefined))
      }
      if (leaving.length > 0) {
        log.warn('discovery listings no longer verify', { service, count: leaving.length })
        await replica.depart(service, leaving)
      }
    }
  }

  async function beginSeed(
    definition: DiscoveryDefinition,
    before: Progress | undefined,
    announced: ListPage,
    writer: ReplicaWriter,
  ): Promise<{ readonly progress: Progress; readonly page: ListPage }> {
    const now = clock.now()
    const { seed } = announced
    const rules = deps.rulesOf(definition)
    const seedChanges = (before?.seedChanges ?? []).filter((at) => at > now - hour)
    if (before !== undefined) {
      log.warn('discovery list started anew: reading it from the beginning', { service: definition.id })
      if (seedChanges.length >= maxSeedChanges) throw new NodeError('discovery.list_unstable')
      seedChanges.push(now)
    }
    // Before anything is forgotten: its beginning may not be there to be had, or be that of another list again.
    const wasBeginning = (before?.timestamp ?? 0) === 0
    const page = wasBeginning ? announced : await fetchPage(definition, { timestamp: 0 })
    if (page === 'unchanged' || page.seed !== seed) throw new NodeError('discovery.list_unstable')
    const progress = { ...restarted(before, { seed, rules, now }), seedChanges }
    await writer.begin(definition.id, progress)
    return { progress, page }
  }

  /** Takes the entries of pages in, in their order; what is committed is so with the number that it reaches to. */
  async function takePages(
    definition: DiscoveryDefinition,
    before: Progress,
    first: ListPage,
    waiting: WaitingRoom,
    commits: Commits,
  ): Promise<{ readonly progress: Progress; readonly end: PagesEnd }> {
    let progress = withoutEtag(before)
    const pages = readPages({
      first,
      seed: before.seed,
      after: before.timestamp,
      fetchAfter: (timestamp) => fetchPage(definition, { timestamp }),
      maxPages,
    })
    const examined = examineInOrder(pages, (entry) => examine(definition, entry, patienceMilliseconds))
    let step = await examined.next()
    for (; step.done !== true; step = await examined.next()) {
      const group = step.value
      const made = group.flatMap((entry) => waiting.receive(entry))
      if (waiting.isOverfull) progress = { ...progress, readAgainAt: progress.readAgainAt ?? clock.now() + hour }
      progress = { ...progress, timestamp: group.at(-1)?.timestamp ?? progress.timestamp }
      // The next entries are examined meanwhile.
      await commits.add(progress, made)
    }
    const end = step.value
    if (end.kind === 'whole' && end.page.timestamp !== progress.timestamp) {
      progress = { ...progress, timestamp: end.page.timestamp }
      await commits.add(progress, [])
    }
    return { progress, end }
  }

  /** The end of the list was reached: what this reading did not find is not on it any more. */
  async function conclude(
    service: string,
    before: Progress,
    etag: string | undefined,
    writer: ReplicaWriter,
  ): Promise<void> {
    // In the first reading there is nothing that was there before it.
    if (!before.isWhole && before.generation > 1) await writer.sweep(service, before)
    const progress = { ...before, isWhole: true, syncedAt: clock.now(), ...(etag === undefined ? {} : { etag }) }
    await writer.commit(service, progress, [])
  }

  return {
    async run(service) {
      const definition = definitions.find(({ id }) => id === service)
      if (definition === undefined) throw new NodeError('discovery.service_unknown')
      // Two looks at one list would commit over each other.
      await leases.take(['discovery-sync', service], async (lease) => {
        const writer = replica.under(lease)
        try {
          await syncService(definition, writer)
          await writer.conclude(service, undefined)
        } catch (cause) {
          // Continues on purpose: what went wrong first is what the caller must hear of.
          await writer.conclude(service, NodeError.codeOf(cause)).catch(() => undefined)
          throw cause
        }
      })
    },
    async status(service) {
      const asOf = (await replica.state(service))?.syncedAt
      return { asOf, freshness: freshnessOfList(asOf, clock.now()), fault: await replica.fault(service) }
    },
  }
}

/** A reading from the beginning; that of the copy that it takes the place of was the one before. */
function restarted(
  before: Progress | undefined,
  { seed, rules, now }: { readonly seed: string; readonly rules: string; readonly now: Instant },
): Progress {
  return {
    seed,
    timestamp: 0,
    generation: (before?.generation ?? 0) + 1,
    begunAt: now,
    isWhole: false,
    rules,
    seedChanges: before?.seedChanges ?? [],
    ...(before?.syncedAt === undefined ? {} : { syncedAt: before.syncedAt }),
  }
}

function withoutEtag({ etag: _etag, ...progress }: Progress): Progress {
  return progress
}

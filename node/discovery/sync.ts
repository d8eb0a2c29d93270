import type { Clock, Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { decodeUtf8, parseGuardedJson } from '../kernel/json-guard.js'
import type { Log } from '../kernel/log.js'
import type { Outbound } from '../kernel/outbound.js'
import { startTrace } from '../kernel/trace.js'
import type { Leases } from '../stores/lease.js'
import type { DiscoveryDefinition } from '../catalogue/definition.js'
import type { ListServer } from '../catalogue/list-server.js'
import type { VerifyRegistration } from '../catalogue/registration.js'
import { discoveryPageSchema, type DiscoveryPage } from '../../schemas/wire/discovery.js'
import { createExamine, mayPass, verifiedSigner, type Examined, type ListedEntry } from './examine.js'
import type { Quarantined } from './listing.js'
import type { Replica, ReplicaChange, ReplicaState, ReplicaWriter } from './replica.js'

const maxPageBytes = 5 * 1024 * 1024
const maxPagesPerSync = 100
/** So many entries are verified at a time: a signer that does not answer holds up a few, not all. */
const examinedAtOnce = 10
/** A list with more entries that do not verify is not read further: it would fill the store with what nobody can use. */
const maxQuarantined = 1_000

/** What the last look at a list gave. */
export interface SyncStatus {
  /** When the list was last read to its end without a fault; `undefined` before the first time. */
  readonly asOf: Instant | undefined
  /** The code of the last fault, when the last look failed. */
  readonly fault: string | undefined
}

/** Keeps the local copies up to date. */
export interface Sync {
  /**
   * Reads one list to its end, after any other replica of this node that is at it has ended. After a failure the copy holds what was read until then; a list that started anew takes
   * the place of the copy only once its first page is there.
   * @throws `outbound.*`, `json.*`, `discovery.*`, `store.conflict` when another replica takes too long
   */
  run(service: string): Promise<void>
  status(service: string): Promise<SyncStatus>
}

export interface SyncDeps {
  readonly clock: Clock
  readonly log: Log
  readonly outbound: Outbound
  readonly replica: Replica
  readonly leases: Leases
  readonly verifyRegistration: VerifyRegistration
  readonly definitions: readonly DiscoveryDefinition[]
  /** Lists that this very node hosts are read without a call out. */
  readonly hosted: { readonly services: readonly string[]; readonly page: ListServer['page'] }
}

/** Entries that were set aside, by number. */
type Waiting = Map<number, Quarantined>

/**
 * Reads lists incrementally. Every entry is verified here and taken in ascending order; a bad one is set aside with its
 * reason and the good ones stay. An entry whose signer could not be reached is tried again at each look. The first look
 * after a start tries everything again, what is listed too, because trust may have been configured otherwise.
 * @see Nuts RFC022 section 3.3
 */
export function createSync(deps: SyncDeps): Sync {
  const { clock, log, replica, leases, definitions } = deps
  const examine = createExamine(deps)
  /** Services at which this process has looked at everything again; another replica may do so once more. */
  const revisited = new Set<string>()

  async function syncService(definition: DiscoveryDefinition, writer: ReplicaWriter): Promise<void> {
    let atEnd = false
    for (let pages = 0; pages < maxPagesPerSync && !atEnd; pages += 1) atEnd = await readPage(definition, writer)
    if (!atEnd) log.warn('discovery list did not come to its end', { service: definition.id })
    await revisit(definition, writer)
  }

  /** Returns true when the list has nothing more. */
  async function readPage(definition: DiscoveryDefinition, writer: ReplicaWriter): Promise<boolean> {
    const service = definition.id
    const known = await replica.state(service)
    const start = known?.timestamp ?? 0
    const page = await fetchPage(definition, start, deps)
    if (known !== undefined && known.seed !== page.seed) {
      await startAnew(definition, page.seed, writer)
      return false
    }
    if (page.timestamp < start) throw badAnswer('the list went back to a lower number')
    const { seed } = page
    const entries = entriesAfter(page, start)
    const earlier = known?.syncedAt === undefined ? {} : { syncedAt: known.syncedAt }
    for await (const { timestamp, changes } of examineAll(definition, entries, await loadWaiting(service))) {
      await writer.commit(service, { seed, timestamp, ...earlier }, changes)
    }
    const atEnd = entries.length === 0
    const read = atEnd ? { syncedAt: clock.now() } : earlier
    await writer.commit(service, { seed, timestamp: highest(page), ...read }, [])
    return atEnd
  }

  async function startAnew(definition: DiscoveryDefinition, seed: string, writer: ReplicaWriter): Promise<void> {
    log.warn('discovery list started anew: reading it from the beginning', { service: definition.id })
    const page = await fetchPage(definition, 0, deps)
    if (page.seed !== seed) throw badAnswer('the list has another seed at every look')
    const all: ReplicaChange[] = []
    for await (const { changes } of examineAll(definition, entriesAfter(page, 0), new Map())) all.push(...changes)
    await writer.restart(definition.id, { seed, timestamp: highest(page) }, all)
  }

  async function* examineAll(
    definition: DiscoveryDefinition,
    entries: readonly ListedEntry[],
    waiting: Waiting,
  ): AsyncGenerator<{ readonly timestamp: number; readonly changes: readonly ReplicaChange[] }> {
    for (let start = 0; start < entries.length; start += examinedAtOnce) {
      const group = entries.slice(start, start + examinedAtOnce)
      for (const examined of await Promise.all(group.map((entry) => examine(definition, entry)))) {
        const { change, timestamp } = examined
        if (change.kind === 'quarantine') {
          if (waiting.size >= maxQuarantined) throw badAnswer('too many entries that do not verify')
          log.warn('discovery entry set aside', { service: definition.id, code: change.entry.reason })
          waiting.set(timestamp, change.entry)
        }
        yield { timestamp, changes: [change, ...releaseOvertaken(examined, waiting)] }
      }
    }
  }

  async function loadWaiting(service: string): Promise<Waiting> {
    const found = [...(await replica.quarantined(service))].sort((a, b) => a.timestamp - b.timestamp)
    return new Map(found.map((entry) => [entry.timestamp, entry]))
  }

  async function revisit(definition: DiscoveryDefinition, writer: ReplicaWriter): Promise<void> {
    const service = definition.id
    const state = await replica.state(service)
    if (state === undefined) return
    const isFirst = !revisited.has(service)
    if (isFirst) await revisitListings(definition, state, writer)
    const waiting = await loadWaiting(service)
    const again = [...waiting.values()].filter((entry) => isFirst || mayPass(entry))
    for (let start = 0; start < again.length; start += examinedAtOnce) {
      const group = again.slice(start, start + examinedAtOnce)
      const outcomes = await Promise.all(
        group.map(async (before) => ({ before, examined: await examine(definition, before) })),
      )
      for (const { before, examined } of outcomes) {
        await writer.commit(service, state, secondThoughts(examined, before, waiting))
      }
    }
    revisited.add(service)
  }

  /** Takes out what no longer counts here. A signer that cannot be reached now stays: it was verified before. */
  async function revisitListings(
    definition: DiscoveryDefinition,
    state: ReplicaState,
    writer: ReplicaWriter,
  ): Promise<void> {
    const listings = await replica.listings(definition.id)
    for (let start = 0; start < listings.length; start += examinedAtOnce) {
      const group = listings.slice(start, start + examinedAtOnce)
      const outcomes = await Promise.all(
        group.map(async (listing) => ({ listing, ...(await examine(definition, listing)) })),
      )
      for (const { listing, change } of outcomes) {
        if (change.kind !== 'quarantine' || mayPass(change.entry)) continue
        log.warn('discovery listing no longer verifies', { service: definition.id, code: change.entry.reason })
        await writer.commit(definition.id, state, [{ kind: 'withdraw', signer: listing.signer }, change])
      }
    }
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
      return { asOf: (await replica.state(service))?.syncedAt, fault: await replica.fault(service) }
    },
  }
}

/** What a second look at an entry that was set aside changes: nothing, its reason, or that it is set aside. */
function secondThoughts(examined: Examined, before: Quarantined, waiting: Waiting): readonly ReplicaChange[] {
  const { change, timestamp } = examined
  if (change.kind === 'quarantine') {
    const entry = { ...before, reason: change.entry.reason }
    return entry.reason === before.reason ? [] : [{ kind: 'quarantine', entry }]
  }
  waiting.delete(timestamp)
  return [change, { kind: 'release', timestamp }, ...releaseOvertaken(examined, waiting)]
}

/** A signer's newest word counts: what it said before and was set aside must not come back later. */
function releaseOvertaken(examined: Examined, waiting: Waiting): readonly ReplicaChange[] {
  const signer = verifiedSigner(examined)
  if (signer === undefined) return []
  const overtaken = [...waiting.values()].filter(
    (entry) => entry.signer === signer && entry.timestamp < examined.timestamp,
  )
  return overtaken.map(({ timestamp }) => {
    waiting.delete(timestamp)
    return { kind: 'release', timestamp }
  })
}

/** The entries with a number above `after`, ascending: a number at or below it was read before. */
function entriesAfter(page: DiscoveryPage, after: number): readonly ListedEntry[] {
  return Object.entries(page.entries)
    .map(([number, presentation]) => ({ timestamp: Number(number), presentation }))
    .filter(({ timestamp }) => timestamp > after)
    .sort((a, b) => a.timestamp - b.timestamp)
}

/** A server may read its own number a moment before its entries. */
function highest(page: DiscoveryPage): number {
  return Object.keys(page.entries).reduce((newest, number) => Math.max(newest, Number(number)), page.timestamp)
}

async function fetchPage(definition: DiscoveryDefinition, timestamp: number, deps: SyncDeps): Promise<DiscoveryPage> {
  const text = deps.hosted.services.includes(definition.id)
    ? await deps.hosted.page(definition.id, timestamp)
    : await fetchText(definition, timestamp, deps.outbound)
  const parsed = discoveryPageSchema.safeParse(parseGuardedJson(text, { members: 100_000 }))
  if (!parsed.success) throw badAnswer('not a page of a discovery list')
  return parsed.data
}

async function fetchText(definition: DiscoveryDefinition, timestamp: number, outbound: Outbound): Promise<string> {
  const url = new URL(definition.endpoint)
  url.searchParams.set('timestamp', String(timestamp))
  const response = await outbound.request({
    method: 'GET',
    url: url.href,
    accept: 'application/json',
    maxResponseBytes: maxPageBytes,
    trace: startTrace(),
  })
  if (response.status !== 200) throw badAnswer(`status ${String(response.status)}`)
  return decodeUtf8(response.body)
}

function badAnswer(detail: string): NodeError {
  return new NodeError('outbound.bad_answer', { detail })
}

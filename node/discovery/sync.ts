import type { Clock, Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { decodeUtf8, parseGuardedJson } from '../kernel/json-guard.js'
import type { Log } from '../kernel/log.js'
import type { Outbound } from '../kernel/outbound.js'
import { startTrace } from '../kernel/trace.js'
import type { DiscoveryDefinition } from '../catalogue/definition.js'
import type { ListServer } from '../catalogue/list-server.js'
import type { VerifiedRegistration, VerifyRegistration } from '../catalogue/registration.js'
import type { Claim, Claims } from '../policy/question.js'
import { discoveryPageSchema, type DiscoveryPage } from '../../schemas/wire/discovery.js'
import type { Listing, Quarantined, Replica, ReplicaChange, ReplicaState } from './replica.js'

const maxPageBytes = 5 * 1024 * 1024
const maxPagesPerSync = 100

/** What the last look at a list gave. */
export interface SyncStatus {
  /** When the list was last read without a fault; `undefined` before the first time. */
  readonly asOf: Instant | undefined
  /** The code of the last fault, when the last look failed. */
  readonly fault: string | undefined
}

/** Keeps the local copies up to date. */
export interface Sync {
  /** Reads one list to its end. @throws `outbound.*`, `discovery.*`; the copy then stays as it was */
  run(service: string): Promise<void>
  status(service: string): Promise<SyncStatus>
}

export interface SyncDeps {
  readonly clock: Clock
  readonly log: Log
  readonly outbound: Outbound
  readonly replica: Replica
  readonly verifyRegistration: VerifyRegistration
  readonly definitions: readonly DiscoveryDefinition[]
  /** Lists that this very node hosts are read without a call out. */
  readonly hosted: { readonly services: readonly string[]; readonly page: ListServer['page'] }
}

/**
 * Reads lists incrementally. Every entry is verified here, in ascending order; a bad one is set aside with its reason
 * and the good ones stay. An entry whose signer could not be reached is tried again at the next look.
 * @see Nuts RFC022 section 3.3
 */
export function createSync(deps: SyncDeps): Sync {
  const { clock, log, replica, definitions } = deps
  const faults = new Map<string, string>()
  let running: Promise<void> = Promise.resolve()

  async function syncService(service: string): Promise<void> {
    const definition = definitions.find(({ id }) => id === service)
    if (definition === undefined) throw new NodeError('discovery.service_unknown')
    await retryQuarantined(definition)
    for (let pages = 0; pages < maxPagesPerSync; pages += 1) {
      if (await syncPage(definition)) return
    }
    log.warn('discovery list did not come to its end', { service })
  }

  /** Returns true when the list has nothing more. */
  async function syncPage(definition: DiscoveryDefinition): Promise<boolean> {
    const service = definition.id
    const known = await replica.state(service)
    const page = await fetchPage(definition, known?.timestamp ?? 0, deps)
    if (known !== undefined && known.seed !== page.seed) {
      log.warn('discovery list started anew: reading it from the beginning', { service })
      await replica.clear(service)
      return false
    }
    const timestamp = Math.max(page.timestamp, known?.timestamp ?? 0)
    const numbered = Object.entries(page.entries).map(([number, presentation]) => ({
      timestamp: Number(number),
      presentation,
    }))
    numbered.sort((a, b) => a.timestamp - b.timestamp)
    const state = (at: number): ReplicaState => ({ seed: page.seed, timestamp: at, syncedAt: clock.now() })
    for (const entry of numbered) {
      await replica.commit(service, state(entry.timestamp), [await examine(definition, entry)])
    }
    await replica.commit(service, state(timestamp), [])
    return numbered.length === 0 || page.timestamp <= (known?.timestamp ?? 0)
  }

  async function examine(
    definition: DiscoveryDefinition,
    entry: { timestamp: number; presentation: string },
  ): Promise<ReplicaChange> {
    try {
      const registration = await deps.verifyRegistration(entry.presentation, definition)
      if (registration.retracts !== undefined) return { kind: 'withdraw', signer: registration.presentation.signer }
      return { kind: 'list', listing: toListing(definition.id, entry.timestamp, registration, clock.now()) }
    } catch (cause) {
      const reason = NodeError.codeOf(cause)
      log.warn('discovery entry set aside', { service: definition.id, code: reason })
      return { kind: 'quarantine', entry: { ...entry, reason } }
    }
  }

  async function retryQuarantined(definition: DiscoveryDefinition): Promise<void> {
    const state = await replica.state(definition.id)
    if (state === undefined) return
    const newest = new Map((await replica.listings(definition.id)).map(({ signer, timestamp }) => [signer, timestamp]))
    for (const entry of (await replica.quarantined(definition.id)).filter(isWorthRetrying)) {
      const change = await examine(definition, entry)
      if (change.kind === 'quarantine') continue
      const release: ReplicaChange = { kind: 'release', timestamp: entry.timestamp }
      const overtaken = change.kind === 'list' && (newest.get(change.listing.signer) ?? 0) > entry.timestamp
      await replica.commit(definition.id, state, overtaken ? [release] : [change, release])
    }
  }

  return {
    run(service) {
      const work = async (): Promise<void> => {
        try {
          await syncService(service)
          faults.delete(service)
        } catch (cause) {
          faults.set(service, NodeError.codeOf(cause))
          throw cause
        }
      }
      // One look at a time: two would commit over each other.
      const result = running.then(work)
      running = result.catch(() => undefined)
      return result
    },
    async status(service) {
      return { asOf: (await replica.state(service))?.syncedAt, fault: faults.get(service) }
    },
  }
}

/** Faults of the way to the signer pass; faults of the entry do not. */
function isWorthRetrying({ reason }: Quarantined): boolean {
  return reason.startsWith('identity.') || reason.startsWith('outbound.') || reason === 'presentation.not_yet_valid'
}

async function fetchPage(definition: DiscoveryDefinition, timestamp: number, deps: SyncDeps): Promise<DiscoveryPage> {
  const text = deps.hosted.services.includes(definition.id)
    ? await deps.hosted.page(definition.id, timestamp)
    : await fetchText(definition, timestamp, deps.outbound)
  const parsed = discoveryPageSchema.safeParse(parseGuardedJson(text, { members: 100_000 }))
  if (!parsed.success) throw new NodeError('outbound.bad_answer', { detail: 'not a page of a discovery list' })
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
  if (response.status !== 200)
    throw new NodeError('outbound.bad_answer', { detail: `status ${String(response.status)}` })
  return decodeUtf8(response.body)
}

function toListing(service: string, timestamp: number, registration: VerifiedRegistration, now: Instant): Listing {
  const { presentation, fields, parameters, id } = registration
  const claims: Record<string, Claim> = {}
  for (const [name, value] of Object.entries(fields)) claims[name] = value as Claim // Filters yield JSON values only.
  return {
    service,
    timestamp,
    signer: presentation.signer,
    presentationId: id,
    presentation: presentation.jwt.compact,
    expiresAt: presentation.expiresAt,
    fields: claims satisfies Claims,
    parameters,
    subjects: presentation.credentials.map(({ subject }) => subject),
    verifiedAt: now,
  }
}

import { createHash } from 'node:crypto'
import type { Audit } from '../audit/audit.js'
import type { Clock, Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { randomId } from '../kernel/random.js'
import type { Trace } from '../kernel/trace.js'
import { createTurns } from '../kernel/turns.js'
import { claim, put, remove, type Collection, type Key, type Operation, type Store } from '../stores/contracts.js'
import { numberPart } from '../stores/numbered-keys.js'
import { readAll } from '../stores/read-all.js'
import { skewMilliseconds } from '../credentials/verify-credential.js'
import type { DiscoveryDefinition } from './definition.js'
import type { VerifiedRegistration, VerifyRegistration } from './registration.js'

interface ListState {
  readonly seed: string
  readonly timestamp: number
}

interface ListEntry {
  readonly timestamp: number
  readonly presentation: string
  readonly presentationId: string
  readonly signer: string
  readonly expiresAt: Instant
}

export const states: Collection<ListState> = { name: 'discovery-list-state' }
export const entries: Collection<ListEntry> = { name: 'discovery-list' }
export const bySigner: Collection<ListEntry> = { name: 'discovery-list-signer' }

/** A page stays well below the 1 MiB at which nuts-node v6 drops the whole answer. */
const maxPageBytes = 900_000
const maxAttempts = 20

/** The discovery lists that this node hosts. */
export interface ListServer {
  /**
   * Lists a registration in the place of the signer's earlier one, or withdraws it. Durable, and in the audit journal,
   * when this returns. One that was listed before is refused, also when it was replaced or withdrawn since.
   * @throws `discovery.service_unknown`, `discovery.not_a_server`, `discovery.registration_invalid`,
   *   `discovery.registration_taken`, `discovery.registration_unknown`, `presentation.*`, `credential.*`
   */
  register(service: string, compact: string, trace: Trace): Promise<void>
  /**
   * The entries after `timestamp` as JSON, lowest first, at most 900 kB; the answer's own timestamp is that of the last
   * entry in it, so that the next call continues there. Expired entries are left out.
   * @throws `discovery.service_unknown`, `discovery.not_a_server`
   */
  page(service: string, timestamp: number): Promise<string>
}

export interface ListServerDeps {
  readonly store: Store
  readonly audit: Audit
  readonly clock: Clock
  readonly verifyRegistration: VerifyRegistration
  readonly definitions: readonly DiscoveryDefinition[]
  /** Ids of the services that this node hosts. */
  readonly hosted: readonly string[]
}

interface CachedList {
  readonly state: ListState
  readonly entries: readonly ListEntry[]
}

/** Hosts lists as Nuts RFC022 describes and nuts-node v6 reads them. @see Nuts RFC022 section 3 */
export function createListServer({
  store,
  audit,
  clock,
  verifyRegistration,
  definitions,
  hosted,
}: ListServerDeps): ListServer {
  const cache = new Map<string, CachedList>()
  /** By service: together, registrations would all want the same number, and one in each round would get it. */
  const turns = createTurns()

  function getDefinition(service: string): DiscoveryDefinition {
    const definition = definitions.find(({ id }) => id === service)
    if (definition === undefined) throw new NodeError('discovery.service_unknown')
    if (!hosted.includes(service)) throw new NodeError('discovery.not_a_server')
    return definition
  }

  async function listRegistration(service: string, registration: VerifiedRegistration, trace: Trace): Promise<void> {
    const { presentation, id } = registration
    const stored = await store.records.get(states, [service])
    const earlier = await store.records.get(bySigner, [service, presentation.signer])
    if (earlier?.value.presentationId === id) throw new NodeError('discovery.registration_taken')
    if (registration.retracts !== undefined && earlier?.value.presentationId !== registration.retracts) {
      throw new NodeError('discovery.registration_unknown')
    }
    const state: ListState = { seed: stored?.value.seed ?? randomId(), timestamp: (stored?.value.timestamp ?? 0) + 1 }
    const entry: ListEntry = {
      timestamp: state.timestamp,
      presentation: presentation.raw,
      presentationId: id,
      signer: presentation.signer,
      expiresAt: presentation.expiresAt,
    }
    const operations: Operation[] = [
      // A presentation is listed once: everybody can read it, and could otherwise bring it back after its withdrawal.
      claim(onceKey(service, registration), entry.expiresAt + 2 * skewMilliseconds),
      put(states, [service], state, { expected: stored?.version ?? 'absent' }),
      put(entries, [service, numberPart(entry.timestamp)], entry, { expected: 'absent', expiresAt: entry.expiresAt }),
      put(bySigner, [service, presentation.signer], entry, { expiresAt: entry.expiresAt }),
      audit.operation({
        code: 'registration.accepted',
        action: registration.retracts === undefined ? 'create' : 'delete',
        outcome: 'success',
        actor: { did: presentation.signer },
        object: { service },
        trace,
      }),
    ]
    if (earlier !== undefined) operations.push(remove(entries, [service, numberPart(earlier.value.timestamp)]))
    try {
      await store.write(operations)
    } catch (cause) {
      if (NodeError.codeOf(cause) === 'store.claimed') throw new NodeError('discovery.registration_taken', { cause })
      throw cause
    }
  }

  async function loadList(service: string): Promise<CachedList> {
    const stored = await store.records.get(states, [service])
    const cached = cache.get(service)
    if (
      stored !== undefined &&
      cached !== undefined &&
      cached.state.timestamp === stored.value.timestamp &&
      cached.state.seed === stored.value.seed
    ) {
      return cached
    }
    const state = stored?.value ?? (await createState(service))
    const found = (await readAll(store.records, entries, [service])).map(({ value }) => value)
    // Entries that came in while this read went on belong to a later state and are read again then.
    const list = { state, entries: found.filter((entry) => entry.timestamp <= state.timestamp) }
    cache.set(service, list)
    return list
  }

  /** The seed is fixed at the first look, also when nobody has registered yet. */
  async function createState(service: string): Promise<ListState> {
    const state: ListState = { seed: randomId(), timestamp: 0 }
    try {
      await store.write([put(states, [service], state, { expected: 'absent' })])
      return state
    } catch (cause) {
      const stored =
        NodeError.codeOf(cause) === 'store.conflict' ? await store.records.get(states, [service]) : undefined
      if (stored === undefined) throw cause
      return stored.value
    }
  }

  return {
    async register(service, compact, trace) {
      const definition = getDefinition(service)
      try {
        const registration = await verifyRegistration(compact, definition)
        await turns.take(service, () => retryOnConflict(() => listRegistration(service, registration, trace)))
      } catch (cause) {
        await audit.record({
          code: 'registration.refused',
          action: 'create',
          outcome: 'refused',
          object: { service },
          error: NodeError.codeOf(cause),
          trace,
        })
        throw cause
      }
    },
    async page(service, timestamp) {
      getDefinition(service)
      const { state, entries: all } = await loadList(service)
      const now = clock.now()
      const chosen: Record<string, string> = {}
      let bytes = 0
      let last = state.timestamp
      for (const entry of all) {
        if (entry.timestamp <= timestamp || entry.expiresAt <= now) continue
        bytes += entry.presentation.length + 32
        if (bytes > maxPageBytes) break
        chosen[String(entry.timestamp)] = entry.presentation
        last = entry.timestamp
      }
      const complete = bytes <= maxPageBytes
      return JSON.stringify({ seed: state.seed, timestamp: complete ? state.timestamp : last, entries: chosen })
    },
  }
}

/** Another replica of the node may want the same number at the same moment; the later one takes the next. */
async function retryOnConflict(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await work()
      return
    } catch (cause) {
      if (NodeError.codeOf(cause) !== 'store.conflict' || attempt === maxAttempts) throw cause
    }
  }
}

/** Per signer, so that nobody can spend another's id; hashed, because both texts come from outside. */
function onceKey(service: string, { presentation, id }: VerifiedRegistration): Key {
  const digest = (text: string): string => createHash('sha256').update(text).digest('base64url')
  return ['discovery-registration', service, digest(presentation.signer), digest(id)]
}

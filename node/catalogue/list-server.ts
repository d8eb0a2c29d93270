import { createHash } from 'node:crypto'
import type { Audit } from '../audit/audit.js'
import type { Clock } from '../kernel/clock.js'
import { NodeError, type ErrorCode } from '../kernel/errors.js'
import { randomId } from '../kernel/random.js'
import type { Trace } from '../kernel/trace.js'
import { createTurns } from '../kernel/turns.js'
import { claim, put, remove, type Key, type Operation, type Store, type Stored } from '../stores/contracts.js'
import { numberPart } from '../stores/numbered-keys.js'
import { retryConflict } from '../stores/retry-conflict.js'
import { skewMilliseconds } from '../credentials/verify-credential.js'
import type { DiscoveryDefinition } from './definition.js'
import { createGivePage, type PageRequest, type ServedPage } from './list-pages.js'
import { bySigner, entries, states, type ListEntry, type ListState } from './list-records.js'
import type { VerifiedRegistration, VerifyRegistration } from './registration.js'

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
   * Takes a registration off the list that no longer counts, for `reason`; false when it is not there any more. Who read it
   * before is not told: RFC022 has no word for it.
   */
  drop(service: string, entry: Pick<ListEntry, 'signer' | 'timestamp'>, reason: ErrorCode): Promise<boolean>
  /**
   * The entries after a number. What was accepted by any replica before this was called is on it, and nothing that has
   * expired.
   * @throws `discovery.service_unknown`, `discovery.not_a_server`
   * @see GivePage
   */
  page(service: string, request: PageRequest): Promise<ServedPage>
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

/** Hosts lists as Nuts RFC022 describes and nuts-node v6 reads them. @see Nuts RFC022 section 3 */
export function createListServer({
  store,
  audit,
  clock,
  verifyRegistration,
  definitions,
  hosted,
}: ListServerDeps): ListServer {
  const givePage = createGivePage({ store, clock })
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
    const { signer, expiresAt } = presentation
    const stored = await store.records.get(states, [service])
    const earlier = await store.records.get(bySigner, [service, signer])
    if (earlier?.value.presentationId === id) throw new NodeError('discovery.registration_taken')
    if (registration.retracts !== undefined && earlier?.value.presentationId !== registration.retracts) {
      throw new NodeError('discovery.registration_unknown')
    }
    const state: ListState = { seed: stored?.value.seed ?? randomId(), timestamp: (stored?.value.timestamp ?? 0) + 1 }
    const { timestamp } = state
    const status = presentation.credentials
      .filter(({ statusEntries }) => statusEntries.length > 0)
      .map(({ type, issuer, statusEntries }) => ({ type, issuer, statusEntries }))
    const place = { timestamp, presentationId: id, signer, expiresAt }
    const entry: ListEntry = {
      ...place,
      presentation: presentation.raw,
      ...(status.length === 0 ? {} : { status }),
    }
    const operations: Operation[] = [
      // A presentation is listed once: everybody can read it, and could otherwise bring it back after its withdrawal.
      claim(onceKey(service, registration), expiresAt + 2 * skewMilliseconds),
      put(states, [service], state, { expected: stored?.version ?? 'absent' }),
      put(entries, [service, numberPart(timestamp)], entry, { expected: 'absent', expiresAt }),
      put(bySigner, [service, signer], place, { expiresAt }),
      audit.operation({
        code: 'registration.accepted',
        action: registration.retracts === undefined ? 'create' : 'delete',
        outcome: 'success',
        actor: { did: signer },
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

  /** The seed is fixed at the first look, also when nobody has registered yet. */
  async function getState(service: string): Promise<Stored<ListState>> {
    return retryConflict(async () => {
      const stored = await store.records.get(states, [service])
      if (stored !== undefined) return stored
      const value: ListState = { seed: randomId(), timestamp: 0 }
      await store.write([put(states, [service], value, { expected: 'absent' })])
      return { key: [service], value, version: 1 }
    })
  }

  return {
    async register(service, compact, trace) {
      const definition = getDefinition(service)
      try {
        const registration = await verifyRegistration(compact, definition)
        // Another replica of the node may want the same number at the same moment; the later one takes the next.
        await turns.take(service, () => retryConflict(() => listRegistration(service, registration, trace)))
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
    drop: (service, { signer, timestamp }, reason) =>
      turns.take(service, () =>
        retryConflict(async () => {
          const state = await store.records.get(states, [service])
          const listed = await store.records.get(bySigner, [service, signer])
          if (state === undefined || listed?.value.timestamp !== timestamp) return false
          await store.write([
            put(states, [service], state.value, { expected: state.version }),
            remove(entries, [service, numberPart(timestamp)]),
            remove(bySigner, listed.key, { expected: listed.version }),
            audit.operation({
              code: 'registration.dropped',
              action: 'delete',
              outcome: 'success',
              actor: { did: signer },
              object: { service },
              error: reason,
            }),
          ])
          return true
        }),
      ),
    async page(service, request) {
      getDefinition(service)
      return givePage(service, await getState(service), request)
    },
  }
}

/** Per signer, so that nobody can spend another's id; hashed, because both texts come from outside. */
function onceKey(service: string, { presentation, id }: VerifiedRegistration): Key {
  const digest = (text: string): string => createHash('sha256').update(text).digest('base64url')
  return ['discovery-registration', service, digest(presentation.signer), digest(id)]
}

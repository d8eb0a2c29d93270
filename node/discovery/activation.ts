import { isDeepStrictEqual } from 'node:util'
import type { Audit } from '../audit/audit.js'
import type { Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { containsBsnShaped } from '../kernel/identifiers.js'
import { startTrace, type Trace } from '../kernel/trace.js'
import { put, remove, type Operation, type Store } from '../stores/contracts.js'
import type { Lease, Leases } from '../stores/lease.js'
import { readAll } from '../stores/read-all.js'
import type { DiscoveryDefinition } from '../catalogue/definition.js'
import type { Parties } from '../identity/parties.js'
import type { Party } from '../identity/party.js'
import { activations, describeRegistration, isDue, withoutError, type Activation } from './activation-record.js'
import { makeRegistration, sendToList, type MakeRegistrationDeps, type SendToListDeps } from './own-registration.js'
import type { Replica } from './replica.js'
import { retractionType } from '../../schemas/wire/discovery.js'

/** After a failure the next attempt waits, twice as long after each one more. */
const firstWaitMilliseconds = 30_000
const longestWaitMilliseconds = 15 * 60_000
/** A registration that is younger than this may not have come into the copy of the list yet. */
const settleMilliseconds = 10 * 60_000

/** The listings of this node's own parties. */
export interface Activations {
  /**
   * Lists the party, now and from now on. With the same parameters as before it registers only when due, or after a
   * failure.
   * @throws `discovery.service_unknown`, `identity.party_unknown`, `request.bad_parameters` for what could be a BSN,
   *   `token.no_matching_credential` when the wallet cannot fulfil the definition, `discovery.registration_invalid` with the server's words, `outbound.*`
   */
  activate(service: string, subject: string, parameters: Readonly<Record<string, string>>): Promise<void>
  /**
   * Withdraws the listing and stops renewing it. When the list cannot be reached now, this throws, and `renewDue` goes on
   * trying until the listing is withdrawn or has expired.
   * @throws `discovery.not_activated`, `discovery.registration_invalid` with the server's words, `outbound.*`
   */
  deactivate(service: string, subject: string): Promise<void>
  /**
   * Wants the party listed from now on, as `activate`; but one that failed waits for its next attempt.
   * @throws as `activate`
   */
  keep(service: string, subject: string, parameters: Readonly<Record<string, string>>): Promise<void>
  find(service: string, subject: string): Promise<Activation | undefined>
  /** Every one, by service and subject. */
  list(): Promise<readonly Activation[]>
  /**
   * Renews and withdraws what is due: at 45 % of the validity, at the time of the next attempt after a failure, when the
   * list was read to its end since and does not hold it, and when something that the node says of itself in it has changed.
   * A failure of one listing does not hold up the others.
   */
  renewDue(): Promise<void>
}

export interface ActivationsDeps extends SendToListDeps, MakeRegistrationDeps {
  readonly store: Pick<Store, 'records'>
  readonly leases: Leases
  readonly audit: Audit
  readonly clock: Clock
  readonly parties: Parties
  readonly replica: Pick<Replica, 'state' | 'listing' | 'quarantined'>
  readonly definitions: readonly DiscoveryDefinition[]
  /** Properties that the node itself adds: where the party's sources are, and which catalogue it publishes now. */
  readonly ownParameters: (party: Party) => Readonly<Record<string, string>>
}

/** Keeps registrations alive. @see Nuts RFC022 section 3.1 */
export function createActivations(deps: ActivationsDeps): Activations {
  const { store, leases, clock, parties, replica, definitions } = deps

  const find = async (service: string, subject: string): Promise<Activation | undefined> =>
    (await store.records.get(activations, [service, subject]))?.value

  function getDefinition(service: string): DiscoveryDefinition {
    const definition = definitions.find(({ id }) => id === service)
    if (definition === undefined) throw new NodeError('discovery.service_unknown')
    return definition
  }

  /**
   * One after the other for each listing, also when another replica is at it: a renewal under way must not bring back what
   * is withdrawn meanwhile.
   */
  const takeTurn = (service: string, subject: string, work: (lease: Lease) => Promise<void>): Promise<void> =>
    leases.take(['discovery-activation', service, subject], work)

  async function keepError(activation: Activation, cause: unknown, lease: Lease): Promise<void> {
    const { service, subject } = activation
    const failures = (activation.failures ?? 0) + 1
    const wait = Math.min(firstWaitMilliseconds * 2 ** Math.min(failures - 1, 10), longestWaitMilliseconds)
    const failed = { ...activation, error: NodeError.codeOf(cause), failures, retryAt: clock.now() + wait }
    await lease.write([put(activations, [service, subject], failed)])
  }

  function sent(action: 'create' | 'delete', { service, subject }: Activation, trace: Trace): Operation {
    const about = { party: subject, object: { service }, trace }
    return deps.audit.operation({ code: 'registration.sent', action, outcome: 'success', ...about })
  }

  async function registerNow(activation: Activation, lease: Lease): Promise<void> {
    const definition = getDefinition(activation.service)
    const party = await parties.get(activation.subject)
    const trace = startTrace()
    let registered: Activation
    try {
      const presentation = await makeRegistration(definition, party, activation.parameters, deps)
      await sendToList(definition, presentation, trace, deps)
      registered = { ...withoutError(activation), ...describeRegistration(presentation), registeredAt: clock.now() }
    } catch (cause) {
      await keepError(activation, cause, lease)
      throw cause
    }
    const key = [activation.service, activation.subject]
    await lease.write([put(activations, key, registered), sent('create', activation, trace)])
  }

  async function withdrawNow(activation: Activation, lease: Lease): Promise<void> {
    const { service, subject, presentationId } = activation
    const definition = getDefinition(service)
    const trace = startTrace()
    const isListed = presentationId !== undefined && (activation.expiresAt ?? 0) > clock.now()
    if (isListed) {
      // First, so that a stop half-way does not leave a listing that is renewed for ever.
      await lease.write([put(activations, [service, subject], { ...activation, withdrawing: true })])
      try {
        const retraction = await deps.present({
          party: await parties.get(subject),
          audience: service,
          credentials: [],
          validSeconds: definition.maxValiditySeconds - 2,
          extraTypes: [retractionType],
          extraClaims: { retract_jti: presentationId },
        })
        await sendToList(definition, retraction, trace, deps)
      } catch (cause) {
        await keepError({ ...activation, withdrawing: true }, cause, lease)
        throw cause
      }
    }
    await lease.write([
      remove(activations, [service, subject]),
      ...(isListed ? [sent('delete', activation, trace)] : []),
    ])
  }

  /** The listing as it should be: with what the node says of itself now. */
  async function bringUpToDate(activation: Activation): Promise<Activation> {
    const party = activation.withdrawing === true ? undefined : await parties.find(activation.subject)
    if (party === undefined) return activation
    const { asked, parameters } = activation
    const own = deps.ownParameters(party)
    // Of a listing of an earlier version of the node it is not known what was asked for.
    return { ...activation, parameters: asked === undefined ? { ...parameters, ...own } : { ...own, ...asked } }
  }

  /** What is to be done about a listing, as it should be; `undefined` when it is as it should be. */
  async function findDue(activation: Activation): Promise<Activation | undefined> {
    const wanted = await bringUpToDate(activation)
    if (isDue(wanted, clock.now()) || !isDeepStrictEqual(wanted, activation)) return wanted
    return (await isMissing(activation)) && activation.error === undefined ? wanted : undefined
  }

  async function doWhatIsDue(service: string, subject: string, lease: Lease): Promise<void> {
    const activation = await find(service, subject)
    const due = activation === undefined ? undefined : await findDue(activation)
    if (due === undefined) return
    await (due.withdrawing === true ? withdrawNow(due, lease) : registerNow(due, lease))
  }

  /** True when the list was read to its end since the registration, and nothing of the party is on it. */
  async function isMissing({ service, subject, registeredAt }: Activation): Promise<boolean> {
    if (registeredAt === undefined || clock.now() < registeredAt + settleMilliseconds) return false
    const state = await replica.state(service)
    if (state?.isWhole !== true || (state.syncedAt ?? 0) < registeredAt + settleMilliseconds) return false
    const { did } = await parties.get(subject)
    if ((await replica.listing(service, did)) !== undefined) return false
    return !(await replica.quarantined(service)).some(({ signer }) => signer === did)
  }

  const list = async (): Promise<readonly Activation[]> =>
    (await readAll(store.records, activations)).map(({ value }) => value)

  async function want(
    service: string,
    subject: string,
    parameters: Readonly<Record<string, string>>,
    isSettled: (found: Activation) => boolean,
  ): Promise<void> {
    getDefinition(service)
    const party = await parties.get(subject)
    const wanted = { ...deps.ownParameters(party), ...parameters }
    requireNoPersons(wanted)
    await takeTurn(service, subject, async (lease) => {
      const found = await find(service, subject)
      const isSame = found !== undefined && isDeepStrictEqual(found.parameters, wanted)
      if (isSame && isSettled(found)) return
      const { withdrawing: _withdrawing, ...present } = found ?? { service, subject }
      await registerNow({ ...present, asked: parameters, parameters: wanted }, lease)
    })
  }

  return {
    find,
    list,
    activate: (service, subject, parameters) =>
      want(service, subject, parameters, (found) => found.error === undefined && !isDue(found, clock.now())),
    keep: (service, subject, parameters) =>
      want(service, subject, parameters, (found) => found.withdrawing !== true && !isDue(found, clock.now())),
    async deactivate(service, subject) {
      getDefinition(service)
      // Before a turn is taken: for a name that somebody made up no lease is kept.
      if ((await find(service, subject)) === undefined) throw new NodeError('discovery.not_activated')
      await takeTurn(service, subject, async (lease) => {
        const activation = await find(service, subject)
        if (activation === undefined) throw new NodeError('discovery.not_activated')
        await withdrawNow(activation, lease)
      })
    },
    async renewDue() {
      const outcomes = await Promise.allSettled(
        (await list()).map(async (activation) => {
          const { service, subject } = activation
          // Before a turn is taken: most are not due.
          if ((await findDue(activation)) === undefined) return
          await takeTurn(service, subject, (lease) => doWhatIsDue(service, subject, lease))
        }),
      )
      const failed = outcomes.find((outcome) => outcome.status === 'rejected')
      if (failed !== undefined) throw failed.reason
    },
  }
}

/** What is said in a registration is public. */
function requireNoPersons(parameters: Readonly<Record<string, string>>): void {
  const found = Object.entries(parameters).find((pair) => pair.some(containsBsnShaped))
  if (found === undefined) return
  throw new NodeError('request.bad_parameters', {
    notes: ['a registration parameter holds nine digits that could be a BSN'],
  })
}

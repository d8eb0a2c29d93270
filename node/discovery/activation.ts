import { isDeepStrictEqual } from 'node:util'
import type { Audit } from '../audit/audit.js'
import type { Clock, Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { redactNumbers } from '../kernel/identifiers.js'
import { decodeUtf8, parseGuardedJson } from '../kernel/json-guard.js'
import type { Outbound } from '../kernel/outbound.js'
import { startTrace, type Trace } from '../kernel/trace.js'
import { put, remove, type Collection, type Operation, type Store } from '../stores/contracts.js'
import type { Lease, Leases } from '../stores/lease.js'
import type { DiscoveryDefinition } from '../catalogue/definition.js'
import type { ListServer } from '../catalogue/list-server.js'
import { createSelfAttested } from '../credentials/issue.js'
import { matchDefinition } from '../credentials/exchange/match.js'
import { decodeJwt } from '../credentials/jwt.js'
import type { Present } from '../credentials/present.js'
import type { Wallet } from '../credentials/wallet.js'
import type { Parties } from '../identity/parties.js'
import type { Party } from '../identity/party.js'
import { presentationClaimsSchema } from '../../schemas/credentials/presentation.js'
import { problemSchema, retractionType } from '../../schemas/wire/discovery.js'

/** A listing that this node keeps alive for a party. */
export interface Activation {
  readonly service: string
  readonly subject: string
  readonly parameters: Readonly<Record<string, string>>
  /** The presentation on the list, once there is one. */
  readonly presentation?: string
  readonly presentationId?: string
  readonly registeredAt?: Instant
  readonly expiresAt?: Instant
  /** The code of the last attempt's failure, when it failed. */
  readonly error?: string
  /** Set when the listing is on its way out: it is not renewed, and withdrawing it is tried until that succeeds. */
  readonly withdrawing?: true
}

/** By service and subject. */
export const activations: Collection<Activation> = { name: 'discovery-activations' }

/** Share of the validity after which a registration is renewed. @see nuts-node v6 */
const renewAtShare = 0.45
const maxNoteLength = 1000

/** The listings of this node's own parties. */
export interface Activations {
  /**
   * Lists the party, now and from now on. With the same parameters as before it registers only when due.
   * @throws `discovery.service_unknown`, `identity.party_unknown`, `token.no_matching_credential` when the wallet cannot
   *   fulfil the definition, `discovery.registration_invalid` with the server's words, `outbound.*`
   */
  activate(service: string, subject: string, parameters: Readonly<Record<string, string>>): Promise<void>
  /**
   * Withdraws the listing and stops renewing it. When the list cannot be reached now, this throws, and `renewDue` goes on
   * trying until the listing is withdrawn or has expired.
   * @throws `discovery.not_activated`, `discovery.registration_invalid` with the server's words, `outbound.*`
   */
  deactivate(service: string, subject: string): Promise<void>
  find(service: string, subject: string): Promise<Activation | undefined>
  /** Renews and withdraws what is due; a failure of one listing does not hold up the others. */
  renewDue(): Promise<void>
}

export interface ActivationsDeps {
  readonly store: Pick<Store, 'records'>
  readonly leases: Leases
  readonly audit: Audit
  readonly clock: Clock
  readonly outbound: Outbound
  readonly parties: Parties
  readonly wallet: Wallet
  readonly present: Present
  readonly definitions: readonly DiscoveryDefinition[]
  /** A list that this very node hosts is reached without a call out. */
  readonly hosted: { readonly services: readonly string[]; readonly register: ListServer['register'] }
  /** Properties that the node itself adds: where the party's sources are. */
  readonly ownParameters: (party: Party) => Readonly<Record<string, string>>
}

/** Keeps registrations alive. @see Nuts RFC022 section 3.1 */
export function createActivations(deps: ActivationsDeps): Activations {
  const { store, leases, clock, parties, definitions } = deps

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
    await lease.write([put(activations, [service, subject], { ...activation, error: NodeError.codeOf(cause) })])
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
      await send(definition, presentation, trace, deps)
      registered = { ...withoutError(activation), ...describe(presentation), registeredAt: clock.now() }
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
        await send(definition, retraction, trace, deps)
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

  async function doWhatIsDue(service: string, subject: string, lease: Lease): Promise<void> {
    const activation = await find(service, subject)
    if (activation === undefined || !isDue(activation, clock.now())) return
    await (activation.withdrawing === true ? withdrawNow(activation, lease) : registerNow(activation, lease))
  }

  return {
    find,
    async activate(service, subject, parameters) {
      getDefinition(service)
      const party = await parties.get(subject)
      const wanted = { ...deps.ownParameters(party), ...parameters }
      await takeTurn(service, subject, async (lease) => {
        const found = await find(service, subject)
        const isSame = found !== undefined && isDeepStrictEqual(found.parameters, wanted)
        if (isSame && found.error === undefined && !isDue(found, clock.now())) return
        const { withdrawing: _withdrawing, ...present } = found ?? { service, subject }
        await registerNow({ ...present, parameters: wanted }, lease)
      })
    },
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
      const page = await store.records.list(activations, { limit: 1000 })
      const due = page.items.map(({ value }) => value).filter((activation) => isDue(activation, clock.now()))
      const outcomes = await Promise.allSettled(
        due.map(({ service, subject }) => takeTurn(service, subject, (lease) => doWhatIsDue(service, subject, lease))),
      )
      const failed = outcomes.find((outcome) => outcome.status === 'rejected')
      if (failed !== undefined) throw failed.reason
    },
  }
}

function isDue(activation: Activation, now: Instant): boolean {
  const { registeredAt, expiresAt } = activation
  if (activation.withdrawing === true) return true
  if (registeredAt === undefined || expiresAt === undefined || activation.error !== undefined) return true
  return now >= registeredAt + (expiresAt - registeredAt) * renewAtShare
}

function withoutError(activation: Activation): Activation {
  const { error, ...rest } = activation
  return error === undefined ? activation : rest
}

/** The id and the end of our own presentation. */
function describe(presentation: string): Pick<Activation, 'presentation' | 'presentationId' | 'expiresAt'> {
  const { jti, exp } = presentationClaimsSchema.parse(decodeJwt(presentation, 'presentation.malformed').claims)
  return { presentation, ...(jti === undefined ? {} : { presentationId: jti }), expiresAt: (exp ?? 0) * 1000 }
}

async function makeRegistration(
  definition: DiscoveryDefinition,
  party: Party,
  parameters: Readonly<Record<string, string>>,
  { clock, parties, wallet, present }: ActivationsDeps,
): Promise<string> {
  const registration = createSelfAttested({
    party,
    type: 'DiscoveryRegistrationCredential',
    subject: { ...parameters, authServerURL: parties.issuerUrl(party) },
    now: clock.now(),
  })
  const credentials = [...(await wallet.list(party)), registration]
  try {
    const match = matchDefinition(definition.presentation, credentials)
    const used = [...new Set(match.byDescriptor.map(({ credential }) => credential))]
    const earliestEnd = Math.min(...used.map(({ expiresAt }) => expiresAt ?? Number.POSITIVE_INFINITY))
    const untilCredentialEnds = Math.floor((earliestEnd - clock.now()) / 1000)
    const validSeconds = Math.min(definition.maxValiditySeconds - 2, untilCredentialEnds)
    return await present({ party, audience: definition.id, credentials: used, validSeconds })
  } catch (cause) {
    if (!NodeError.is(cause) || cause.code !== 'presentation.unfulfilled') throw cause
    throw new NodeError('token.no_matching_credential', { cause, notes: cause.notes })
  }
}

async function send(
  definition: DiscoveryDefinition,
  presentation: string,
  trace: Trace,
  { hosted, outbound }: ActivationsDeps,
): Promise<void> {
  if (hosted.services.includes(definition.id)) {
    await hosted.register(definition.id, presentation, trace)
    return
  }
  const response = await outbound.request({
    method: 'POST',
    url: definition.endpoint,
    headers: { 'content-type': 'application/json' },
    accept: 'application/json, application/problem+json',
    body: JSON.stringify(presentation),
    trace,
  })
  if (response.status === 201) return
  const words = problemWords(response.body)
  throw new NodeError('discovery.registration_invalid', {
    notes: [`the discovery server answered with status ${String(response.status)}`, ...words],
  })
}

/** What a server says of its refusal, without anything that looks like a number. */
function problemWords(body: Buffer): readonly string[] {
  try {
    const { detail } = problemSchema.parse(parseGuardedJson(decodeUtf8(body)))
    return [redactNumbers(detail).slice(0, maxNoteLength)]
  } catch {
    // No problem document: the status says what there is to say.
    return []
  }
}

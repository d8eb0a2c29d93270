import type { Audit } from '../../audit/audit.js'
import type { AuditEvent } from '../../audit/event.js'
import type { Clock, Seconds } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import type { Trace } from '../../kernel/trace.js'
import type { Parties } from '../../identity/parties.js'
import type { ClientCertificate, VerifyClientCertificate } from '../../identity/client-certificate.js'
import type { CredentialProfile } from '../../policy/pack.js'
import type { Profiles } from '../../policy/profiles.js'
import type { Claims } from '../../policy/question.js'
import type { Store } from '../../stores/contracts.js'
import type { NidRequest } from '../../../schemas/wire/nid.js'
import { outcomeOf, reasonsOf } from '../account.js'
import { actorsOf, grantedEvent } from '../actors.js'
import type { TokenRecord, TokenStore } from '../token-store.js'
import { identifierOf, type KnownParties, type KnownParty } from './known-parties.js'
import type { MakeNidToken } from './nid-token.js'

/** A token request, and how it came. */
export interface NidAsked {
  /** What was shown: to the node itself in DER, or to a proxy that counts as its header has it; `undefined` for none. */
  readonly certificate: Buffer | string | undefined
  /** The URL at which it was asked. */
  readonly url: string
  /** Why the caller is turned away whatever it shows. */
  readonly turnedAway: 'address' | 'header' | undefined
  /** Reads the body: only for who showed a good certificate. */
  readonly request: () => NidRequest
  readonly trace: Trace
}

export interface NidAnswer {
  readonly access_token: string
  readonly token_type: 'Bearer'
  readonly expires_in: number
  readonly scope: string
}

export interface GrantNidDeps {
  readonly parties: Parties
  /** The party that grants. */
  readonly subject: string
  /** `iss` of its tokens; the URL at which they are asked unless given. */
  readonly issuer: string | undefined
  readonly lifetimeSeconds: Seconds
  readonly store: Store
  readonly audit: Audit
  readonly clock: Clock
  readonly tokenStore: TokenStore
  readonly verifyClientCertificate: VerifyClientCertificate
  readonly knownParties: KnownParties
  readonly makeNidToken: MakeNidToken
  /** The scopes of the source with this URL; `undefined` when the party has no such source. */
  readonly profilesAt: (audience: string) => Profiles | undefined
}

/**
 * Grants the tokens of the iWlz afsprakenstelsel to who is known by its client certificate: for the scopes of one source of
 * the party, for itself or for an organisation that consented. The token and its account are one atomic batch.
 *
 * Does not look at `claims` or anything else that a caller says of itself.
 * @throws `token.certificate_refused`, `token.address_refused`, `token.audience_required`, `token.audience_unknown`,
 *   `token.scope_missing`, `token.scope_refused`, `token.actor_refused`, `credential.*`, `audit.unavailable`
 * @see iWlz RFC0014
 */
export function createGrantNid(deps: GrantNidDeps): (asked: NidAsked) => Promise<NidAnswer> {
  return async (asked) => {
    const seen: Seen = {}
    try {
      return await grantNid(asked, seen, deps)
    } catch (cause) {
      await deps.audit.record({
        ...outcomeOf(cause),
        ...reasonsOf(cause),
        ...seen.actors,
        code: 'token.refused',
        action: 'execute',
        party: deps.subject,
        trace: asked.trace,
      })
      throw cause
    }
  }
}

/** Who asked, as far as the certificate proved it before the refusal. */
interface Seen {
  actors?: Pick<AuditEvent, 'actor' | 'onBehalfOf'>
}

async function grantNid(asked: NidAsked, seen: Seen, deps: GrantNidDeps): Promise<NidAnswer> {
  const { clock, audit } = deps
  const certificate = await readCertificate(asked, deps)
  const caller = deps.knownParties.findByCertificate(certificate)
  if (caller === undefined) throw refusedCertificate('nobody is known by it')
  seen.actors = actorsOf({ requester: caller.name, claims: namesOf(caller, 'organization') })
  const request = asked.request()
  const { audience, profiles } = readAudience(request, deps)
  const { scopes, granted } = readScopes(request, profiles)
  const subject = findSubject(request, caller, deps.knownParties)
  const holder = subject?.party ?? caller
  let claims: Claims = {}
  for (const { definitions } of granted) claims = { ...claims, ...holder.claimsFor(definitions.organization) }
  const party = await deps.parties.get(deps.subject)
  const standings = await Promise.all([...new Set([holder, caller])].map((known) => known.verify(party.did)))

  const now = clock.now()
  const lifetimes = granted.map(({ lifetimeSeconds = deps.lifetimeSeconds }) => lifetimeSeconds)
  const ends = [
    now + Math.min(deps.lifetimeSeconds, ...lifetimes) * 1000,
    certificate.expiresAt,
    ...standings.map((standing) => standing.expiresAt),
  ]
  const expiresInSeconds = Math.floor((Math.min(...ends) - now) / 1000)
  if (expiresInSeconds < 1) throw refusedCertificate('it ends within a second')
  const expiresAt = now + expiresInSeconds * 1000

  const { organization, name: requester } = holder
  const clientId = identifierOf(organization)
  const isLive = granted.some(({ liveStatus }) => liveStatus)
  const status = isLive ? standings.flatMap((standing) => standing.status) : []
  const scope = [...new Set(granted.map((profile) => profile.scope))].join(' ')
  const record: TokenRecord = {
    party: party.subject,
    requester,
    ...(subject === undefined ? {} : { serviceProvider: caller.name }),
    clientId,
    scope,
    audience,
    claims: { ...claims, ...(subject === undefined ? {} : namesOf(caller, 'service_provider')) },
    evidence: [
      evidenceOf(certificate),
      ...standings.flatMap((standing) => standing.evidence),
      ...(subject === undefined ? [] : [subject.consent]),
    ],
    issuedAt: now,
    expiresAt,
    ...(status.length === 0 ? {} : { status }),
  }
  const number = certificate.serial ?? identifierOf(caller.organization)
  const token = await deps.makeNidToken(party, {
    issuer: deps.issuer ?? asked.url,
    subject: number,
    audience,
    clientId,
    scopes,
    organization,
    actor: subject === undefined ? undefined : { number, consent: subject.consent },
    issuedAt: now,
    expiresAt,
  })
  await deps.store.write([
    ...deps.tokenStore.operations(token, record),
    audit.operation(grantedEvent(token, record, asked.trace)),
  ])
  return { access_token: token, token_type: 'Bearer', expires_in: expiresInSeconds, scope: scopes.join(' ') }
}

async function readCertificate(
  { certificate, turnedAway }: NidAsked,
  { verifyClientCertificate }: GrantNidDeps,
): Promise<ClientCertificate> {
  if (turnedAway === 'address') throw new NodeError('token.address_refused')
  if (turnedAway === 'header') throw refusedCertificate('the header came from an address that is no known proxy')
  if (certificate === undefined) throw refusedCertificate('there is none')
  try {
    return await verifyClientCertificate(certificate)
  } catch (cause) {
    if (!NodeError.is(cause) || !cause.code.startsWith('identity.chain_')) throw cause
    throw new NodeError('token.certificate_refused', { cause, notes: cause.notes })
  }
}

function readAudience({ audience }: NidRequest, { profilesAt }: GrantNidDeps) {
  if (audience === undefined || audience === '') throw new NodeError('token.audience_required')
  const profiles = profilesAt(audience)
  if (profiles === undefined) throw new NodeError('token.audience_unknown')
  return { audience, profiles }
}

/** Repeated scopes count once; one that cannot be granted fails all. */
function readScopes(
  { scope }: NidRequest,
  profiles: Profiles,
): { readonly scopes: readonly string[]; readonly granted: readonly CredentialProfile[] } {
  const scopes = [...new Set(scope.split(' ').filter((part) => part !== ''))]
  if (scopes.length === 0) throw new NodeError('token.scope_missing')
  const granted = scopes.map((one) => {
    const profile = profiles.findProfile(one)
    // Neither a key nor a second party can be shown here, and no decision point is asked.
    if (
      profile === undefined ||
      profile.dpop === 'required' ||
      profile.definitions.service_provider !== undefined ||
      profile.scopePolicy === 'dynamic'
    )
      throw new NodeError('token.scope_refused')
    return profile
  })
  return { scopes, granted }
}

/** For whom the caller asks, when that is another; one refusal for all who are not, so that nobody learns who is known. */
function findSubject(
  { access_token: given }: NidRequest,
  caller: KnownParty,
  knownParties: KnownParties,
): { readonly party: KnownParty; readonly consent: string } | undefined {
  if (given === undefined) return undefined
  const consent = caller.actsFor.find((entry) => identifierOf(entry) === given.sub)?.consent
  const party = knownParties.findByIdentifier(given.sub)
  if (consent === undefined || party === undefined || party === caller) throw new NodeError('token.actor_refused')
  return { party, consent }
}

function namesOf({ organization }: KnownParty, owner: 'organization' | 'service_provider'): Claims {
  return Object.fromEntries(
    (['name', 'role', 'id_type', 'id'] as const).map((name) => [`${owner}_${name}`, organization[name]]),
  )
}

/** In pairs with colons, so that no digits of it look like a number of a person. */
function evidenceOf({ fingerprint }: ClientCertificate): string {
  return `x509:sha256:${fingerprint.replace(/..(?!$)/g, '$&:')}`
}

function refusedCertificate(note: string): NodeError {
  return new NodeError('token.certificate_refused', { notes: [note] })
}

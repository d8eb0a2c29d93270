import type { Audit } from '../audit/audit.js'
import { NodeError } from '../kernel/errors.js'
import type { Trace } from '../kernel/trace.js'
import type { Parties, PartyName } from '../identity/parties.js'
import { checkPeriod } from '../credentials/presentation.js'
import type { CredentialVerifier } from '../credentials/verify-credential.js'
import type { VerifiedPresentation, VerifyPresentation } from '../credentials/verify-presentation.js'
import type { CredentialProfile } from '../policy/pack.js'
import type { Profiles } from '../policy/profiles.js'
import type { Claim, Claims } from '../policy/question.js'
import type { CheckClient } from './check-client.js'
import { claimedActors, outcomeOf, reasonsOf } from './account.js'
import type { DpopProof } from './dpop-proof.js'
import { jwtBearerGrant } from './grant-jwt-bearer.js'
import type { GrantScopes } from './grant-scopes.js'
import type { AskedToken, GrantType, ShownForToken } from './grant-type.js'
import { vpTokenGrant } from './grant-vp-token.js'
import { issueToken, type IssueTokenDeps, type TokenAnswer } from './issue-token.js'
import { tokenEndpointOf } from './metadata.js'
import { createReadPresented, longestPresentation } from './read-presented.js'

export interface TokenRequest {
  /** The subject name in the URL. */
  readonly subject: string
  /** By which the caller may know the node; its own URL unless given. */
  readonly baseUrls?: readonly string[]
  readonly parameters: Readonly<Record<string, string>>
  /** The DPoP header. */
  readonly proof: string | undefined
  readonly trace: Trace
}

export interface GrantTokenDeps extends IssueTokenDeps {
  readonly parties: Parties
  readonly verifier: CredentialVerifier
  readonly verifyPresentation: VerifyPresentation
  readonly profilesOf: (subject: string) => Profiles
  readonly grantScopes: GrantScopes
  readonly checkClient: CheckClient
}

const grantTypes: readonly GrantType[] = [vpTokenGrant, jwtBearerGrant]

/**
 * Presentations for an access token. Reads in the order of the RFC, cheap refusals before signatures; what the parameters
 * are and who must show what is that of the grant type.
 *
 * The nonces are spent, the token stored and the audit event written in one atomic batch, after the signatures are good: a
 * bad presentation cannot spend somebody else's nonce, a nonce is accepted once however many arrive together, and no
 * token exists without its account.
 *
 * @throws `token.*`, `presentation.*`, `credential.*`, `identity.*`, `audit.unavailable`, `store.unavailable`
 * @see Nuts RFC021 section 4; RFC 7523
 */
export function createGrantToken(deps: GrantTokenDeps): (request: TokenRequest) => Promise<TokenAnswer> {
  return async (request) => {
    const asked = parseRequest(request)
    const party = await deps.parties.findName(request.subject)
    // One answer for a party that serves nothing and one that does not exist, so that nobody learns which parties exist.
    if (party === undefined || deps.profilesOf(party.subject).scopes.length === 0)
      throw new NodeError('token.bad_request', { notes: ['this authorization server does not issue tokens'] })
    const seen: Seen = {}
    try {
      return await grantToken(asked, party, request, seen, deps)
    } catch (cause) {
      await recordRefusal(deps.audit, party, request, seen, cause)
      throw cause
    }
  }
}

/** What was read of a request before it was refused. */
interface Seen {
  /** The scope that would have been granted; an unknown one is not journalled, because it may hold anything. */
  scope?: string
  /** Who are said to have signed. */
  organization?: string
  service_provider?: string
}

function parseRequest({ parameters }: TokenRequest): AskedToken {
  const name = parameters['grant_type']
  const grantType = name === undefined ? vpTokenGrant : grantTypes.find((candidate) => candidate.name === name)
  if (grantType === undefined) throw new NodeError('token.unsupported_grant')
  return grantType.parse(parameters)
}

async function grantToken(
  asked: AskedToken,
  party: PartyName,
  { baseUrls, proof: header, trace }: TokenRequest,
  seen: Seen,
  deps: GrantTokenDeps,
): Promise<TokenAnswer> {
  const { clock, verifier } = deps
  const { profile, extras } = deps.profilesOf(party.subject).find(asked.scope)
  seen.scope = profile.scope
  const audiences = (baseUrls ?? [undefined]).map((baseUrl) => deps.parties.issuerUrl(party, baseUrl))
  const proof = readProof(header, audiences.map(tokenEndpointOf), profile, deps)
  const shown = asked.show(
    profile,
    createReadPresented({ clock, verifier, audiences, onSigner: (owner, did) => (seen[owner] = did) }),
  )
  await deps.checkClient(shown.clientId, (shown.serviceProvider ?? shown.organization).signer)
  // Before the presentations, whose keys may have to be got from elsewhere.
  if (proof !== undefined) deps.dpop.verify(proof)
  const presentations = [...shown.organization.items, ...(shown.serviceProvider?.items ?? [])]
  const verified: VerifiedPresentation[] = []
  for (const presentation of presentations)
    verified.push(await deps.verifyPresentation(presentation, { bronhouder: party.did, freshness: 'now' }))
  const requester = shown.organization.signer
  const claims = claimsOf(shown)
  const scope = await deps.grantScopes({ profile, extras, requester, claims, trace })
  // Getting keys and a decision takes time: a presentation that expired meanwhile may no longer be in the memory of nonces.
  for (const presentation of presentations)
    checkPeriod(presentation, { now: clock.now(), longest: longestPresentation })
  return issueToken({ deps, party, profile, verified, shown, claims, scope, proof, trace })
}

/** The proof of the key that the token will be bound to; none when a bearer token is asked. */
function readProof(
  header: string | undefined,
  [url = '', ...otherUrls]: readonly string[],
  profile: CredentialProfile,
  { dpop }: GrantTokenDeps,
): DpopProof | undefined {
  if (header !== undefined) return dpop.read(header, { method: 'POST', url, otherUrls })
  if (profile.dpop === 'required') throw new NodeError('token.dpop_required')
  return undefined
}

/**
 * What was proven, by the field ids of the definitions. What both ask is that of the organization; filters yield strings,
 * numbers, booleans and arrays of JSON values: exactly what a claim can be.
 */
function claimsOf({ organization, serviceProvider }: ShownForToken): Claims {
  const claims: Record<string, Claim> = {}
  const values = { ...serviceProvider?.match.values, ...organization.match.values }
  for (const [name, value] of Object.entries(values)) claims[name] = value as Claim // See above.
  return claims
}

/** The signers of refused presentations are what is claimed, not what was proven; the event says so by its outcome. */
async function recordRefusal(
  audit: Audit,
  party: PartyName,
  { trace }: TokenRequest,
  { scope, organization, service_provider: serviceProvider }: Seen,
  cause: unknown,
): Promise<void> {
  await audit.record({
    ...outcomeOf(cause),
    ...reasonsOf(cause),
    ...claimedActors({ organization, serviceProvider }),
    code: 'token.refused',
    action: 'execute',
    party: party.subject,
    ...(scope === undefined ? {} : { object: { scope } }),
    trace,
  })
}

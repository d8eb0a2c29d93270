import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Audit } from '../audit/audit.js'
import type { AuditActor } from '../audit/event.js'
import type { Clock, Seconds } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { parseGuardedJson } from '../kernel/json-guard.js'
import { randomToken } from '../kernel/random.js'
import type { Trace } from '../kernel/trace.js'
import { claim, type Key, type Store } from '../stores/contracts.js'
import type { Parties } from '../identity/parties.js'
import type { Party } from '../identity/party.js'
import { matchDefinition, type Match } from '../credentials/exchange/match.js'
import { checkSubmission } from '../credentials/exchange/submission.js'
import { checkAudience, checkPeriod, parsePresentation, type Presentation } from '../credentials/presentation.js'
import { skewMilliseconds, type CredentialVerifier } from '../credentials/verify-credential.js'
import type { VerifiedPresentation, VerifyPresentation } from '../credentials/verify-presentation.js'
import type { CredentialProfile } from '../policy/pack.js'
import type { Profiles } from '../policy/profiles.js'
import type { Claim, Claims } from '../policy/question.js'
import { presentationSubmissionSchema, type PresentationSubmission } from '../../schemas/presentation-exchange.js'
import { claimedActor, outcomeOf, reasonsOf } from './account.js'
import type { TokenRecord, TokenStore } from './grant.js'

/** The name of the grant. @see Nuts RFC021 section 4 */
export const vpTokenGrantType = 'vp_token-bearer'

/** A presentation for a token lives this long at most. @see Nuts RFC021 section 4.2 (9) */
const longestPresentation: Seconds = 5
/**
 * A nonce is remembered at least this long. RFC021 section 4.4 asks for 10 s, but with 5 s of validity and 5 s of skew
 * on both sides a presentation can be accepted for 15 s.
 */
const shortestMemoryMilliseconds = 20_000

/** The form parameters of the grant; others are refused. */
const parametersSchema = z.strictObject({
  grant_type: z.literal(vpTokenGrantType),
  // What RFC 6749 appendix A.1 allows; it is kept, and a store takes no U+0000.
  client_id: z
    .string()
    .max(2048)
    .regex(/^[\x20-\x7E]+$/),
  assertion: z.string().min(1),
  presentation_submission: z.string().min(1),
  scope: z.string().min(1).max(2048),
})

export interface TokenRequest {
  /** The subject name in the URL. */
  readonly subject: string
  readonly parameters: Readonly<Record<string, string>>
  readonly hasDpop: boolean
  readonly trace: Trace
}

/** The answer of the token endpoint. @see RFC 6749 section 5.1 */
export interface TokenAnswer {
  readonly access_token: string
  readonly token_type: 'Bearer'
  readonly expires_in: number
  readonly scope: string
}

export interface GrantVpTokenDeps {
  readonly store: Store
  readonly audit: Audit
  readonly clock: Clock
  readonly parties: Parties
  readonly verifier: CredentialVerifier
  readonly verifyPresentation: VerifyPresentation
  readonly tokenStore: TokenStore
  readonly profilesOf: (subject: string) => Profiles
  readonly lifetimeSeconds: Seconds
}

/**
 * The `vp_token-bearer` grant: a presentation for an access token. Reads in the order of the RFC, cheap refusals before
 * signatures.
 *
 * The nonce is spent, the token stored and the audit event written in one atomic batch, after the signature is good: a
 * bad presentation cannot spend somebody else's nonce, a nonce is accepted once however many arrive together, and no
 * token exists without its account.
 *
 * @throws `token.*`, `presentation.*`, `credential.*`, `identity.*`, `audit.unavailable`, `store.unavailable`
 * @see Nuts RFC021 section 4
 */
export function createGrantVpToken(deps: GrantVpTokenDeps): (request: TokenRequest) => Promise<TokenAnswer> {
  return async (request) => {
    const parameters = parseParameters(request)
    const party = await deps.parties.find(request.subject)
    // One answer for a party that serves nothing and one that does not exist, so that nobody learns which parties exist.
    if (party === undefined || deps.profilesOf(party.subject).scopes.length === 0)
      throw new NodeError('token.bad_request', { notes: ['this authorization server does not issue tokens'] })
    const seen: Seen = {}
    try {
      const profile = deps.profilesOf(party.subject).get(parameters.scope)
      seen.scope = profile.scope
      const { presentation, match } = readPresentation(parameters, party, profile, deps, seen)
      const verified = await deps.verifyPresentation(presentation, { bronhouder: party.did })
      return await issueToken({ deps, request, party, profile, verified, match, clientId: parameters.client_id })
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
  /** Who is said to have signed. */
  signer?: string
}

function parseParameters({ parameters, hasDpop }: TokenRequest): z.output<typeof parametersSchema> {
  if (parameters['grant_type'] !== undefined && parameters['grant_type'] !== vpTokenGrantType) {
    throw new NodeError('token.unsupported_grant')
  }
  const parsed = parametersSchema.safeParse(parameters)
  if (!parsed.success) {
    const notes = parsed.error.issues.slice(0, 10).map((issue) => {
      return issue.code === 'unrecognized_keys'
        ? `unknown parameter: ${issue.keys.slice(0, 5).join(', ').slice(0, 100)}`
        : `missing, empty or not acceptable: ${issue.path.join('.')}`
    })
    throw new NodeError('token.bad_request', { notes })
  }
  if (hasDpop) throw new NodeError('token.dpop_unsupported')
  return parsed.data
}

function readPresentation(
  parameters: z.output<typeof parametersSchema>,
  party: Party,
  profile: CredentialProfile,
  { clock, parties, verifier }: GrantVpTokenDeps,
  seen: Seen,
): { readonly presentation: Presentation; readonly match: Match } {
  const submission = parseSubmission(parameters.presentation_submission)
  const presentation = parsePresentation(parameters.assertion, verifier)
  seen.signer = presentation.signer
  checkPeriod(presentation, { now: clock.now(), longest: longestPresentation })
  checkAudience(presentation, parties.issuerUrl(party))
  if (presentation.nonce === undefined)
    throw new NodeError('presentation.malformed', { notes: ['the presentation has no nonce'] })
  const definition = profile.definitions.organization
  const match = matchDefinition(definition, presentation.credentials)
  const { envelope, credentialOf } = presentation
  checkSubmission({ submission, definition, match, envelope, credentialOf })
  return { presentation, match }
}

function parseSubmission(text: string): PresentationSubmission {
  let value: unknown
  try {
    value = parseGuardedJson(text)
  } catch (cause) {
    throw new NodeError('presentation.submission', { cause, notes: ['presentation_submission is not JSON'] })
  }
  const parsed = presentationSubmissionSchema.safeParse(value)
  if (!parsed.success)
    throw new NodeError('presentation.submission', { notes: ['presentation_submission is not a submission'] })
  return parsed.data
}

async function issueToken(options: {
  readonly deps: GrantVpTokenDeps
  readonly request: TokenRequest
  readonly party: Party
  readonly profile: CredentialProfile
  readonly verified: VerifiedPresentation
  readonly match: Match
  readonly clientId: string
}): Promise<TokenAnswer> {
  const { deps, request, party, profile, match, clientId } = options
  const { presentation } = options.verified
  const now = deps.clock.now()
  // Getting keys takes time: a presentation that expired meanwhile may no longer be in the memory of nonces.
  checkPeriod(presentation, { now, longest: longestPresentation })
  const credentialEnds = match.byDescriptor.map(({ credential }) => credential.expiresAt ?? Number.POSITIVE_INFINITY)
  const expiresAt = Math.min(now + deps.lifetimeSeconds * 1000, ...credentialEnds)
  const expiresInSeconds = Math.floor((expiresAt - now) / 1000)
  if (expiresInSeconds < 1) throw new NodeError('credential.expired', { notes: ['a credential ends within a second'] })
  const record: TokenRecord = {
    party: party.subject,
    requester: presentation.signer,
    clientId,
    scope: profile.scope,
    claims: toClaims(match),
    evidence: [...new Set(match.byDescriptor.map(({ credential }) => credential.id))],
    issuedAt: now,
    expiresAt,
  }
  const token = randomToken()
  const until = Math.max(presentation.expiresAt + 2 * skewMilliseconds, now + shortestMemoryMilliseconds)
  try {
    await deps.store.write([
      claim(nonceKey(presentation), until),
      deps.tokenStore.operation(token, record),
      deps.audit.operation({
        code: 'token.granted',
        action: 'execute',
        outcome: 'success',
        party: party.subject,
        actor: actorOf(record.requester, record.claims),
        object: { scope: profile.scope },
        evidence: record.evidence,
        trace: request.trace,
      }),
    ])
  } catch (cause) {
    if (NodeError.codeOf(cause) === 'store.claimed') throw new NodeError('token.replayed', { cause })
    throw cause
  }
  return {
    access_token: token,
    token_type: 'Bearer',
    expires_in: expiresInSeconds,
    scope: profile.scope,
  }
}

/** Per signer, so that nobody can spend another's nonce; hashed, because both texts come from outside. */
function nonceKey(presentation: Presentation): Key {
  const digest = (text: string): string => createHash('sha256').update(text).digest('base64url')
  return ['presentation-nonce', digest(presentation.signer), digest(presentation.nonce ?? '')]
}

/** Filters yield strings, numbers, booleans and arrays of JSON values: exactly what a claim can be. */
function toClaims(match: Match): Claims {
  const claims: Record<string, Claim> = {}
  for (const [name, value] of Object.entries(match.values)) claims[name] = value as Claim // See above.
  return claims
}

/** Who acted, from what was proven. */
export function actorOf(did: string, claims: Claims): AuditActor {
  const text = (name: string): string | undefined => {
    const value = claims[name]
    return typeof value === 'string' ? value : undefined
  }
  const [organization, role, idType, id] = [
    text('organization_name'),
    text('organization_role'),
    text('organization_id_type'),
    text('organization_id'),
  ]
  return {
    did,
    ...(organization === undefined ? {} : { organization }),
    ...(role === undefined ? {} : { role }),
    ...(idType === undefined || id === undefined ? {} : { identifier: `${idType}:${id}` }),
  }
}

/** The signer of a refused presentation is what it claims, not what was proven; the event says so by its outcome. */
async function recordRefusal(
  audit: Audit,
  party: Party,
  request: TokenRequest,
  { scope, signer }: Seen,
  cause: unknown,
): Promise<void> {
  await audit.record({
    ...outcomeOf(cause),
    ...reasonsOf(cause),
    ...claimedActor(signer),
    code: 'token.refused',
    action: 'execute',
    party: party.subject,
    ...(scope === undefined ? {} : { object: { scope } }),
    trace: request.trace,
  })
}

import { z } from 'zod'
import type { Audit } from '../audit/audit.js'
import type { Seconds } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { parseGuardedJson } from '../kernel/json-guard.js'
import type { Trace } from '../kernel/trace.js'
import type { Parties } from '../identity/parties.js'
import type { Party } from '../identity/party.js'
import { matchDefinition, type Match } from '../credentials/exchange/match.js'
import { checkSubmission } from '../credentials/exchange/submission.js'
import { checkAudience, checkPeriod, type Presentation } from '../credentials/presentation.js'
import { parsePresentations } from '../credentials/presentations.js'
import type { CredentialVerifier } from '../credentials/verify-credential.js'
import type { VerifiedPresentation, VerifyPresentation } from '../credentials/verify-presentation.js'
import type { CredentialProfile } from '../policy/pack.js'
import type { Profiles } from '../policy/profiles.js'
import { presentationSubmissionSchema, type PresentationSubmission } from '../../schemas/presentation-exchange.js'
import { claimedActor, outcomeOf, reasonsOf } from './account.js'
import type { DpopProof } from './dpop-proof.js'
import type { GrantScopes } from './grant-scopes.js'
import { issueToken, toClaims, type IssueTokenDeps, type TokenAnswer } from './issue-token.js'

/** The name of the grant. @see Nuts RFC021 section 4 */
export const vpTokenGrantType = 'vp_token-bearer'

/** The token endpoint of the authorization server that `issuer` names. */
export function tokenEndpointOf(issuer: string): string {
  return `${issuer}/token`
}

/** A presentation for a token lives this long at most. @see Nuts RFC021 section 4.2 (9) */
const longestPresentation: Seconds = 5
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
  /** The DPoP header. */
  readonly proof: string | undefined
  readonly trace: Trace
}

export interface GrantVpTokenDeps extends IssueTokenDeps {
  readonly parties: Parties
  readonly verifier: CredentialVerifier
  readonly verifyPresentation: VerifyPresentation
  readonly profilesOf: (subject: string) => Profiles
  readonly grantScopes: GrantScopes
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
      const { profile, extras } = deps.profilesOf(party.subject).find(parameters.scope)
      seen.scope = profile.scope
      const proof = readProof(request.proof, party, profile, deps)
      const { presentations, match, submission } = readPresentations(parameters, party, profile, deps, seen)
      // Before the presentations, whose keys may have to be got from elsewhere.
      if (proof !== undefined) deps.dpop.verify(proof)
      const verified: VerifiedPresentation[] = []
      for (const presentation of presentations)
        verified.push(await deps.verifyPresentation(presentation, { bronhouder: party.did, freshness: 'now' }))
      const { signer: requester } = presentations[0] ?? { signer: '' }
      const claims = toClaims(match)
      const scope = await deps.grantScopes({ profile, extras, requester, claims, trace: request.trace })
      const { clock } = deps
      // Getting keys and a decision takes time: a presentation that expired meanwhile may no longer be in the memory of nonces.
      for (const presentation of presentations)
        checkPeriod(presentation, { now: clock.now(), longest: longestPresentation })
      const clientId = parameters.client_id
      return await issueToken({
        deps,
        party,
        profile,
        verified,
        match,
        clientId,
        scope,
        proof,
        submission,
        trace: request.trace,
      })
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

function parseParameters({ parameters }: TokenRequest): z.output<typeof parametersSchema> {
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
  return parsed.data
}

/** The proof of the key that the token will be bound to; none when a bearer token is asked. */
function readProof(
  header: string | undefined,
  party: Party,
  profile: CredentialProfile,
  { dpop, parties }: GrantVpTokenDeps,
): DpopProof | undefined {
  if (header !== undefined) return dpop.read(header, { method: 'POST', url: tokenEndpointOf(parties.issuerUrl(party)) })
  if (profile.dpop === 'required') throw new NodeError('token.dpop_required')
  return undefined
}

function readPresentations(
  parameters: z.output<typeof parametersSchema>,
  party: Party,
  profile: CredentialProfile,
  { clock, parties, verifier }: GrantVpTokenDeps,
  seen: Seen,
): {
  readonly presentations: readonly Presentation[]
  readonly match: Match
  readonly submission: PresentationSubmission
} {
  const submission = parseSubmission(parameters.presentation_submission)
  const { items, signer, credentials, envelope, credentialOf } = parsePresentations(parameters.assertion, verifier)
  seen.signer = signer
  for (const presentation of items) {
    checkPeriod(presentation, { now: clock.now(), longest: longestPresentation })
    checkAudience(presentation, parties.issuerUrl(party))
    if (presentation.nonce === undefined)
      throw new NodeError('presentation.malformed', { notes: ['the presentation has no nonce'] })
  }
  const definition = profile.definitions.organization
  const match = matchDefinition(definition, credentials)
  checkSubmission({ submission, definition, match, envelope, credentialOf })
  return { presentations: items, match, submission }
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

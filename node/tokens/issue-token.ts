import { hash } from 'node:crypto'
import type { Audit } from '../audit/audit.js'
import type { Clock, Instant, Seconds } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { randomToken } from '../kernel/random.js'
import type { Trace } from '../kernel/trace.js'
import { claim, type Operation, type Store, type Value } from '../stores/contracts.js'
import type { PartyName } from '../identity/parties.js'
import type { Credential } from '../credentials/credential.js'
import type { Presentation } from '../credentials/presentation.js'
import { skewMilliseconds } from '../credentials/verify-credential.js'
import type { VerifiedPresentation } from '../credentials/verify-presentation.js'
import type { CredentialProfile } from '../policy/pack.js'
import type { Claims } from '../policy/question.js'
import type { DpopProof } from './dpop-proof.js'
import { grantedEvent } from './actors.js'
import type { Dpop } from './dpop.js'
import type { Shown, TokenRecord, TokenStore } from './token-store.js'
import type { ShownForToken } from './grant-type.js'

/**
 * A nonce is remembered at least this long. RFC021 section 4.4 asks for 10 s, but with 5 s of validity and 5 s of skew
 * on both sides a presentation can be accepted for 15 s.
 */
const shortestMemoryMilliseconds = 20_000

/** The answer of the token endpoint. @see RFC 6749 section 5.1 */
export interface TokenAnswer {
  readonly access_token: string
  readonly token_type: 'Bearer' | 'DPoP'
  readonly expires_in: number
  readonly scope: string
}

export interface IssueTokenDeps {
  readonly store: Store
  readonly audit: Audit
  readonly clock: Clock
  readonly tokenStore: TokenStore
  readonly dpop: Dpop
  /** Of tokens whose profile does not say it. */
  readonly lifetimeSeconds: Seconds
  /** Whether what was shown is kept as long as its token. */
  readonly keepPresentations: boolean
}

/**
 * Issues a token for presentations that were verified: spends their nonces and the proof, stores the token and writes the
 * audit event in one atomic batch. So each is accepted once however many arrive together, and no token exists without
 * its account. Does not check that the presentations are still valid.
 * @throws `token.replayed`, `token.dpop_invalid`, `credential.expired`, `store.unavailable`
 */
export async function issueToken(options: {
  readonly deps: IssueTokenDeps
  readonly party: PartyName
  readonly profile: CredentialProfile
  /** What was shown, and all presentations in it, verified. */
  readonly shown: ShownForToken
  readonly verified: readonly VerifiedPresentation[]
  /** What that proves. */
  readonly claims: Claims
  /** What is granted, scopes between spaces. */
  readonly scope: string
  readonly proof: DpopProof | undefined
  readonly trace: Trace
}): Promise<TokenAnswer> {
  const { deps, party, profile, shown, claims, scope, proof, trace } = options
  const { clientId, organization, serviceProvider } = shown
  const presentations = options.verified.map(({ presentation }) => presentation)
  const now = deps.clock.now()
  const credentials = credentialsOf(shown)
  const credentialEnds = credentials.map(({ expiresAt: end }) => end ?? Number.POSITIVE_INFINITY)
  const expiresAt = Math.min(now + (profile.lifetimeSeconds ?? deps.lifetimeSeconds) * 1000, ...credentialEnds)
  const expiresInSeconds = Math.floor((expiresAt - now) / 1000)
  if (expiresInSeconds < 1) throw new NodeError('credential.expired', { notes: ['a credential ends within a second'] })
  const record: TokenRecord = {
    party: party.subject,
    requester: organization.signer,
    ...(serviceProvider === undefined ? {} : { serviceProvider: serviceProvider.signer }),
    clientId,
    scope,
    claims,
    evidence: [...new Set(credentials.map(({ id }) => id))],
    issuedAt: now,
    expiresAt,
    ...(proof === undefined ? {} : { thumbprint: proof.thumbprint }),
    ...(profile.liveStatus ? statusOf(credentials) : {}),
  }
  const token = randomToken()
  try {
    await deps.store.write([
      ...presentations.map((presentation) => spending(presentation, now)),
      ...(proof === undefined ? [] : [deps.dpop.spending(proof)]),
      ...deps.tokenStore.operations(token, record, deps.keepPresentations ? shownOf(options) : undefined),
      deps.audit.operation(grantedEvent(token, record, trace)),
    ])
  } catch (cause) {
    if (NodeError.codeOf(cause) !== 'store.claimed') throw cause
    // One of the two was used before. When it was the proof, this says so; when it was not, nobody needs it any more.
    if (proof !== undefined) await deps.dpop.spend(proof)
    throw new NodeError('token.replayed', { cause })
  }
  return {
    access_token: token,
    token_type: proof === undefined ? 'Bearer' : 'DPoP',
    expires_in: expiresInSeconds,
    scope,
  }
}

function shownOf({ shown: { submission }, verified }: Parameters<typeof issueToken>[0]): Shown {
  const parse = (text: string): Value => JSON.parse(text) as Value // Parsed and verified before.
  return {
    submissions: submission === undefined ? {} : { [submission.definition_id]: parse(JSON.stringify(submission)) },
    presentations: verified.map(({ presentation: { jwt, raw } }) => (jwt === undefined ? parse(raw) : raw)),
  }
}

/** Per signer, so that nobody can spend another's nonce; hashed, because both texts come from outside. */
function spending({ signer, nonce, expiresAt }: Presentation, now: Instant): Operation {
  const digest = (text: string): string => hash('sha256', text, 'base64url')
  const until = Math.max(expiresAt + 2 * skewMilliseconds, now + shortestMemoryMilliseconds)
  return claim(['presentation-nonce', digest(signer), digest(nonce ?? '')], until)
}

/** What is needed to look at the status of the credentials again. */
function statusOf(credentials: readonly Credential[]): Pick<TokenRecord, 'status'> {
  const status = credentials.flatMap(({ type, issuer, statusEntries }) =>
    statusEntries.length === 0 ? [] : [{ type, issuer, statusEntries }],
  )
  return status.length === 0 ? {} : { status }
}

/** The credentials that answer the definitions, each once. */
function credentialsOf({ organization, serviceProvider }: ShownForToken): readonly Credential[] {
  const answers = [...organization.match.byDescriptor, ...(serviceProvider?.match.byDescriptor ?? [])]
  return [...new Set(answers.map(({ credential }) => credential))]
}

import { LRUCache } from 'lru-cache'
import type { Audit } from '../audit/audit.js'
import type { Clock, Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { Outbound, OutboundAnswer } from '../kernel/outbound.js'
import { randomId } from '../kernel/random.js'
import type { Trace } from '../kernel/trace.js'
import type { Parties } from '../identity/parties.js'
import { signingKey, type Party } from '../identity/party.js'
import type { Credential } from '../credentials/credential.js'
import type { PresentationDefinition } from '../credentials/exchange/definition.js'
import { describeBarred } from '../credentials/exchange/explain.js'
import { matchDefinition, type Match, type Selection } from '../credentials/exchange/match.js'
import { createSubmission } from '../credentials/exchange/submission.js'
import type { Present } from '../credentials/present.js'
import type { CredentialVerifier } from '../credentials/verify-credential.js'
import type { Wallet } from '../credentials/wallet.js'
import { tokenAnswerSchema, type AuthorizationServerMetadata } from '../../schemas/wire/oauth.js'
import { outcomeOf, toJournalText } from './account.js'
import { vpTokenGrantType } from './grant-vp-token.js'
import { parsePeerJson, peerErrorOf, refusedByPeer, unsupported, type PeerReader } from './peer.js'
import type { Prove } from './prove.js'
import { completeCredential, type CredentialDraft } from './self-attested.js'

export interface RequestTokenOptions {
  readonly party: Party
  /** The issuer URL of the other party's authorization server, exactly as it was announced. */
  readonly authorizationServer: string
  readonly scope: string
  /** What the party says about itself beside its wallet. */
  readonly credentials?: readonly CredentialDraft[]
  /** Which of several credentials to show: values by the field ids of the definition. */
  readonly selection?: Selection
  /** Bound to the party's key, or usable by its bearer; when left out, bound where the other server offers that. */
  readonly tokenType?: 'DPoP' | 'Bearer' | undefined
  readonly trace: Trace
}

/** A token of another node. */
export interface ObtainedToken {
  readonly accessToken: string
  readonly tokenType: string
  readonly expiresAt: Instant
  readonly scope: string
  /** The id of the key that it is bound to. */
  readonly keyId?: string
}

/** Gets an access token from another node. */
export type RequestToken = (options: RequestTokenOptions) => Promise<ObtainedToken>

export interface RequestTokenDeps {
  readonly audit: Audit
  readonly clock: Clock
  readonly outbound: Outbound
  readonly parties: Parties
  readonly verifier: Pick<CredentialVerifier, 'parse'>
  readonly wallet: Wallet
  readonly present: Present
  readonly prove: Prove
  readonly peer: PeerReader
}

/**
 * Gets an access token from another node for a party of this one: metadata, presentation definition, presentation,
 * token. The attempt is in the audit journal before this returns.
 *
 * @throws `token.no_matching_credential` with a note per descriptor, `token.peer_refused` with the other node's own
 *   words, `token.peer_unsupported`, `presentation.definition_unsupported`, `outbound.*`, `audit.unavailable`
 * @see Nuts RFC021 section 3
 */
export function createRequestToken(deps: RequestTokenDeps): RequestToken {
  const nonces = new LRUCache<string, string>({ max: 1000 })
  return async (options) => {
    try {
      const obtained = await requestToken(options, deps.peer, nonces, deps)
      await record(deps.audit, options, undefined)
      return obtained
    } catch (cause) {
      await record(deps.audit, options, cause)
      throw cause
    }
  }
}

/** What is known before anything is sent. */
interface Prepared {
  readonly metadata: AuthorizationServerMetadata
  readonly definition: PresentationDefinition
  readonly match: Match
  readonly credentials: readonly Credential[]
  readonly bound: boolean
}

async function requestToken(
  options: RequestTokenOptions,
  peer: PeerReader,
  nonces: LRUCache<string, string>,
  deps: RequestTokenDeps,
): Promise<ObtainedToken> {
  const { party, scope } = options
  const metadata = await peer.metadata(options.authorizationServer, options.trace)
  const bound = choosesBound(options, metadata)
  const definition = await peer.definition(metadata, scope, options.trace)
  const match = await matchWallet(definition, options, deps)
  const credentials = [...new Set(match.byDescriptor.map(({ credential }) => credential))]
  const prepared: Prepared = { metadata, definition, match, credentials, bound }
  const endpoint = metadata.token_endpoint

  let response = await send(options, prepared, nonces.get(endpoint), deps)
  const wanted = response.headers.get('dpop-nonce')
  if (bound && wanted !== undefined) nonces.set(endpoint, wanted)
  if (wanted !== undefined && peerErrorOf(parsePeerJson(response.body)) === 'use_dpop_nonce')
    response = await send(options, prepared, wanted, deps)

  const body = parsePeerJson(response.body)
  const answer = tokenAnswerSchema.safeParse(body)
  if (response.status !== 200 || !answer.success) throw refusedByPeer(body, response.status)
  const isBound = answer.data.token_type.toLowerCase() === 'dpop'
  if (isBound && !bound) throw unsupported('the other node bound the token to a key that nobody showed it')
  if (!isBound && options.tokenType === 'DPoP') throw unsupported('the other node did not bind the token to the key')
  return {
    accessToken: answer.data.access_token,
    tokenType: answer.data.token_type,
    expiresAt: deps.clock.now() + answer.data.expires_in * 1000,
    scope: answer.data.scope ?? scope,
    ...(isBound ? { keyId: signingKey(party).keyId } : {}),
  }
}

/** Nobody who asked for a bound token gets another one unnoticed. */
function choosesBound({ party, tokenType }: RequestTokenOptions, metadata: AuthorizationServerMetadata): boolean {
  if (tokenType === 'Bearer') return false
  const offered = metadata.dpop_signing_alg_values_supported.includes(signingKey(party).algorithm)
  if (!offered && tokenType === 'DPoP') throw unsupported('the other node does not bind tokens to keys of our kind')
  return offered
}

/** One attempt: a presentation and a proof count once, so each attempt has its own. */
async function send(
  { party, scope, trace }: RequestTokenOptions,
  { metadata, definition, match, credentials, bound }: Prepared,
  nonce: string | undefined,
  { outbound, parties, present, prove }: RequestTokenDeps,
): Promise<OutboundAnswer> {
  const url = metadata.token_endpoint
  const assertion = await present({ party, audience: metadata.issuer, credentials, validSeconds: 5 })
  const submission = createSubmission({ id: randomId(), definition, match, order: credentials })
  return outbound.request({
    method: 'POST',
    url,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(bound ? { dpop: await prove(party, { method: 'POST', url, nonce }) } : {}),
    },
    accept: 'application/json',
    body: new URLSearchParams({
      grant_type: vpTokenGrantType,
      client_id: parties.issuerUrl(party),
      assertion,
      presentation_submission: JSON.stringify(submission),
      scope,
    }).toString(),
    trace,
  })
}

async function matchWallet(
  definition: PresentationDefinition,
  { party, credentials = [], selection = {} }: RequestTokenOptions,
  { clock, verifier, wallet }: RequestTokenDeps,
): Promise<Match> {
  const own = credentials.map((draft) => verifier.parse(completeCredential(draft, party, clock.now())))
  try {
    return matchDefinition(definition, [...(await wallet.list(party)), ...own], { selection })
  } catch (cause) {
    if (!NodeError.is(cause) || cause.code !== 'presentation.unfulfilled') throw cause
    const barred = describeBarred(definition, await wallet.examine(party))
    throw new NodeError('token.no_matching_credential', { cause, notes: [...cause.notes, ...new Set(barred)] })
  }
}

/** Without the notes of a failure: they hold the other node's words. */
async function record(
  audit: Audit,
  { party, authorizationServer, scope, trace }: RequestTokenOptions,
  cause: unknown,
): Promise<void> {
  await audit.record({
    code: 'token.requested',
    action: 'execute',
    ...(cause === undefined ? { outcome: 'success' } : outcomeOf(cause)),
    party: party.subject,
    object: { scope: toJournalText(scope), peer: toJournalText(authorizationServer) },
    trace,
  })
}

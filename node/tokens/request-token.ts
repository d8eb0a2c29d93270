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
import { checkSelection, matchDefinition, type Match, type Selection } from '../credentials/exchange/match.js'
import { createSubmission } from '../credentials/exchange/submission.js'
import type { CredentialVerifier } from '../credentials/verify-credential.js'
import type { Wallet } from '../credentials/wallet.js'
import { tokenAnswerSchema, type AuthorizationServerMetadata } from '../../schemas/wire/oauth.js'
import { outcomeOf, toJournalText } from './account.js'
import { chooseForm, fitsForm, type PresentationForm } from './choose-form.js'
import { carryOver, jwtBearerClientAssertionType, jwtBearerGrantType } from './grant-jwt-bearer.js'
import { vpTokenGrantType } from './grant-vp-token.js'
import { parsePeerJson, peerErrorOf, refusedByPeer, unsupported, type PeerReader } from './peer.js'
import type { PresentInForm } from './present-in-form.js'
import type { Prove } from './prove.js'
import { completeCredential, type CredentialDraft } from './self-attested.js'

export interface RequestTokenOptions {
  readonly party: Party
  /** The party that asks for it, where that is another of this node: both show what the other node asks of them. */
  readonly serviceProvider?: Party | undefined
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
  readonly present: PresentInForm
  readonly prove: Prove
  readonly peer: PeerReader
}

/**
 * Gets an access token from another node for a party of this one: metadata, presentation definition, presentation,
 * token. The attempt is in the audit journal before this returns.
 *
 * @throws `token.no_matching_credential` with a note per descriptor, `token.peer_refused` with the other node's own
 *   words, `token.peer_unsupported`, `presentation.definition_unsupported`, `outbound.*`, `audit.unavailable`
 * @see Nuts RFC021 section 3; RFC 7523 for a party with a service provider
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
  readonly answer: PreparedAnswer
  /** Of the service provider, when there is one. */
  readonly second: PreparedAnswer | undefined
  readonly bound: boolean
}

/** What a party will show for a definition. */
interface PreparedAnswer {
  readonly party: Party
  readonly definition: PresentationDefinition
  readonly match: Match
  readonly credentials: readonly Credential[]
  readonly form: PresentationForm
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
  const prepared: Prepared = { metadata, bound, ...(await prepareAnswers(options, metadata, peer, deps)) }
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

/** What both parties show, or the one; values of fields that both definitions have by one id are the same. */
async function prepareAnswers(
  options: RequestTokenOptions,
  metadata: AuthorizationServerMetadata,
  peer: PeerReader,
  deps: RequestTokenDeps,
): Promise<Pick<Prepared, 'answer' | 'second'>> {
  const { party, serviceProvider, scope, selection = {}, credentials: drafts = [], trace } = options
  const definition = await peer.definition(metadata, scope, trace)
  const asked: Asked = { party, definition, form: chooseForm(metadata, definition), selection, drafts }
  if (serviceProvider === undefined) {
    checkSelection([definition], selection)
    return { answer: await matchWallet(asked, deps), second: undefined }
  }
  if (!metadata.grant_types_supported.includes(jwtBearerGrantType))
    throw unsupported('the other node grants no tokens to service providers')
  const secondDefinition = await peer.definition(metadata, scope, trace, 'service_provider')
  checkSelection([definition, secondDefinition], selection)
  const answer = await matchWallet(asked, deps)
  const second: Asked = {
    party: serviceProvider,
    definition: secondDefinition,
    form: chooseForm(metadata, secondDefinition),
    selection: { ...selection, ...carryOver(answer.match.values, secondDefinition) },
    drafts: [],
  }
  return { answer, second: await matchWallet(second, deps) }
}

/** One attempt: a presentation and a proof count once, so each attempt has its own. */
async function send(
  { party, scope, trace }: RequestTokenOptions,
  prepared: Prepared,
  nonce: string | undefined,
  deps: RequestTokenDeps,
): Promise<OutboundAnswer> {
  const { metadata, bound } = prepared
  const url = metadata.token_endpoint
  const parameters = await presentAnswers(prepared, deps)
  return deps.outbound.request({
    method: 'POST',
    url,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(bound ? { dpop: await deps.prove(party, { method: 'POST', url, nonce }) } : {}),
    },
    accept: 'application/json',
    body: new URLSearchParams({ ...parameters, scope }).toString(),
    trace,
  })
}

/** The parameters of the grant, each presentation made now. */
async function presentAnswers(
  { metadata, answer, second }: Prepared,
  { parties, present }: RequestTokenDeps,
): Promise<Readonly<Record<string, string>>> {
  const show = ({ form, party, credentials }: PreparedAnswer): Promise<string> =>
    present({ form, party, credentials, audience: metadata.issuer })
  const assertion = await show(answer)
  if (second !== undefined) {
    return {
      grant_type: jwtBearerGrantType,
      assertion,
      client_assertion_type: jwtBearerClientAssertionType,
      client_assertion: await show(second),
    }
  }
  const submission = createSubmission({ id: randomId(), ...answer, order: answer.credentials })
  return {
    grant_type: vpTokenGrantType,
    client_id: parties.issuerUrl(answer.party),
    assertion,
    presentation_submission: JSON.stringify(submission),
  }
}

/** What one party is asked to show. */
interface Asked {
  readonly party: Party
  readonly definition: PresentationDefinition
  readonly form: PresentationForm
  readonly selection: Selection
  /** What it says about itself beside its wallet. */
  readonly drafts: readonly CredentialDraft[]
}

/** Of the selection only the fields of this definition count: the others are those of the other one. */
async function matchWallet(
  { party, definition, form, selection: given, drafts }: Asked,
  { clock, verifier, wallet }: RequestTokenDeps,
): Promise<PreparedAnswer> {
  const own = drafts.map((draft) => verifier.parse(completeCredential(draft, party, clock.now())))
  const known = new Set(definition.descriptors.flatMap(({ fields }) => fields.map(({ id }) => id)))
  const selection = Object.fromEntries(Object.entries(given).filter(([id]) => known.has(id)))
  try {
    const held = (await wallet.list(party)).filter((credential) => fitsForm(credential, form))
    const match = matchDefinition(definition, [...held, ...own], { selection })
    const credentials = [...new Set(match.byDescriptor.map(({ credential }) => credential))]
    return { party, definition, form, match, credentials }
  } catch (cause) {
    if (!NodeError.is(cause) || cause.code !== 'presentation.unfulfilled') throw cause
    const barred = describeBarred(definition, await wallet.examine(party))
    throw new NodeError('token.no_matching_credential', { cause, notes: [...cause.notes, ...new Set(barred)] })
  }
}

/** Without the notes of a failure: they hold the other node's words. */
async function record(
  audit: Audit,
  { party, serviceProvider, authorizationServer, scope, trace }: RequestTokenOptions,
  cause: unknown,
): Promise<void> {
  await audit.record({
    code: 'token.requested',
    action: 'execute',
    ...(cause === undefined ? { outcome: 'success' } : outcomeOf(cause)),
    party: party.subject,
    ...(serviceProvider === undefined ? {} : { actor: { did: serviceProvider.did }, onBehalfOf: { did: party.did } }),
    object: { scope: toJournalText(scope), peer: toJournalText(authorizationServer) },
    trace,
  })
}

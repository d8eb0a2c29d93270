import { LRUCache } from 'lru-cache'
import type { Audit } from '../audit/audit.js'
import type { Clock, Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { redactNumbers } from '../kernel/identifiers.js'
import { decodeUtf8, parseGuardedJson } from '../kernel/json-guard.js'
import type { Outbound } from '../kernel/outbound.js'
import { randomId } from '../kernel/random.js'
import type { Trace } from '../kernel/trace.js'
import type { Parties } from '../identity/parties.js'
import type { Party } from '../identity/party.js'
import { compileDefinition, type PresentationDefinition } from '../credentials/exchange/definition.js'
import { matchDefinition, type Match } from '../credentials/exchange/match.js'
import { createSubmission } from '../credentials/exchange/submission.js'
import type { Present } from '../credentials/present.js'
import type { Wallet } from '../credentials/wallet.js'
import {
  authorizationServerMetadataSchema,
  oauthErrorSchema,
  tokenAnswerSchema,
  type AuthorizationServerMetadata,
} from '../../schemas/wire/oauth.js'
import { outcomeOf, toJournalText } from './account.js'
import { vpTokenGrantType } from './grant-vp-token.js'
import { wellKnownPath } from './metadata.js'

const keepMilliseconds = 5 * 60_000
const maxNoteLength = 1000

export interface RequestTokenOptions {
  readonly party: Party
  /** The issuer URL of the other party's authorization server, exactly as it was announced. */
  readonly authorizationServer: string
  readonly scope: string
  readonly trace: Trace
}

/** A token of another node. */
export interface ObtainedToken {
  readonly accessToken: string
  readonly tokenType: string
  readonly expiresInSeconds: number
  readonly scope: string
}

export interface RequestTokenDeps {
  readonly audit: Audit
  readonly clock: Clock
  readonly outbound: Outbound
  readonly parties: Parties
  readonly wallet: Wallet
  readonly present: Present
}

/**
 * Gets an access token from another node for a party of this one: metadata, presentation definition, presentation,
 * token. Metadata and definitions are kept for five minutes. The attempt is in the audit journal before this returns.
 *
 * @throws `token.no_matching_credential` with a note per descriptor, `token.peer_refused` with the other node's own
 *   words, `token.peer_unsupported`, `presentation.definition_unsupported`, `outbound.*`, `audit.unavailable`
 * @see Nuts RFC021 section 3
 */
export function createRequestToken(deps: RequestTokenDeps): (options: RequestTokenOptions) => Promise<ObtainedToken> {
  const peer = createPeerReader(deps)
  return async (options) => {
    try {
      const obtained = await requestToken(options, peer, deps)
      await record(deps.audit, options, undefined)
      return obtained
    } catch (cause) {
      await record(deps.audit, options, cause)
      throw cause
    }
  }
}

async function requestToken(
  { party, authorizationServer, scope, trace }: RequestTokenOptions,
  peer: PeerReader,
  { outbound, parties, wallet, present }: RequestTokenDeps,
): Promise<ObtainedToken> {
  const metadata = await peer.metadata(authorizationServer, trace)
  const definition = await peer.definition(metadata, scope, trace)
  const match = await matchWallet(definition, wallet, party)
  const credentials = [...new Set(match.byDescriptor.map(({ credential }) => credential))]
  const assertion = await present({ party, audience: metadata.issuer, credentials, validSeconds: 5 })
  const submission = createSubmission({ id: randomId(), definition, match, order: credentials })
  const response = await outbound.request({
    method: 'POST',
    url: metadata.token_endpoint,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
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
  const body = parseAnswer(response.body)
  const answer = tokenAnswerSchema.safeParse(body)
  if (response.status !== 200 || !answer.success) throw refusedByPeer(body, response.status)
  return {
    accessToken: answer.data.access_token,
    tokenType: answer.data.token_type,
    expiresInSeconds: answer.data.expires_in,
    scope: answer.data.scope ?? scope,
  }
}

async function matchWallet(definition: PresentationDefinition, wallet: Wallet, party: Party): Promise<Match> {
  try {
    return matchDefinition(definition, await wallet.list(party))
  } catch (cause) {
    if (!NodeError.is(cause) || cause.code !== 'presentation.unfulfilled') throw cause
    throw new NodeError('token.no_matching_credential', { cause, notes: cause.notes })
  }
}

interface PeerReader {
  metadata(authorizationServer: string, trace: Trace): Promise<AuthorizationServerMetadata>
  definition(metadata: AuthorizationServerMetadata, scope: string, trace: Trace): Promise<PresentationDefinition>
}

function createPeerReader({ clock, outbound }: RequestTokenDeps): PeerReader {
  const metadataCache = new LRUCache<string, { readonly until: Instant; readonly value: AuthorizationServerMetadata }>({
    max: 2000,
  })
  const definitionCache = new LRUCache<string, { readonly until: Instant; readonly value: PresentationDefinition }>({
    max: 2000,
  })

  async function getJson(url: string, trace: Trace): Promise<{ readonly status: number; readonly body: unknown }> {
    const response = await outbound.request({ method: 'GET', url, accept: 'application/json', trace })
    return { status: response.status, body: parseAnswer(response.body) }
  }

  return {
    async metadata(authorizationServer, trace) {
      const cached = metadataCache.get(authorizationServer)
      if (cached !== undefined && cached.until > clock.now()) return cached.value
      for (const url of metadataUrls(authorizationServer)) {
        const { status, body } = await getJson(url, trace)
        const parsed = status === 200 ? authorizationServerMetadataSchema.safeParse(body) : undefined
        if (parsed?.success === true && parsed.data.issuer === authorizationServer) {
          checkPeer(parsed.data)
          metadataCache.set(authorizationServer, { until: clock.now() + keepMilliseconds, value: parsed.data })
          return parsed.data
        }
      }
      throw new NodeError('token.peer_unsupported', {
        notes: ['there is no authorization server metadata with this issuer'],
      })
    },
    async definition(metadata, scope, trace) {
      const key = JSON.stringify([metadata.issuer, scope])
      const cached = definitionCache.get(key)
      if (cached !== undefined && cached.until > clock.now()) return cached.value
      const url = new URL(metadata.presentation_definition_endpoint)
      url.searchParams.set('scope', scope)
      const { status, body } = await getJson(url.href, trace)
      if (status !== 200) throw refusedByPeer(body, status)
      const value = compileDefinition(body)
      checkFormat(value)
      definitionCache.set(key, { until: clock.now() + keepMilliseconds, value })
      return value
    },
  }
}

/** Inserted before the path, then appended after it; a final slash of the path goes. @see RFC 8414 sections 3.1 and 5 */
function metadataUrls(authorizationServer: string): readonly string[] {
  if (!URL.canParse(authorizationServer))
    throw new NodeError('token.peer_unsupported', { notes: ['the authorization server is not named by a URL'] })
  const url = new URL(authorizationServer)
  const path = url.pathname.replace(/\/+$/, '')
  return [`${url.origin}${wellKnownPath}${path}`, `${url.origin}${path}${wellKnownPath}`]
}

function checkPeer(metadata: AuthorizationServerMetadata): void {
  const formats = metadata.vp_formats_supported
  const format = formats['jwt_vp_json'] ?? formats['jwt_vp']
  const accepted = format !== undefined && acceptsAlgorithm(format.alg_values_supported)
  if (!metadata.did_methods_supported.includes('web') || !accepted) {
    throw new NodeError('token.peer_unsupported', {
      notes: ['the other node does not accept JWT presentations signed by a did:web key with ES256'],
    })
  }
}

/** Refuses a definition that names formats of presentations and not ours, before anything is shown to the other node. */
function checkFormat({ data }: PresentationDefinition): void {
  const format = data.format?.['jwt_vp'] ?? data.format?.['jwt_vp_json']
  const accepted = format === undefined ? data.format?.['ldp_vp'] === undefined : acceptsAlgorithm(format.alg)
  if (!accepted) {
    throw new NodeError('token.peer_unsupported', {
      notes: ['the definition of the other node does not accept JWT presentations signed with ES256'],
    })
  }
}

function acceptsAlgorithm(algorithms: readonly string[] | undefined): boolean {
  return algorithms === undefined || algorithms.includes('ES256')
}

function parseAnswer(body: Buffer): unknown {
  try {
    return parseGuardedJson(decodeUtf8(body))
  } catch {
    // Not JSON: the status says what there is to say.
    return undefined
  }
}

/** The other node's code and description are shown to our own application, without anything that looks like a number. */
function refusedByPeer(body: unknown, status: number): NodeError {
  const parsed = oauthErrorSchema.safeParse(body)
  const notes = parsed.success
    ? [
        `the other node answered ${parsed.data.error}`,
        ...(parsed.data.error_description === undefined ? [] : [parsed.data.error_description]),
      ]
    : [`the other node answered with status ${String(status)}`]
  return new NodeError('token.peer_refused', {
    notes: notes.map((note) => redactNumbers(note).slice(0, maxNoteLength)),
  })
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

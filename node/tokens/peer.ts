import { LRUCache } from 'lru-cache'
import type { Clock, Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { redactNumbers } from '../kernel/identifiers.js'
import { decodeUtf8, parseGuardedJson } from '../kernel/json-guard.js'
import type { Outbound } from '../kernel/outbound.js'
import type { Trace } from '../kernel/trace.js'
import { compileDefinition, type PresentationDefinition } from '../credentials/exchange/definition.js'
import {
  authorizationServerMetadataSchema,
  oauthErrorSchema,
  type AuthorizationServerMetadata,
} from '../../schemas/wire/oauth.js'
import type { WalletOwner } from '../../schemas/pack.js'
import { formsOfServer } from './choose-form.js'
import { wellKnownPath } from './metadata.js'

const keepMilliseconds = 5 * 60_000
const maxKept = 2000
const maxNoteLength = 1000

/** What other authorization servers say of themselves. */
export interface PeerReader {
  /** @throws `token.peer_unsupported` when there is none with this issuer, `outbound.*` */
  metadata(authorizationServer: string, trace: Trace): Promise<AuthorizationServerMetadata>
  /**
   * What the server asks for a scope, of the organization or of its service provider.
   * @throws `token.peer_refused`, `presentation.definition_unsupported`, `outbound.*`
   */
  definition(
    metadata: AuthorizationServerMetadata,
    scope: string,
    trace: Trace,
    owner?: WalletOwner,
  ): Promise<PresentationDefinition>
}

/** Keeps what it read for five minutes by the clock; of many calls for the same at one moment one goes out. */
export function createPeerReader(deps: { readonly clock: Clock; readonly outbound: Outbound }): PeerReader {
  const { clock, outbound } = deps
  const keptMetadata = createKept<AuthorizationServerMetadata>(clock)
  const keptDefinitions = createKept<PresentationDefinition>(clock)

  async function getJson(url: string, trace: Trace): Promise<{ readonly status: number; readonly body: unknown }> {
    const response = await outbound.request({ method: 'GET', url, accept: 'application/json', trace })
    return { status: response.status, body: parsePeerJson(response.body) }
  }

  return {
    metadata: (authorizationServer, trace) =>
      keptMetadata(authorizationServer, async () => {
        for (const url of metadataUrls(authorizationServer)) {
          const { status, body } = await getJson(url, trace)
          const parsed = status === 200 ? authorizationServerMetadataSchema.safeParse(body) : undefined
          if (parsed?.success === true && parsed.data.issuer === authorizationServer) {
            checkPeer(parsed.data)
            return parsed.data
          }
        }
        throw unsupported('there is no authorization server metadata with this issuer')
      }),
    definition: (metadata, scope, trace, owner = 'organization') =>
      keptDefinitions(JSON.stringify([metadata.issuer, scope, owner]), async () => {
        const url = new URL(metadata.presentation_definition_endpoint)
        url.searchParams.set('scope', scope)
        // Every server takes an organization to be meant.
        if (owner !== 'organization') url.searchParams.set('wallet_owner_type', owner)
        const { status, body } = await getJson(url.href, trace)
        if (status !== 200) throw refusedByPeer(body, status)
        return compileDefinition(body)
      }),
  }
}

/** A bounded memory of what `read` gave; failures are not kept. */
function createKept<T extends object>(clock: Clock): (key: string, read: () => Promise<T>) => Promise<T> {
  const cache = new LRUCache<string, { readonly until: Instant; readonly value: T }>({ max: maxKept })
  const underway = new Map<string, Promise<T>>()
  return (key, read) => {
    const cached = cache.get(key)
    if (cached !== undefined && cached.until > clock.now()) return Promise.resolve(cached.value)
    const running = underway.get(key)
    if (running !== undefined) return running
    const started = read()
      .then((value) => {
        cache.set(key, { until: clock.now() + keepMilliseconds, value })
        return value
      })
      .finally(() => underway.delete(key))
    underway.set(key, started)
    return started
  }
}

/** Where the metadata of a server are: inserted before the path, then appended after it. @see RFC 8414 sections 3.1 and 5 */
export function metadataUrls(authorizationServer: string): readonly string[] {
  if (!URL.canParse(authorizationServer)) throw unsupported('the authorization server is not named by a URL')
  const url = new URL(authorizationServer)
  const path = url.pathname.replace(/\/+$/, '')
  return [`${url.origin}${wellKnownPath}${path}`, `${url.origin}${path}${wellKnownPath}`]
}

function checkPeer(metadata: AuthorizationServerMetadata): void {
  if (!metadata.did_methods_supported.includes('web'))
    throw unsupported('the other node does not accept presentations signed by a did:web key')
  if (formsOfServer(metadata).length === 0)
    throw unsupported('the other node accepts neither JWT presentations with ES256 nor linked data as we sign it')
}

/** The JSON of another node's answer; `undefined` for anything else: its status says what there is to say. */
export function parsePeerJson(body: Buffer): unknown {
  try {
    return parseGuardedJson(decodeUtf8(body))
  } catch {
    // Not JSON, or more than we read.
    return undefined
  }
}

/** The OAuth code of another node's refusal. */
export function peerErrorOf(body: unknown): string | undefined {
  return oauthErrorSchema.safeParse(body).data?.error
}

/** The other node's code and description are shown to our own application, without anything that looks like a number. */
export function refusedByPeer(body: unknown, status: number): NodeError {
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

export function unsupported(note: string): NodeError {
  return new NodeError('token.peer_unsupported', { notes: [note] })
}

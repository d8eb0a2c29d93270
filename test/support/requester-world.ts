import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { didDocumentOf, type Party } from '../../node/identity/party.js'
import type { MovableClock } from '../../node/kernel/clock.js'
import { createFixedClock } from '../../node/kernel/clock.js'
import { NodeError } from '../../node/kernel/errors.js'
import { authorizationServerMetadata } from '../../node/tokens/metadata.js'
import { createPresentInForm } from '../../node/tokens/present-in-form.js'
import { createProve } from '../../node/tokens/prove.js'
import { createPeerReader } from '../../node/tokens/peer.js'
import { createRequestToken, type ObtainedToken, type RequestTokenOptions } from '../../node/tokens/request-token.js'
import { createDumpableStore, createNodeParts, moment, type NodeParts } from './node-parts.js'
import { createOutboundWorld, type TestServer } from './outbound-world.js'
import { createTokenWorld, scope as usualScope, type TokenWorld, type TokenWorldOptions } from './token-world.js'

/** What a server that follows a script answers: JSON of a value, or a text as it is. */
export interface Scripted {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly text?: string
}

/** Two nodes: one that asks for tokens, and one that grants them over HTTP on loopback. */
export interface RequesterWorld {
  readonly clock: MovableClock
  readonly requester: NodeParts
  readonly party: Party
  readonly peer: TokenWorld
  readonly server: TestServer
  /** The issuer URL of the other node. */
  readonly authorizationServer: string
  /** Answers by method and path, such as `GET /oauth2/ciz/presentation_definition`, instead of the other node's own. */
  readonly script: Map<string, Scripted>
  /** Another server on loopback, with its port. */
  serve(listener: RequestListener): Promise<TestServer>
  requestToken(changes?: Partial<RequestTokenOptions>): Promise<ObtainedToken>
  /** Method and path of what reached the other node. */
  seen(): readonly string[]
  /** What the requester's node stores, as text. */
  dump(): Promise<string>
  close(): Promise<void>
}

const trace = { traceId: '0123456789abcdef0123456789abcdef', spanId: '0123456789abcdef' }
export const metadataPath = 'GET /.well-known/oauth-authorization-server/oauth2/ciz'
export const definitionPath = 'GET /oauth2/ciz/presentation_definition'
export const tokenPath = 'POST /oauth2/ciz/token'

/** The wallet of the requester holds its membership; the options are those of the other node. */
export async function createRequesterWorld(
  options: Pick<TokenWorldOptions, 'changePack' | 'trustedTypes'> = {},
): Promise<RequesterWorld> {
  const clock = createFixedClock(moment)
  const network = createOutboundWorld()
  const script = new Map<string, Scripted>()
  let listener: RequestListener = (_request, response) => response.writeHead(503).end()
  const server = await network.serve((request, response) => listener(request, response))

  const issuers: string[] = []
  const { store, dump } = createDumpableStore(clock)
  const trust = { LedenadministratieCredential: issuers, NutsOrganizationCredential: issuers }
  const requester = createNodeParts({ clock, store, url: 'https://lid.example.nl', trust })
  const party = await requester.parties.create({ subject: 'lid' })
  const peer = await createTokenWorld({
    ...options,
    clock,
    url: `http://localhost:${String(server.port)}`,
    async others(did) {
      const found = (await requester.parties.list()).find((candidate) => candidate.did === did)
      return found === undefined ? undefined : didDocumentOf(found)
    },
  })
  issuers.push(peer.stelselbeheerder.did)
  await requester.wallet.add(party, peer.membership({ of: party.did }))
  listener = (request, response) => void answer(request, response, peer, script)

  const outbound = network.createOutbound()
  const requestToken = createRequestToken({
    ...requester,
    present: createPresentInForm(requester),
    prove: createProve(requester),
    peer: createPeerReader({ clock, outbound }),
    outbound,
  })
  return {
    clock,
    requester,
    party,
    peer,
    server,
    authorizationServer: peer.audience,
    script,
    serve: (other) => network.serve(other),
    requestToken: (changes = {}) =>
      requestToken({ party, authorizationServer: peer.audience, scope: usualScope, trace, ...changes }),
    seen: () => server.requests.map(({ method, path }) => `${method} ${path.split('?')[0] ?? ''}`),
    dump,
    close: () => network.close(),
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  peer: TokenWorld,
  script: ReadonlyMap<string, Scripted>,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '', peer.audience)
  const called = `${request.method ?? ''} ${pathname}`
  const body = Buffer.concat(await request.toArray()).toString()
  const {
    status = 200,
    headers,
    json,
    text,
  } = script.get(called) ?? (await own(called, request.headers['dpop'], searchParams, body, peer))
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(text ?? JSON.stringify(json))
}

/** What the other node itself answers. */
async function own(
  called: string,
  proof: string | string[] | undefined,
  query: URLSearchParams,
  body: string,
  peer: TokenWorld,
): Promise<Scripted> {
  const parameters = Object.fromEntries(new URLSearchParams(body))
  try {
    switch (called) {
      case metadataPath:
        return {
          json: authorizationServerMetadata(peer.audience, ['web', 'jwk'], {
            serviceProviders: peer.profiles.askServiceProvider,
          }),
        }
      case definitionPath:
        return {
          json: peer.profiles.get(query.get('scope') ?? '').definitions[
            query.get('wallet_owner_type') === 'service_provider' ? 'service_provider' : 'organization'
          ]?.data,
        }
      case tokenPath:
        return { json: await peer.grant({ subject: 'ciz', parameters, proof: proof?.toString(), trace }) }
      default:
        return { status: 404, text: 'nothing here' }
    }
  } catch (error) {
    return { status: 400, json: { error: 'invalid_request', error_description: NodeError.codeOf(error) } }
  }
}

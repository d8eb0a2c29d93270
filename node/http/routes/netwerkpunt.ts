import type { Membership } from '../../notifications/memberships.js'
import type { Receive } from '../../notifications/receive.js'
import { fromCloudEvents, type EncodedEvent } from '../../notifications/cloud-events.js'
import type { Netwerkpunt, NetwerkpuntCall } from '../../notifications/netwerkpunt.js'
import { NodeError } from '../../kernel/errors.js'
import type { Parties } from '../../identity/parties.js'
import type { Authenticate } from '../../tokens/authenticate.js'
import type { Dpop } from '../../tokens/dpop.js'
import type { TokenGrant } from '../../tokens/token-store.js'
import type { SourceFace } from '../../../schemas/source-face.js'
import { graphqlAnswerSchema, graphqlRequestSchema } from '../../../schemas/wire/graphql.js'
import { cloudEventsBodySchema, receiptSchema } from '../../../schemas/wire/cloud-events.js'
import { messageScopes, netwerkpuntDescriptionSchema, scopesFor } from '../../../schemas/wire/notification.js'
import { parseJsonBody } from '../door.js'
import { parseBody } from '../parse.js'
import { sourceRefusal } from '../errors/source.js'
import { jsonAnswer, type HttpAnswer, type HttpRequest, type RefusedRequest, type Route } from '../exchange.js'
import { mediaTypeFor, requireAcceptable } from '../graphql-media-type.js'

const maxMessageBytes = 64 * 1024

const netwerkpuntParams = { party: 'The subject that receives.' }
const cloudEventTypes = ['application/cloudevents+json', 'application/cloudevents-batch+json']
const answerTypes = ['application/json', 'application/graphql-response+json']

export interface NetwerkpuntRoutesDeps {
  readonly parties: Parties
  readonly authenticate: Authenticate
  readonly dpop: Dpop
  readonly netwerkpunt: Netwerkpunt
  /** How the netwerkpunt of a party answers; `undefined` for a party that has none. */
  readonly faceOf: (party: string) => SourceFace | undefined
  readonly findMemberships: (party: string) => Promise<readonly Membership[]>
  readonly receive: Receive
  readonly findEventType: (name: string) => EncodedEvent | undefined
  /** The scopes that a party grants for its netwerkpunt. */
  readonly scopesOf: (party: string) => readonly string[]
}

/** The path of the netwerkpunt of a party, below the public URL of the node. */
export function netwerkpuntPath(party: string): string {
  return `/netwerkpunt/${party}/graphql`
}

/** Where the same is delivered as CloudEvents. */
export function cloudEventsPath(party: string): string {
  return `/netwerkpunt/${party}/cloudevents`
}

/**
 * Where others deliver notificaties and meldingen for a party: GraphQL over HTTP, by POST. How it refuses and which media
 * types it takes is a setting of the party, as at a source.
 * @see iWlz RFC0008; RFC0040; iWlz netwerkpunt 1.1
 */
export function netwerkpuntRoutes(deps: NetwerkpuntRoutesDeps): readonly Route[] {
  const pattern = netwerkpuntPath(':party')
  const faceOf = ({ params }: Pick<HttpRequest, 'params'>): SourceFace => {
    const face = deps.faceOf(params['party'] ?? '')
    if (face === undefined) throw new NodeError('request.not_found')
    return face
  }
  const answerError = (error: unknown, refused: RefusedRequest): HttpAnswer => {
    const face = deps.faceOf(refused.params['party'] ?? '')
    return sourceRefusal(
      error,
      { ...refused, isQuery: refused.method === 'POST' },
      face && { face, findMessages: () => [] },
    )
  }
  return [
    {
      method: 'POST',
      pattern,
      family: 'graphql',
      hot: true,
      throttled: [401],
      errorHeaders: () => deps.dpop.nonceHeaders(),
      body: { maxBytes: maxMessageBytes, mediaTypes: ['application/json'] },
      answerError,
      doc: {
        summary: 'Deliver a message to a party',
        about:
          'GraphQL over HTTP with an access token for the role of the party. Delivered is what was answered with 200 and without ' +
          '`errors`; the same message can be sent again and keeps its number. On 429 go on when `Retry-After` says so.',
        params: netwerkpuntParams,
        body: graphqlRequestSchema,
        answers: {
          200: { mediaType: answerTypes, about: 'What was stored.', schema: graphqlAnswerSchema },
          401: { mediaType: 'text/plain', about: 'Of parties that refuse as the present iWlz gateway does.' },
        },
        refusals: [401, 403, 404, 406, 409, 429],
      },
      async handle(request) {
        const face = faceOf(request)
        const grant = await authenticate(request, netwerkpuntPath(request.params['party'] ?? ''), deps)
        requireAcceptable(request.header('accept'), face)
        const parsed = deps.netwerkpunt.parse(parseJsonBody(request.body))
        const call: NetwerkpuntCall = { party: request.params['party'] ?? '', grant, trace: request.trace }
        await requireScope(parsed.field.scopes, call, deps)
        return {
          status: 200,
          headers: {
            'content-type': `${mediaTypeFor(request.header('accept'), face.graphql.http)}; charset=utf-8`,
            'cache-control': 'no-store',
            ...deps.dpop.nonceHeaders(),
          },
          body: `{"data":${await parsed.run(call)},"extensions":${JSON.stringify({ traceId: request.trace.traceId })}}`,
        }
      },
    },
    {
      method: 'POST',
      pattern: cloudEventsPath(':party'),
      family: 'problem',
      throttled: [401],
      errorHeaders: () => deps.dpop.nonceHeaders(),
      body: { maxBytes: maxMessageBytes, mediaTypes: cloudEventTypes },
      doc: {
        summary: 'Deliver a message to a party as CloudEvents',
        about:
          'One event, or all events of one message as a batch, under the same token as by GraphQL. The id counts: another ' +
          'content under the same id is refused.',
        params: netwerkpuntParams,
        body: cloudEventsBodySchema,
        answers: { 200: receiptSchema },
        refusals: [401, 403, 404, 409, 429],
      },
      async handle(request) {
        faceOf(request)
        const party = request.params['party'] ?? ''
        const grant = await authenticate(request, cloudEventsPath(party), deps)
        const body = parseBody(cloudEventsBodySchema, request.body)
        const isBatch = request.header('content-type')?.includes('batch') === true
        if (isBatch !== Array.isArray(body))
          throw new NodeError('request.bad_body', { notes: ['body: one event, or with the type of a batch a list'] })
        const {
          kind,
          notificatieID: id,
          message,
        } = fromCloudEvents(Array.isArray(body) ? body : [body], deps.findEventType)
        await requireScope([messageScopes[kind]], { party, grant, trace: request.trace }, deps)
        const { trace } = request
        const received = await deps.receive({
          party,
          kind,
          input: message,
          from: grant,
          trace,
          encoding: 'cloudevents',
          id,
        })
        const { notificatieID, receivedAt } = received
        return jsonAnswer(200, { notificatieID, receivedAt }, deps.dpop.nonceHeaders())
      },
    },
    {
      method: 'GET',
      pattern,
      family: 'problem',
      doc: {
        summary: 'Say how to deliver to a party',
        params: netwerkpuntParams,
        answers: { 200: netwerkpuntDescriptionSchema },
        refusals: [404],
      },
      handle(request) {
        faceOf(request)
        const subject = request.params['party'] ?? ''
        const answer = {
          function: 'netwerkpunt',
          protocol: 'GraphQL over HTTP, POST with application/json',
          cloudEvents: `${request.baseUrls[0] ?? ''}${cloudEventsPath(subject)}`,
          authorizationServer: deps.parties.issuerUrl({ subject }, request.baseUrls[0]),
          scopes: deps.scopesOf(subject),
          schema: deps.netwerkpunt.sdl,
        }
        return Promise.resolve(jsonAnswer(200, answer))
      },
    },
  ]
}

/** The grant of the token that came with a request for the netwerkpunt of a party. */
async function authenticate(
  { method, params, header, baseUrls }: HttpRequest,
  path: string,
  deps: Pick<NetwerkpuntRoutesDeps, 'authenticate'>,
): Promise<TokenGrant> {
  const party = params['party'] ?? ''
  const [url = '', ...otherUrls] = baseUrls.map((baseUrl) => `${baseUrl}${path}`)
  const [authorization, proof] = [header('authorization'), header('dpop')]
  return deps.authenticate({ party, authorization, proof, method, url, otherUrls })
}

/**
 * The scope must name the role that the party has: which kind of organisation a message is for follows from the membership
 * of the receiver, and not from the kind of number by which it is addressed.
 * @throws `token.insufficient_scope`, `notification.not_ready` while the party has no membership
 */
async function requireScope(
  scopes: readonly string[],
  { party, grant }: NetwerkpuntCall,
  { findMemberships }: Pick<NetwerkpuntRoutesDeps, 'findMemberships'>,
): Promise<void> {
  const roles = new Set((await findMemberships(party)).map(({ role }) => role))
  if (roles.size === 0) throw new NodeError('notification.not_ready')
  const wanted = scopes.flatMap((scope) => [...roles].flatMap((role) => scopesFor(scope, role)))
  if (grant.record.scope.split(' ').some((scope) => wanted.includes(scope))) return
  throw new NodeError('token.insufficient_scope', { notes: [`ask for one of: ${wanted.join(' ')}`] })
}

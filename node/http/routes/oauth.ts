import type { Parties } from '../../identity/parties.js'
import { NodeError } from '../../kernel/errors.js'
import type { Profiles } from '../../policy/profiles.js'
import type { Dpop } from '../../tokens/dpop.js'
import type { Revoke } from '../../tokens/revoke.js'
import type { TokenRequest } from '../../tokens/grant-token.js'
import type { TokenAnswer } from '../../tokens/issue-token.js'
import { entityStatementPath, entityStatementType, type StateEntity } from '../../tokens/entity-statement.js'
import { authorizationServerMetadata, clientMetadata, wellKnownPath } from '../../tokens/metadata.js'
import {
  clientMetadataSchema,
  definitionAnswerSchema,
  definitionQuerySchema,
  grantedTokenSchema,
  revocationFormSchema,
  serverMetadataAnswerSchema,
  tokenFormSchema,
} from '../../../schemas/wire/authorization-server.js'
import { parseFormBody } from '../door.js'
import { emptyAnswer, jsonAnswer, type HttpRequest, type Route } from '../exchange.js'

const maxTokenRequestBytes = 256 * 1024
const maxRevocationBytes = 16 * 1024

export interface OAuthRoutesDeps {
  readonly parties: Parties
  readonly didMethods: readonly string[]
  readonly profilesOf: (subject: string) => Profiles
  readonly dpop: Dpop
  readonly revoke: Revoke
  readonly stateEntity: StateEntity
  readonly grantToken: (request: TokenRequest) => Promise<TokenAnswer>
}

const metadataDoc = {
  summary: 'The metadata of the authorization server of a party',
  answers: { 200: serverMetadataAnswerSchema },
} as const

/** The authorization server of each party. @see RFC 8414; Nuts RFC021; nuts-node v6 */
export function oauthRoutes({
  parties,
  didMethods,
  profilesOf,
  dpop,
  revoke,
  stateEntity,
  grantToken,
}: OAuthRoutesDeps): readonly Route[] {
  // The same answer for a subject that exists and one that does not: metadata is no oracle. Who asks for service providers
  // can be found anyway.
  const describe = (subject: string, baseUrl: string | undefined) => {
    const { askServiceProvider: serviceProviders } = profilesOf(subject)
    return authorizationServerMetadata(parties.issuerUrl({ subject }, baseUrl), didMethods, { serviceProviders })
  }
  const metadata = {
    method: 'GET',
    family: 'oauth',
    doc: metadataDoc,
    handle: ({ params, baseUrls }: HttpRequest) =>
      Promise.resolve(jsonAnswer(200, describe(params['subject'] ?? '', baseUrls[0]))),
  } as const
  return [
    { ...metadata, pattern: `${wellKnownPath}/oauth2/:subject` },
    { ...metadata, pattern: `/oauth2/:subject${wellKnownPath}` },
    {
      method: 'GET',
      pattern: `${entityStatementPath}/oauth2/:subject`,
      family: 'oauth',
      doc: {
        summary: 'What a party says about itself, signed',
        about: 'Its keys and the metadata of its authorization server, for an hour.',
        answers: { 200: { mediaType: `application/${entityStatementType}`, about: 'A compact JWT.' } },
        refusals: [404],
      },
      async handle({ params, baseUrls }) {
        const party = await parties.get(params['subject'] ?? '')
        const body = await stateEntity(party, describe(party.subject, baseUrls[0]))
        const headers = { 'content-type': `application/${entityStatementType}`, 'cache-control': 'no-store' }
        return { status: 200, headers, body }
      },
    },
    {
      method: 'GET',
      pattern: '/oauth2/:subject/oauth-client',
      family: 'oauth',
      doc: {
        summary: 'The metadata of a party as OAuth client',
        answers: { 200: clientMetadataSchema },
      },
      // As the metadata above: no oracle for who exists.
      handle: () => Promise.resolve(jsonAnswer(200, clientMetadata())),
    },
    {
      method: 'GET',
      pattern: '/oauth2/:subject/presentation_definition',
      family: 'oauth',
      doc: {
        summary: 'What must be shown for a scope',
        query: definitionQuerySchema,
        answers: { 200: definitionAnswerSchema },
      },
      async handle({ params, query }) {
        const { definitions } = profilesOf(params['subject'] ?? '').get(query['scope'] ?? '')
        const owner = query['wallet_owner_type'] ?? 'organization'
        const definition = owner === 'organization' || owner === 'service_provider' ? definitions[owner] : undefined
        if (definition === undefined)
          throw new NodeError('token.bad_request', { notes: ['wallet_owner_type: nothing is asked of such an owner'] })
        return jsonAnswer(200, definition.data)
      },
    },
    {
      method: 'POST',
      pattern: '/oauth2/:subject/token',
      family: 'oauth',
      hot: true,
      throttled: [400, 413, 415],
      errorHeaders: () => dpop.nonceHeaders(),
      body: { maxBytes: maxTokenRequestBytes, mediaTypes: ['application/x-www-form-urlencoded'] },
      doc: {
        summary: 'Get an access token for presentations',
        about: 'With a DPoP header the token is bound to the key of that proof.',
        body: tokenFormSchema,
        answers: { 200: grantedTokenSchema },
        refusals: [429],
      },
      async handle({ params, body, header, baseUrls, trace }) {
        const answer = await grantToken({
          subject: params['subject'] ?? '',
          baseUrls,
          parameters: parseFormBody(body),
          proof: header('dpop'),
          trace,
        })
        return jsonAnswer(200, answer, { pragma: 'no-cache', ...dpop.nonceHeaders() })
      },
    },
    {
      method: 'POST',
      pattern: '/oauth2/:subject/revoke',
      unconfirmed: 'goes-on',
      family: 'oauth',
      throttled: [400],
      body: { maxBytes: maxRevocationBytes, mediaTypes: ['application/x-www-form-urlencoded'] },
      doc: {
        summary: 'End an access token',
        body: revocationFormSchema,
        answers: { 200: 'It does not count now, if it ever did.' },
        refusals: [429],
      },
      // Who has the token and knows for whom it was asked may end it. The answer is the same for every other token too.
      async handle({ params, body, trace }) {
        const { token, client_id: clientId } = parseFormBody(body)
        if (token === undefined || clientId === undefined)
          throw new NodeError('token.bad_request', { notes: ['token and client_id are required'] })
        await revoke({ token, clientId, party: params['subject'] ?? '', trace })
        return emptyAnswer(200)
      },
    },
  ]
}

import type { Parties } from '../../identity/parties.js'
import { NodeError } from '../../kernel/errors.js'
import type { Introspection } from '../../tokens/introspect.js'
import type { ObtainedToken, RequestTokenOptions } from '../../tokens/request-token.js'
import { serviceTokenRequestSchema } from '../../../schemas/wire/oauth.js'
import { parseFormBody } from '../door.js'
import { jsonAnswer, type Route } from '../exchange.js'
import { parseBody } from '../parse.js'

export interface TokenRoutesDeps {
  readonly parties: Parties
  readonly requestToken: (options: RequestTokenOptions) => Promise<ObtainedToken>
  readonly introspect: (token: string) => Promise<Introspection>
}

/** Tokens, for the organisation's own applications. @see nuts-node v6 `/internal/auth/v2` */
export function tokenRoutes({ parties, requestToken, introspect }: TokenRoutesDeps): readonly Route[] {
  return [
    {
      method: 'POST',
      pattern: '/internal/auth/v2/:subject/request-service-access-token',
      family: 'problem',
      body: { maxBytes: 64 * 1024, mediaTypes: ['application/json'] },
      async handle({ params, body, trace }) {
        const request = parseBody(serviceTokenRequestSchema, body)
        if (request.token_type?.toLowerCase() === 'dpop') {
          throw new NodeError('request.bad_body', { notes: ['token_type: this node asks for Bearer tokens only'] })
        }
        const obtained = await requestToken({
          party: await parties.get(params['subject'] ?? ''),
          authorizationServer: request.authorization_server,
          scope: request.scope,
          trace,
        })
        return jsonAnswer(200, {
          access_token: obtained.accessToken,
          token_type: obtained.tokenType,
          expires_in: obtained.expiresInSeconds,
          scope: obtained.scope,
        })
      },
    },
    {
      method: 'POST',
      pattern: '/internal/auth/v2/accesstoken/introspect',
      family: 'problem',
      hot: true,
      body: { maxBytes: 64 * 1024, mediaTypes: ['application/x-www-form-urlencoded'] },
      async handle({ body }) {
        return jsonAnswer(200, await introspect(parseFormBody(body)['token'] ?? ''))
      },
    },
  ]
}

import type { Parties } from '../../identity/parties.js'
import { epochSeconds, type Clock } from '../../kernel/clock.js'
import { proveWithKey, type Prove, type ValidateProof } from '../../tokens/prove.js'
import type { Introspect } from '../../tokens/introspect.js'
import type { Revoke } from '../../tokens/revoke.js'
import type { ObtainedToken, RequestTokenOptions } from '../../tokens/request-token.js'
import { dpopRequestSchema, dpopValidateSchema } from '../../../schemas/wire/dpop.js'
import { serviceTokenRequestSchema } from '../../../schemas/wire/oauth.js'
import { parseFormBody } from '../door.js'
import { jsonAnswer, type Route } from '../exchange.js'
import { parseBody } from '../parse.js'

export interface TokenRoutesDeps {
  readonly parties: Parties
  readonly clock: Clock
  readonly requestToken: (options: RequestTokenOptions, use: { readonly fresh: boolean }) => Promise<ObtainedToken>
  readonly introspect: Introspect
  readonly revoke: Revoke
  readonly prove: Prove
  readonly validateProof: ValidateProof
}

/** nuts-node v6 takes both spellings. */
const tokenTypes = { Bearer: 'Bearer', bearer: 'Bearer', DPoP: 'DPoP', dpop: 'DPoP' } as const

/** Tokens, for the organisation's own applications. @see nuts-node v6 `/internal/auth/v2` */
export function tokenRoutes(deps: TokenRoutesDeps): readonly Route[] {
  const { clock, parties, requestToken, introspect, revoke, validateProof } = deps
  return [
    {
      method: 'POST',
      pattern: '/internal/auth/v2/:subject/request-service-access-token',
      family: 'problem',
      body: { maxBytes: 64 * 1024, mediaTypes: ['application/json'] },
      async handle({ params, body, header, trace }) {
        const request = parseBody(serviceTokenRequestSchema, body)
        const options: RequestTokenOptions = {
          party: await parties.get(params['subject'] ?? ''),
          authorizationServer: request.authorization_server,
          scope: request.scope,
          credentials: request.credentials ?? [],
          selection: request.credential_selection ?? {},
          serviceProvider:
            request.service_provider_subject_id === undefined
              ? undefined
              : await parties.get(request.service_provider_subject_id),
          tokenType: request.token_type === undefined ? undefined : tokenTypes[request.token_type],
          trace,
        }
        const fresh = /\bno-(cache|store)\b/i.test(header('cache-control') ?? '')
        const obtained = await requestToken(options, { fresh })
        return jsonAnswer(200, {
          access_token: obtained.accessToken,
          token_type: obtained.tokenType,
          expires_in: Math.floor((obtained.expiresAt - clock.now()) / 1000),
          expires_at: epochSeconds(obtained.expiresAt),
          scope: obtained.scope,
          ...(obtained.keyId === undefined ? {} : { dpop_kid: obtained.keyId }),
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
    {
      method: 'POST',
      pattern: '/internal/auth/v2/accesstoken/introspect_extended',
      family: 'problem',
      body: { maxBytes: 64 * 1024, mediaTypes: ['application/x-www-form-urlencoded'] },
      async handle({ body }) {
        return jsonAnswer(200, await introspect(parseFormBody(body)['token'] ?? '', { extended: true }))
      },
    },
    {
      method: 'POST',
      pattern: '/internal/bronnet/v1/tokens/revoke',
      family: 'problem',
      body: { maxBytes: 64 * 1024, mediaTypes: ['application/x-www-form-urlencoded'] },
      async handle({ body, trace }) {
        return jsonAnswer(200, { revoked: await revoke({ token: parseFormBody(body)['token'] ?? '', trace }) })
      },
    },
    {
      method: 'POST',
      pattern: '/internal/auth/v2/dpop/validate',
      family: 'problem',
      body: { maxBytes: 64 * 1024, mediaTypes: ['application/json'] },
      async handle({ body }) {
        const { dpop_proof: proof, ...given } = parseBody(dpopValidateSchema, body)
        return jsonAnswer(200, await validateProof({ proof, ...given }))
      },
    },
    {
      method: 'POST',
      pattern: '/internal/auth/v2/dpop/:kid',
      family: 'problem',
      body: { maxBytes: 64 * 1024, mediaTypes: ['application/json'] },
      async handle({ params, body }) {
        const { htm: method, htu: url, token, nonce } = parseBody(dpopRequestSchema, body)
        return jsonAnswer(200, { dpop: await proveWithKey(params['kid'] ?? '', { method, url, token, nonce }, deps) })
      },
    },
  ]
}

import { z } from 'zod'
import { NodeError } from '../../kernel/errors.js'
import type { CheckGateway, PassedRequest } from '../../tokens/check-gateway.js'
import type { Dpop } from '../../tokens/dpop.js'
import type { HttpRequest, Route } from '../exchange.js'

export interface GatewayRoutesDeps {
  readonly checkGateway: CheckGateway
  readonly dpop: Dpop
}

const gatewayQuerySchema = z.object({
  scope: z.string().optional().describe('Scopes that the token must have, between spaces.'),
})

/** What common gateways pass on of one header. */
const maxClaimsLength = 6 * 1024
const methodPattern = /^[A-Z]{1,32}$/

/**
 * One call for gateways in front of an application's own server, such as `auth_request` of nginx: the request by headers
 * in, 204 with what the token says as headers out, or 401 or 403 with a challenge.
 * @see config/nginx
 */
export function gatewayRoutes({ checkGateway, dpop }: GatewayRoutesDeps): readonly Route[] {
  return [
    {
      method: 'GET',
      pattern: '/internal/bronnet/v1/gateway/:subject',
      family: 'gateway',
      callers: ['application'],
      hot: true,
      errorHeaders: () => dpop.nonceHeaders(),
      doc: {
        summary: 'Check token, proof, method and URL of a request for a gateway',
        about: 'The request comes in headers: Authorization, DPoP, X-Original-Method, X-Original-URL.',
        query: gatewayQuerySchema,
        answers: { 204: 'The request may go on. What the token says is in headers, which begin with X-Bronnet.' },
        refusals: [401, 403],
      },
      async handle(request) {
        const passed = await checkGateway(readRequest(request))
        return {
          status: 204,
          headers: { 'cache-control': 'no-store', ...claimHeaders(passed), ...dpop.nonceHeaders() },
        }
      },
    },
  ]
}

/** @throws `request.bad_parameters` for what the gateway itself must say */
function readRequest({ params, query, header, trace }: HttpRequest): Parameters<CheckGateway>[0] {
  const method = header('x-original-method') ?? ''
  const url = header('x-original-url') ?? ''
  if (!methodPattern.test(method) || !URL.canParse(url))
    throw new NodeError('request.bad_parameters', { notes: ['X-Original-Method and X-Original-URL are required'] })
  return {
    party: params['subject'] ?? '',
    authorization: header('authorization'),
    proof: header('dpop'),
    method,
    url,
    scopes: (query['scope'] ?? '').split(' ').filter((scope) => scope !== ''),
    trace,
  }
}

/** Claims hold any text, so they travel as base64url of JSON. */
function claimHeaders({ grant: { record }, scope }: PassedRequest): Readonly<Record<string, string>> {
  const claims = Buffer.from(JSON.stringify(record.claims)).toString('base64url')
  if (claims.length > maxClaimsLength)
    throw new NodeError('internal.fault', { detail: 'the claims of a token do not fit in a header' })
  return {
    'x-bronnet-requester': record.requester,
    // Always there, so that a gateway never passes on what a caller made up.
    'x-bronnet-service-provider': record.serviceProvider ?? '',
    'x-bronnet-client-id': record.clientId,
    'x-bronnet-scope': scope,
    'x-bronnet-claims': claims,
  }
}

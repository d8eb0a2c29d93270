import type { Parties } from '../../identity/parties.js'
import { epochSeconds, type Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import type { Trace } from '../../kernel/trace.js'
import { proveWithKey, type Prove, type ValidateProof } from '../../tokens/prove.js'
import type { Introspect } from '../../tokens/introspect.js'
import type { Revoke } from '../../tokens/revoke.js'
import type { ObtainedToken, RequestTokenOptions } from '../../tokens/request-token.js'
import {
  dpopAnswerSchema,
  dpopRequestSchema,
  dpopValidateSchema,
  dpopVerdictSchema,
} from '../../../schemas/wire/dpop.js'
import {
  extendedIntrospectionAnswerSchema,
  introspectionAnswerSchema,
  revocationAnswerSchema,
  serviceTokenAnswerSchema,
  serviceTokenRequestSchema,
  tokenOnlyFormSchema,
} from '../../../schemas/wire/oauth.js'
import { parseFormBody } from '../door.js'
import { jsonAnswer, type Route } from '../exchange.js'
import { parseBody } from '../parse.js'
import { mayActFor } from '../sign-in/callers.js'

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
      callers: ['application'],
      body: { maxBytes: 64 * 1024, mediaTypes: ['application/json'] },
      doc: {
        summary: 'Get an access token of another party',
        about: 'Tokens are kept until half a minute before they end; `Cache-Control: no-cache` gets a new one.',
        body: serviceTokenRequestSchema,
        answers: { 200: serviceTokenAnswerSchema },
        refusals: [404, 412, 502, 504],
      },
      async handle({ params, body, header, trace }) {
        const request = parseBody(serviceTokenRequestSchema, body)
        const { service_provider_subject_id: provider } = request
        if (provider !== undefined && !mayActFor(provider, trace)) throw new NodeError('signin.not_allowed')
        const options: RequestTokenOptions = {
          party: await parties.get(params['subject'] ?? ''),
          authorizationServer: request.authorization_server,
          scope: request.scope,
          credentials: request.credentials ?? [],
          selection: request.credential_selection ?? {},
          serviceProvider: provider === undefined ? undefined : await parties.get(provider),
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
      unconfirmed: 'goes-on',
      family: 'problem',
      callers: ['application'],
      aboutParties: 'checked',
      hot: true,
      body: { maxBytes: 64 * 1024, mediaTypes: ['application/x-www-form-urlencoded'] },
      doc: {
        summary: 'Say what an access token of this node means',
        body: tokenOnlyFormSchema,
        answers: { 200: introspectionAnswerSchema },
      },
      async handle({ body, trace }) {
        return jsonAnswer(200, await introspect(parseFormBody(body)['token'] ?? '', { mayAsk: mayAskOf(trace) }))
      },
    },
    {
      method: 'POST',
      pattern: '/internal/auth/v2/accesstoken/introspect_extended',
      unconfirmed: 'goes-on',
      family: 'problem',
      callers: ['application'],
      aboutParties: 'checked',
      body: { maxBytes: 64 * 1024, mediaTypes: ['application/x-www-form-urlencoded'] },
      doc: {
        summary: 'Say what an access token means, and what was shown for it',
        about: 'Only where `tokens.keepPresentations` is on.',
        body: tokenOnlyFormSchema,
        answers: { 200: extendedIntrospectionAnswerSchema },
        refusals: [404],
      },
      async handle({ body, trace }) {
        const use = { extended: true, mayAsk: mayAskOf(trace) }
        return jsonAnswer(200, await introspect(parseFormBody(body)['token'] ?? '', use))
      },
    },
    {
      method: 'POST',
      pattern: '/internal/bronnet/v1/tokens/revoke',
      unconfirmed: 'goes-on',
      family: 'problem',
      callers: ['application', 'operator'],
      body: { maxBytes: 64 * 1024, mediaTypes: ['application/x-www-form-urlencoded'] },
      doc: {
        summary: 'End an access token of this node',
        body: tokenOnlyFormSchema,
        answers: { 200: revocationAnswerSchema },
      },
      async handle({ body, trace }) {
        return jsonAnswer(200, { revoked: await revoke({ token: parseFormBody(body)['token'] ?? '', trace }) })
      },
    },
    {
      method: 'POST',
      pattern: '/internal/auth/v2/dpop/validate',
      unconfirmed: 'goes-on',
      family: 'problem',
      callers: ['application'],
      aboutParties: 'none',
      body: { maxBytes: 64 * 1024, mediaTypes: ['application/json'] },
      doc: {
        summary: 'Validate a DPoP proof',
        about:
          'For applications that serve resources themselves; scheme and port of the URL do not count. Uses the proof up.',
        body: dpopValidateSchema,
        answers: { 200: dpopVerdictSchema },
      },
      async handle({ body }) {
        const { dpop_proof: proof, ...given } = parseBody(dpopValidateSchema, body)
        return jsonAnswer(200, await validateProof({ proof, ...given }))
      },
    },
    {
      method: 'POST',
      pattern: '/internal/auth/v2/dpop/:kid',
      family: 'problem',
      callers: ['application'],
      aboutParties: 'checked',
      body: { maxBytes: 64 * 1024, mediaTypes: ['application/json'] },
      doc: {
        summary: 'Make a DPoP proof',
        params: { kid: 'The `dpop_kid` that came with the token, percent-encoded.' },
        body: dpopRequestSchema,
        answers: { 200: dpopAnswerSchema },
      },
      async handle({ params, body, trace }) {
        const { htm: method, htu: url, token, nonce } = parseBody(dpopRequestSchema, body)
        const proof = { method, url, token, nonce }
        const dpop = await proveWithKey(params['kid'] ?? '', proof, { ...deps, mayAsk: mayAskOf(trace) })
        return jsonAnswer(200, { dpop })
      },
    },
  ]
}

/** For which parties who signed in may ask. */
function mayAskOf(trace: Trace): (party: string) => boolean {
  return (party) => mayActFor(party, trace)
}

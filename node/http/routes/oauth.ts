import type { Parties } from '../../identity/parties.js'
import { NodeError } from '../../kernel/errors.js'
import type { Profiles } from '../../policy/profiles.js'
import type { Dpop } from '../../tokens/dpop.js'
import type { TokenRequest } from '../../tokens/grant-vp-token.js'
import type { TokenAnswer } from '../../tokens/issue-token.js'
import { authorizationServerMetadata, wellKnownPath } from '../../tokens/metadata.js'
import { parseFormBody } from '../door.js'
import { jsonAnswer, type HttpRequest, type Route } from '../exchange.js'

const maxTokenRequestBytes = 256 * 1024

export interface OAuthRoutesDeps {
  readonly parties: Parties
  readonly didMethods: readonly string[]
  readonly profilesOf: (subject: string) => Profiles
  readonly dpop: Dpop
  readonly grantVpToken: (request: TokenRequest) => Promise<TokenAnswer>
}

/** The authorization server of each party. @see RFC 8414; Nuts RFC021; nuts-node v6 */
export function oauthRoutes({
  parties,
  didMethods,
  profilesOf,
  dpop,
  grantVpToken,
}: OAuthRoutesDeps): readonly Route[] {
  // The same answer for a subject that exists and one that does not: metadata is no oracle.
  const metadata = ({ params }: HttpRequest) =>
    Promise.resolve(
      jsonAnswer(200, authorizationServerMetadata(parties.issuerUrl({ subject: params['subject'] ?? '' }), didMethods)),
    )
  return [
    { method: 'GET', pattern: `${wellKnownPath}/oauth2/:subject`, family: 'oauth', handle: metadata },
    { method: 'GET', pattern: `/oauth2/:subject${wellKnownPath}`, family: 'oauth', handle: metadata },
    {
      method: 'GET',
      pattern: '/oauth2/:subject/presentation_definition',
      family: 'oauth',
      async handle({ params, query }) {
        const owner = query['wallet_owner_type'] ?? 'organization'
        if (owner !== 'organization')
          throw new NodeError('token.bad_request', { notes: ['wallet_owner_type: only organization is asked here'] })
        const profile = profilesOf(params['subject'] ?? '').get(query['scope'] ?? '')
        return jsonAnswer(200, profile.definitions.organization.data)
      },
    },
    {
      method: 'POST',
      pattern: '/oauth2/:subject/token',
      family: 'oauth',
      hot: true,
      errorHeaders: () => dpop.nonceHeaders(),
      body: { maxBytes: maxTokenRequestBytes, mediaTypes: ['application/x-www-form-urlencoded'] },
      async handle({ params, body, header, trace }) {
        const answer = await grantVpToken({
          subject: params['subject'] ?? '',
          parameters: parseFormBody(body),
          proof: header('dpop'),
          trace,
        })
        return jsonAnswer(200, answer, { pragma: 'no-cache', ...dpop.nonceHeaders() })
      },
    },
  ]
}

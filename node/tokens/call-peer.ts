import type { Party } from '../identity/party.js'
import type { Outbound, OutboundAnswer } from '../kernel/outbound.js'
import type { Trace } from '../kernel/trace.js'
import type { Selection } from '../credentials/exchange/match.js'
import type { Prove } from './prove.js'
import type { ObtainedToken, RequestTokenOptions } from './request-token.js'

/** A call to an endpoint of another party, with a token of its authorization server. */
export interface PeerCall {
  /** Who calls. */
  readonly party: Party
  readonly authorizationServer: string
  readonly scope: string
  readonly url: string
  /** Sent as JSON. */
  readonly body: unknown
  readonly accept: string
  /** Which of several credentials to show. */
  readonly selection?: Selection
  readonly trace: Trace
  readonly timeoutMilliseconds?: number
  readonly maxResponseBytes?: number
}

/**
 * Posts to another party under a token, bound to the key of who calls where the other offers that. A token that is refused
 * with 401 is replaced once: it may have ended meanwhile. Judges no other status, and repeats nothing else.
 * @throws as `RequestToken`, and `outbound.*`
 */
export type CallPeer = (call: PeerCall) => Promise<OutboundAnswer>

export interface CallPeerDeps {
  readonly outbound: Outbound
  readonly requestToken: (options: RequestTokenOptions, use: { readonly fresh: boolean }) => Promise<ObtainedToken>
  readonly prove: Prove
}

export function createCallPeer({ outbound, requestToken, prove }: CallPeerDeps): CallPeer {
  async function call(
    { party, authorizationServer, scope, selection, url, body, trace, ...rest }: PeerCall,
    use: { readonly fresh: boolean },
  ): Promise<OutboundAnswer> {
    const asked = { party, authorizationServer, scope, trace, ...(selection === undefined ? {} : { selection }) }
    const { accessToken, keyId } = await requestToken(asked, use)
    const proof =
      keyId === undefined ? {} : { dpop: await prove(party, { method: 'POST', url, token: accessToken, keyId }) }
    return outbound.request({
      ...rest,
      method: 'POST',
      url,
      headers: {
        'content-type': 'application/json',
        authorization: `${keyId === undefined ? 'Bearer' : 'DPoP'} ${accessToken}`,
        ...proof,
      },
      body: JSON.stringify(body),
      trace,
    })
  }

  return async (asked) => {
    const answer = await call(asked, { fresh: false })
    return answer.status === 401 ? call(asked, { fresh: true }) : answer
  }
}

import type { Party } from '../../identity/party.js'
import type { Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import type { Outbound, OutboundAnswer } from '../../kernel/outbound.js'
import type { PeerCall } from '../call-peer.js'
import { createTokenCache } from '../token-cache.js'
import type { NidTokenOptions, RequestNidToken } from './request-nid-token.js'

/** How a party calls where it is known by its certificate. */
export interface CertifiedWay {
  /** Shows the certificate to every https server that asks for one. */
  readonly outbound: Pick<Outbound, 'request'>
  /** Another one for another certificate: a token of the one before counts no more than that certificate. */
  readonly certificate: string
}

/** A call to an endpoint behind a gateway of the present iWlz network, with a token of its token endpoint. */
export interface CertificateCall extends Omit<PeerCall, 'authorizationServer' | 'selection'> {
  readonly tokenEndpoint: string
  readonly audience: string
}

/**
 * Posts to a gateway of the present iWlz network: both it and its token endpoint know the party by its certificate. A token
 * that is refused with 401 is replaced once. Judges no other status, and repeats nothing else.
 * @throws `notification.way_unsupported` for a party without a certificate; as `RequestNidToken`, and `outbound.*`
 * @see iWlz RFC0014
 */
export type CallByCertificate = (call: CertificateCall) => Promise<OutboundAnswer>

export interface CallByCertificateDeps {
  readonly clock: Clock
  /** `undefined` for a party that has no certificate. */
  readonly wayOf: (party: string) => CertifiedWay | undefined
  readonly requestNidToken: RequestNidToken
}

export function createCallByCertificate({ clock, wayOf, requestNidToken }: CallByCertificateDeps): CallByCertificate {
  const obtain = createTokenCache<NidTokenOptions & { readonly way: CertifiedWay }>({
    clock,
    request: ({ way, ...options }) => requestNidToken(options, way),
    keyOf: ({ party, tokenEndpoint, audience, scope, way }) =>
      JSON.stringify([party.subject, tokenEndpoint, audience, scope, way.certificate]),
  })

  const requireWay = ({ subject }: Party): CertifiedWay => {
    const way = wayOf(subject)
    if (way !== undefined) return way
    const notes = [`${subject} has no clientCertificate in the settings, which the receiver asks for`]
    throw new NodeError('notification.way_unsupported', { notes })
  }

  async function call(
    { party, tokenEndpoint, audience, scope, url, body, trace, ...rest }: CertificateCall,
    use: { readonly fresh: boolean },
  ): Promise<OutboundAnswer> {
    const way = requireWay(party)
    const { accessToken } = await obtain({ party, tokenEndpoint, audience, scope, trace, way }, use)
    return way.outbound.request({
      ...rest,
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` },
      body: JSON.stringify(body),
      trace,
    })
  }

  return async (asked) => {
    const answer = await call(asked, { fresh: false })
    return answer.status === 401 ? call(asked, { fresh: true }) : answer
  }
}

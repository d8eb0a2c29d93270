import { connect, type TLSSocket } from 'node:tls'
import { trustAlso } from './outbound-trust.js'

/** What a server shows in TLS, believed or not. */
export interface ShownCertificate {
  /** Absent when it can be believed; else the code of why it cannot, such as `CERT_HAS_EXPIRED`. */
  readonly fault: string | undefined
  /** Milliseconds since 1970. */
  readonly expiresAt: number
  /** Names that it is for, as the certificate has them. */
  readonly names: string
  /** How many certificates the server gave: its own and those of authorities. */
  readonly given: number
  /** Such as `TLSv1.3`. */
  readonly protocol: string
}

/**
 * Makes a TLS connection to a server and looks at what it shows; sends nothing else. Judges chain, names and period by the
 * authorities of the platform and those that are given; does not look at revocation.
 * @throws the error of the platform when there is no TLS connection within `timeoutMilliseconds`
 */
export function lookAtCertificate(options: {
  readonly hostname: string
  readonly port: number
  /** PEM */
  readonly authorities: readonly string[]
  readonly timeoutMilliseconds: number
}): Promise<ShownCertificate> {
  const { hostname, port, authorities, timeoutMilliseconds } = options
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: hostname,
      port,
      servername: hostname,
      // What is wrong is what is asked here; nothing is sent over this connection.
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
      timeout: timeoutMilliseconds,
      ...(authorities.length === 0 ? {} : { secureContext: trustAlso(authorities) }),
    })
    socket.once('error', reject)
    socket.once('timeout', () => socket.destroy(new Error('no answer in time')))
    socket.once('secureConnect', () => {
      const shown = describe(socket)
      socket.destroy()
      if (shown === undefined) reject(new Error('the server shows no certificate'))
      else resolve(shown)
    })
  })
}

function describe(socket: TLSSocket): ShownCertificate | undefined {
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return undefined
  let given = 1
  for (let next = certificate.issuerCertificate; next !== undefined; next = next.issuerCertificate) given += 1
  const { authorizationError: error } = socket
  return {
    fault: socket.authorized ? undefined : typeof error === 'string' ? error : String(error),
    expiresAt: Date.parse(certificate.validTo),
    names: certificate.subjectAltName ?? certificate.subject,
    given,
    protocol: socket.getProtocol() ?? '',
  }
}

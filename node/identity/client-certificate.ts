import type { X509Certificate } from 'node:crypto'
import { NodeError } from '../kernel/errors.js'
import type { Clock, Instant } from '../kernel/clock.js'
import { checkMoment, parseChain } from './x509-chain.js'
import { parseCertificate } from './x509-certificate.js'
import type { Revocations } from './x509-revocation.js'

/** Who showed a certificate in TLS, as far as the certificate says it. */
export interface ClientCertificate {
  /** The serialNumber of the subject; only from an authority that counts. */
  readonly serial: string | undefined
  /** SHA-256, lower-case hexadecimal. */
  readonly fingerprint: string
  readonly expiresAt: Instant
}

const maxHeaderLength = 12 * 1024
const subjectSerialNumber = '2.5.4.5'

/**
 * Reads the certificate of a client, in DER or as the text in which a proxy that ended TLS gives it, and checks it: by the
 * chain of the authorities, with revocation, where there are any; otherwise its period only, and who it is is a matter of its
 * fingerprint.
 *
 * Does not check that the client has the key: that is for who ended TLS.
 * @throws `identity.chain_invalid`, `identity.chain_revoked`, `identity.chain_unchecked`
 */
export type VerifyClientCertificate = (shown: Buffer | string) => Promise<ClientCertificate>

export function createVerifyClientCertificate(deps: {
  readonly clock: Clock
  readonly revocations: Revocations
  /** Certificates in base64, from the one that issues to the root. */
  readonly authorities: readonly string[] | undefined
}): VerifyClientCertificate {
  const { clock, revocations, authorities } = deps
  return async (shown) => {
    const der = typeof shown === 'string' ? readHeader(shown) : shown
    if (authorities === undefined) {
      const leaf = parseCertificate(der)
      checkMoment({ leaf, authorities: [] }, clock.now())
      return { serial: undefined, fingerprint: fingerprintOf(leaf.x509), expiresAt: leaf.notAfter }
    }
    const chain = parseChain([der.toString('base64'), ...authorities])
    checkMoment(chain, clock.now())
    await revocations.check(chain)
    const { x509, subject, notAfter } = chain.leaf
    const serials = subject.get(subjectSerialNumber) ?? []
    return {
      serial: serials.length === 1 ? serials[0] : undefined,
      fingerprint: fingerprintOf(x509),
      expiresAt: notAfter,
    }
  }
}

/** The certificates of a PEM text, in base64 and in its order. @throws `identity.chain_invalid` when there is none */
export function readPem(text: string): readonly string[] {
  const blocks = [...text.matchAll(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g)]
  const certificates = blocks.map(([, body = '']) => body.replace(/\s+/g, ''))
  if (certificates.length === 0) throw unreadable()
  return certificates
}

/**
 * `:base64:`, or PEM in percent-encoding as nginx gives it.
 * @see RFC 9440 section 2.1; nginx `$ssl_client_escaped_cert`
 */
function readHeader(header: string): Buffer {
  if (header.length > maxHeaderLength) throw unreadable()
  const base64 = /^:([A-Za-z0-9+/]+={0,2}):$/.exec(header)?.[1]
  if (base64 !== undefined) return Buffer.from(base64, 'base64')
  const [certificate, ...others] = readPem(decodePercent(header))
  if (certificate === undefined || others.length > 0) throw unreadable()
  return Buffer.from(certificate, 'base64')
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw unreadable()
  }
}

function fingerprintOf({ fingerprint256 }: X509Certificate): string {
  return fingerprint256.replaceAll(':', '').toLowerCase()
}

function unreadable(): NodeError {
  return new NodeError('identity.chain_invalid', { notes: ['the certificate cannot be read'] })
}

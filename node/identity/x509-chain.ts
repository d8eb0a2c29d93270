import type { KeyObject } from 'node:crypto'
import { NodeError } from '../kernel/errors.js'
import type { Instant } from '../kernel/clock.js'
import { parseCertificate, type ParsedCertificate } from './x509-certificate.js'

/** A chain from the leaf to its root, of which all but the moment and revocation were checked. */
export interface CheckedChain {
  readonly leaf: ParsedCertificate
  /** Those that issue, from the one behind the leaf to the root. */
  readonly authorities: readonly ParsedCertificate[]
}

const maxCertificates = 8
const maxCertificateLength = 16 * 1024
const minRsaBits = 2048

/**
 * Reads the `x5c` header of a JWS and checks that it is exactly one chain: each certificate issued and signed by the next,
 * the last by itself. Does not check whether the root is trusted, the moment, or revocation.
 * @throws `identity.chain_invalid` with a note that says which rule is broken
 * @see RFC 7515 section 4.1.6; RFC 5280 section 6.1; Nuts RFC023
 */
export function parseChain(x5c: readonly string[]): CheckedChain {
  const [first, ...others] = x5c
  if (first === undefined || others.length === 0 || x5c.length > maxCertificates)
    throw invalid(`it holds 2 to ${String(maxCertificates)} certificates`)
  const [leaf, authorities] = [readCertificate(first), others.map(readCertificate)]
  // Before the signatures: the platform refuses some of this too, and does not say why.
  authorities.forEach(checkAuthority)
  const certificates = [leaf, ...authorities]
  certificates.forEach((certificate, index) => {
    const [unknown] = certificate.unknownCritical
    if (unknown !== undefined) throw invalid(`a certificate has the critical extension ${unknown}, which is not known`)
    checkIssued(certificate, certificates[index + 1] ?? certificate)
  })
  if (leaf.isAuthority) throw invalid('the first certificate is that of an authority')
  if (leaf.keyUsage?.digitalSignature === false) throw invalid('the key of the first certificate is not for signatures')
  return { leaf, authorities }
}

function readCertificate(text: string): ParsedCertificate {
  if (text.length > maxCertificateLength || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) {
    throw invalid('its certificates are base64, not base64url')
  }
  return parseCertificate(Buffer.from(text, 'base64'))
}

/** @throws `identity.chain_invalid` when a certificate is not valid yet or any more */
export function checkMoment({ leaf, authorities }: CheckedChain, now: Instant): void {
  for (const { notBefore, notAfter } of [leaf, ...authorities]) {
    if (now < notBefore) throw invalid('a certificate is not valid yet')
    if (now > notAfter) throw invalid('a certificate has expired')
  }
}

function checkIssued(certificate: ParsedCertificate, issuer: ParsedCertificate): void {
  if (certificate.signatureWay === undefined) throw invalid('a certificate is signed in a weak way')
  if (!certificate.x509.checkIssued(issuer.x509)) throw invalid('a certificate is not issued by the next one')
  if (!isStrong(issuer.x509.publicKey)) throw invalid('the key of an authority is too short')
  if (!certificate.x509.verify(issuer.x509.publicKey)) throw invalid('the signature of a certificate is not good')
}

function isStrong({ asymmetricKeyDetails }: KeyObject): boolean {
  return (asymmetricKeyDetails?.modulusLength ?? minRsaBits) >= minRsaBits
}

/** @param index 0 for the authority behind the leaf: as many as `index` stand between the two */
function checkAuthority({ isAuthority, pathLength, keyUsage }: ParsedCertificate, index: number): void {
  if (!isAuthority) throw invalid('an issuing certificate is not that of an authority')
  if (keyUsage?.keyCertSign === false) throw invalid('the key of an authority is not for certificates')
  if (pathLength !== undefined && index > pathLength) throw invalid('the chain is longer than an authority allows')
}

function invalid(note: string): NodeError {
  return new NodeError('identity.chain_invalid', { notes: [`the certificate chain is not good: ${note}`] })
}

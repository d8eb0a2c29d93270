import { constants, createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { createSecureContext, type TlsOptions } from 'node:tls'
import { NodeError } from '../kernel/errors.js'

/** Whoever looks after a certificate is told that it ends from so long before. */
export const endsSoonMilliseconds = 14 * 86_400_000

/** What a listener shows of itself, in PEM: its certificate with those of its authorities behind it, and its key. */
export interface ServerIdentity {
  readonly certificate: string
  readonly key: string
}

/** Which callers are asked for a certificate: everybody, with the authorities that it may be of, or any when empty. */
export interface AskedCertificates {
  readonly authorities: readonly string[]
}

/** TLS 1.3, and of 1.2 what has forward secrecy and authenticated encryption. @see NCSC-NL, guidelines for TLS */
const ciphers = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-RSA-AES128-GCM-SHA256',
].join(':')

/**
 * The settings of a server that ends TLS: 1.2 or later, no renegotiation. Callers prove that they have the key of a
 * certificate that they show; whose it is and whether it counts is not looked at here.
 * @throws `config.invalid` with a note when certificate and key cannot be used together
 */
export function createTlsOptions(identity: ServerIdentity, asked: AskedCertificates | undefined): TlsOptions {
  const options: TlsOptions = {
    cert: identity.certificate,
    key: identity.key,
    minVersion: 'TLSv1.2',
    ciphers,
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    ALPNProtocols: ['http/1.1'],
    ...(asked === undefined
      ? {}
      : // Refusing a certificate here would end the connection without a word, also for what needs none.
        { requestCert: true, rejectUnauthorized: false, ca: [...asked.authorities] }),
  }
  try {
    createSecureContext(options)
  } catch (cause) {
    throw new NodeError('config.invalid', { cause, notes: ['the certificate and its key cannot be used for TLS'] })
  }
  return options
}

/**
 * The first certificate of an identity: readable, with this key, and for `hostname` where one is given. Looks neither at
 * who issued it nor at its period.
 * @throws `config.invalid` with a note
 */
export function checkServerIdentity(
  { certificate, key }: ServerIdentity,
  hostname: string | undefined,
): { readonly expiresAt: number } {
  const x509 = readCertificate(certificate)
  if (!x509.checkPrivateKey(readKey(key))) throw invalid('the certificate is of another key')
  if (hostname !== undefined && x509.checkHost(hostname) === undefined)
    throw invalid(`the certificate is not for ${hostname}`)
  return { expiresAt: Date.parse(x509.validTo) }
}

function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch {
    throw invalid('there is no certificate in PEM')
  }
}

function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    throw invalid(
      /ENCRYPTED/.test(pem) ? 'the private key is encrypted: give one that is not' : 'there is no private key in PEM',
    )
  }
}

function invalid(note: string): NodeError {
  return new NodeError('config.invalid', { notes: [note] })
}

import { NodeError } from '../kernel/errors.js'
import type { Credential } from './credential.js'
import type { CredentialType } from './types/credential-type.js'

/** Whose credentials count. */
export interface Trust {
  /** The configured issuers of a type; empty when nobody is trusted. */
  issuersOf(type: string): readonly string[]
  /**
   * Checks that the word of the issuer counts for the type.
   *
   * `bronhouder` is the DID of the party at whose source the credential is used; without it, as when a wallet takes a
   * credential in, types that only the bronhouder can weigh are not checked.
   * @throws `credential.issuer_untrusted`
   */
  checkIssuer(credential: Credential, type: CredentialType, bronhouder: string | undefined): void
}

/** Trust as the operator configured it, per credential type. */
export function createTrust(configured: Readonly<Record<string, readonly string[]>>): Trust {
  const issuersOf = (type: string): readonly string[] =>
    (Object.hasOwn(configured, type) ? configured[type] : undefined) ?? []
  function counts({ issuer, subjectId }: Credential, { type, trust }: CredentialType, bronhouder?: string): boolean {
    switch (trust) {
      case 'configured':
        return issuersOf(type).some((entry) => isNamedBy(issuer, entry))
      case 'bronhouder':
        return bronhouder === undefined || issuer === bronhouder
      case 'holder':
        return issuer === subjectId
      case 'nobody':
        return false
    }
  }
  return {
    issuersOf,
    checkIssuer(credential, type, bronhouder) {
      if (!counts(credential, type, bronhouder)) {
        throw new NodeError('credential.issuer_untrusted', {
          detail: `issuer of a ${type.type}`,
          notes: [`the issuer of the ${type.type} is not trusted here`],
        })
      }
    },
  }
}

/**
 * True for the issuer that an entry names. A did:x509 without policies names every certificate below that CA, because
 * each of them has a DID of its own.
 */
function isNamedBy(issuer: string, entry: string): boolean {
  return issuer === entry || (isCertificateAuthority(entry) && issuer.startsWith(`${entry}::`))
}

/** True for `did:x509:0:<hash>:<fingerprint>`: the pin of a CA, and no issuer itself. */
export function isCertificateAuthority(entry: string): boolean {
  return /^did:x509:0:sha(?:256|384|512):[A-Za-z0-9_-]+$/.test(entry)
}

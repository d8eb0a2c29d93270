import { NodeError } from '../kernel/errors.js'
import type { Credential } from './credential.js'
import type { CredentialType } from './types/table.js'

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
    Object.hasOwn(configured, type) ? (configured[type] ?? []) : []
  return {
    issuersOf,
    checkIssuer(credential, type, bronhouder) {
      const trusted =
        type.trust === 'configured'
          ? issuersOf(type.type).includes(credential.issuer)
          : type.trust === 'bronhouder'
            ? bronhouder === undefined || credential.issuer === bronhouder
            : credential.issuer === credential.subjectId
      if (!trusted) {
        throw new NodeError('credential.issuer_untrusted', {
          detail: `issuer of a ${type.type}`,
          notes: [`the issuer of the ${type.type} is not trusted here`],
        })
      }
    },
  }
}

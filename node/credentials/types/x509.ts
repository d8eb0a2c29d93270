import { x509SubjectSchema } from '../../../schemas/credentials/x509.js'
import type { CredentialType } from './credential-type.js'

/**
 * Attributes of a certificate, said by the certificate's own key: everything that the subject claims stands in the DID of
 * the issuer, whose policies were held against the certificate when the DID was resolved.
 * @see Nuts RFC023
 */
export const x509: CredentialType = {
  type: 'X509Credential',
  subjectSchema: x509SubjectSchema,
  trust: 'configured',
  mustExpire: true,
  // Certificates have revocation lists of their own.
  statusPurposes: [],
  findFault({ subject, issuer = '', format }) {
    if (format !== undefined && format !== 'jwt_vc') return 'an X509Credential is a JWT'
    const policies = readPolicies(issuer)
    if (policies === undefined) return 'issuer: a did:x509'
    const { subject: attributes = {}, san = {} } = x509SubjectSchema.parse(subject)
    const claimed = [...named('subject', attributes), ...named('san', san)]
    if (claimed.length === 0) return 'credentialSubject: says nothing of the certificate'
    const foreign = claimed.some(([name, value]) => policies.get(name) !== value)
    return foreign ? 'credentialSubject: claims what the DID of the issuer does not say' : undefined
  },
}

function named(policy: string, values: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(values).map(([key, value]) => [`${policy}:${key}`, value])
}

/** The values of a did:x509 by policy and key; `undefined` when it is none, or says one thing twice. */
function readPolicies(did: string): ReadonlyMap<string, string> | undefined {
  const [head = '', ...policies] = did.split('::')
  if (!/^did:x509:0:sha(?:1|256|384|512):[A-Za-z0-9_-]+$/.test(head) || policies.length === 0) return undefined
  const values = new Map<string, string>()
  for (const policy of policies) {
    const [, name = '', pairs = ''] = /^([^:]*)((?::[^:]*:[^:]*)+)$/.exec(policy) ?? []
    if (pairs === '') return undefined
    for (const [, attribute = '', text = ''] of pairs.matchAll(/:([^:]*):([^:]*)/g)) {
      const [key, value] = [`${name}:${attribute}`, decode(text)]
      if (value === undefined || values.has(key)) return undefined
      values.set(key, value)
    }
  }
  return values
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    // Not percent-encoded text.
    return undefined
  }
}

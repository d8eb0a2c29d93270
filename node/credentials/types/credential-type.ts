import type { z } from 'zod'
import { NodeError } from '../../kernel/errors.js'
import type { StatusPurpose } from '../../../schemas/credentials/status.js'
import type { Credential } from '../credential.js'

/**
 * Whose word counts for a type.
 *
 * - `configured`: the issuers that the operator trusts for this type.
 * - `bronhouder`: the party at whose source the credential is used, and nobody else.
 * - `holder`: the holder itself; such a credential has no proof of its own.
 * - `nobody`: it says something about other credentials, and is never shown as one.
 */
export type TrustRule = 'configured' | 'bronhouder' | 'holder' | 'nobody'

/** What rules look at. A credential that is still to be issued has no id and no format. */
export type RuledCredential = Pick<Credential, 'type' | 'subject' | 'expiresAt'> &
  Partial<Pick<Credential, 'id' | 'issuer' | 'format'>>

/** One credential type that the node knows. */
export interface CredentialType {
  readonly type: string
  readonly subjectSchema: z.ZodType
  readonly trust: TrustRule
  /** Without an end date such a credential is refused. */
  readonly mustExpire: boolean
  /** For what this node can change the status of such a credential after it issued it. */
  readonly statusPurposes: readonly StatusPurpose[]
  /** What the schema cannot say: the rule that is broken, in words that repeat nothing of the credential. */
  readonly findFault?: (credential: RuledCredential) => string | undefined
  /** The subject in the spelling of this type, where the field has two; as it is unless given. */
  readonly spell?: (subject: Credential['subject']) => Credential['subject']
}

/** True when `parse` takes what it gets. What it has against it is not told: the rule says what was wanted. */
export function passes(parse: () => unknown): boolean {
  try {
    parse()
    return true
  } catch (cause) {
    if (!NodeError.is(cause)) throw cause
    return false
  }
}

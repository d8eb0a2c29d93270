import type { z } from 'zod'
import { NodeError, type ErrorCode } from '../../kernel/errors.js'
import { schemaFaults } from '../../kernel/schema-faults.js'
import {
  credentialSchema2,
  presentationSchema2,
  type Credential2,
  type Presentation2,
} from '../../../schemas/credentials/data-model-2.js'
import { asArray } from '../credential.js'
import { checkRelatedResources } from './related-resources.js'

/**
 * A credential of data model 2.0 in the right shape: members, identifiers, dates and digests of what we have. Does not
 * look at terms, proofs or whether it is valid now.
 * @throws `credential.malformed` with a note per fault, which names the member and never its value
 * @see VC Data Model 2.0 section 4
 */
export function parseCredential2(value: unknown): Credential2 {
  const credential = parseShape(credentialSchema2, value, 'credential.malformed')
  const { validFrom, validUntil } = credential
  if (validFrom !== undefined && validUntil !== undefined && !(Date.parse(validFrom) <= Date.parse(validUntil))) {
    throw new NodeError('credential.malformed', { notes: ['validUntil: comes before validFrom'] })
  }
  checkRelatedResources(credential.relatedResource === undefined ? [] : asArray(credential.relatedResource))
  return credential
}

/** The same for a presentation. Does not look at its credentials. @throws `presentation.malformed` */
export function parsePresentation2(value: unknown): Presentation2 {
  return parseShape(presentationSchema2, value, 'presentation.malformed')
}

function parseShape<T extends z.ZodType>(schema: T, value: unknown, code: ErrorCode): z.output<T> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new NodeError(code, { notes: schemaFaults(parsed.error, { whole: 'document', most: 10 }) })
}

/** The URL of an issuer or holder. */
export function idOf(agent: string | { readonly id: string }): string {
  return typeof agent === 'string' ? agent : agent.id
}

import type { z } from 'zod'
import { NodeError } from '../../kernel/errors.js'
import { identifierKinds } from '../../kernel/identifiers.js'
import { autorisatieSubjectSchema } from '../../../schemas/credentials/autorisatie.js'
import { discoveryRegistrationSubjectSchema } from '../../../schemas/credentials/discovery-registration.js'
import { ledenadministratieSubjectSchema } from '../../../schemas/credentials/ledenadministratie.js'
import type { StatusPurpose } from '../../../schemas/credentials/status.js'
import type { Credential } from '../credential.js'

/**
 * Whose word counts for a type.
 *
 * - `configured`: the issuers that the operator trusts for this type.
 * - `bronhouder`: the party at whose source the credential is used, and nobody else.
 * - `holder`: the holder itself; such a credential has no proof of its own.
 */
export type TrustRule = 'configured' | 'bronhouder' | 'holder'

/** One credential type that the node knows. */
export interface CredentialType {
  readonly type: string
  readonly subjectSchema: z.ZodType
  readonly trust: TrustRule
  /** Without an end date such a credential is refused. */
  readonly mustExpire: boolean
  /** For what this node can change the status of such a credential after it issued it. */
  readonly statusPurposes: readonly StatusPurpose[]
  /** What the schema cannot say. @throws `credential.rule_broken` */
  readonly checkSubject?: (subject: z.output<z.ZodType>) => void
}

const table: readonly CredentialType[] = [
  {
    type: 'LedenadministratieCredential',
    subjectSchema: ledenadministratieSubjectSchema,
    trust: 'configured',
    mustExpire: true,
    statusPurposes: ['revocation', 'suspension'],
    checkSubject(subject) {
      const { organization } = ledenadministratieSubjectSchema.parse(subject)
      identifierKinds[organization.id_type](organization.id)
    },
  },
  {
    type: 'AutorisatieCredential',
    subjectSchema: autorisatieSubjectSchema,
    trust: 'bronhouder',
    mustExpire: true,
    statusPurposes: ['revocation'],
  },
  {
    type: 'DiscoveryRegistrationCredential',
    subjectSchema: discoveryRegistrationSubjectSchema,
    trust: 'holder',
    mustExpire: false,
    statusPurposes: [],
  },
]

const byName: ReadonlyMap<string, CredentialType> = new Map(table.map((row) => [row.type, row]))

/** The names of all types, for messages and documentation. */
export const credentialTypeNames: readonly string[] = table.map((row) => row.type)

/**
 * The rules of a type. A type that is not in the table is refused: there are no default rules.
 * @throws `credential.type_unknown`
 */
export function getCredentialType(name: string): CredentialType {
  const row = byName.get(name)
  if (row === undefined) {
    throw new NodeError('credential.type_unknown', { notes: [`known types: ${credentialTypeNames.join(', ')}`] })
  }
  return row
}

/**
 * Checks what the type asks of a credential: its subject, and an end where the type demands one. Does not check the
 * signature, the period or the issuer.
 * @throws `credential.type_unknown`, `credential.rule_broken`
 */
export function checkTypeRules(credential: Pick<Credential, 'type' | 'subject' | 'expiresAt'>): CredentialType {
  const row = getCredentialType(credential.type)
  const parsed = row.subjectSchema.safeParse(credential.subject)
  if (!parsed.success) {
    const notes = parsed.error.issues
      .slice(0, 10)
      .map((issue) => `credentialSubject.${issue.path.join('.')}: not as the type demands`)
    throw new NodeError('credential.rule_broken', { detail: `subject of ${row.type}`, notes })
  }
  if (row.mustExpire && credential.expiresAt === undefined) {
    throw new NodeError('credential.rule_broken', { notes: [`a ${row.type} has an expirationDate`] })
  }
  try {
    row.checkSubject?.(parsed.data)
  } catch (cause) {
    throw new NodeError('credential.rule_broken', {
      cause,
      notes: ['credentialSubject.organization.id: not an identifier of its id_type'],
    })
  }
  return row
}

import { z } from 'zod'
import { NodeError } from '../../kernel/errors.js'
import { autorisatie } from './autorisatie.js'
import type { CredentialType, RuledCredential } from './credential-type.js'
import { discoveryRegistration } from './discovery-registration.js'
import { ledenadministratie } from './ledenadministratie.js'
import { nutsAuthorization } from './nuts-authorization.js'
import { nutsEmployee } from './nuts-employee.js'
import { nutsOrganization } from './nuts-organization.js'
import { nutsUra } from './nuts-ura.js'
import { patientEnrollment } from './patient-enrollment.js'
import { professionalDelegation } from './professional-delegation.js'
import { bitstringStatusList, statusList2021 } from './status-list.js'
import { x509 } from './x509.js'

/** Every type that the node knows: one file, one schema and one line each. */
const table: readonly CredentialType[] = [
  ledenadministratie,
  autorisatie,
  discoveryRegistration,
  nutsOrganization,
  nutsUra,
  nutsEmployee,
  nutsAuthorization,
  x509,
  professionalDelegation,
  patientEnrollment,
  statusList2021,
  bitstringStatusList,
]

const byName: ReadonlyMap<string, CredentialType> = new Map(
  table.map((row) => [row.type, { ...row, subjectSchema: z.compile(row.subjectSchema) }]),
)

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
export function checkTypeRules(credential: RuledCredential): CredentialType {
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
  const fault = row.findFault?.(credential)
  if (fault !== undefined) throw new NodeError('credential.rule_broken', { notes: [fault] })
  return row
}

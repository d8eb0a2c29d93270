import { parseUra } from '../../kernel/identifiers.js'
import { nutsUraSubjectSchema } from '../../../schemas/credentials/nuts-ura.js'
import { passes, type CredentialType } from './credential-type.js'

/**
 * URA, name and city of a zorgaanbieder, by the word of an issuer that the operator trusts. nuts-node v6 has its context
 * and no rules of its own; an X509Credential proves the same without such an issuer.
 */
export const nutsUra: CredentialType = {
  type: 'NutsUraCredential',
  subjectSchema: nutsUraSubjectSchema,
  trust: 'configured',
  mustExpire: false,
  statusPurposes: ['revocation', 'suspension'],
  findFault({ subject }) {
    const { ura } = nutsUraSubjectSchema.parse(subject).organization
    return passes(() => parseUra(ura)) ? undefined : 'credentialSubject.organization.ura: not a URA'
  },
}

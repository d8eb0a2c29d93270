import { parseBsn } from '../../kernel/identifiers.js'
import { patientEnrollmentSubjectSchema } from '../../../schemas/credentials/self-attested.js'
import { passes, type CredentialType } from './credential-type.js'

const bsnSystem = 'http://fhir.nl/fhir/NamingSystem/bsn'

/** That a person is registered with an organisation, by its own word. @see project material of LSPxNuts */
export const patientEnrollment: CredentialType = {
  type: 'PatientEnrollmentCredential',
  subjectSchema: patientEnrollmentSubjectSchema,
  trust: 'holder',
  mustExpire: false,
  statusPurposes: [],
  findFault({ subject }) {
    const [system, value] = patientEnrollmentSubjectSchema.parse(subject).patientId.split('|')
    if (system !== bsnSystem || passes(() => parseBsn(value))) return undefined
    return 'credentialSubject.patientId: not a BSN'
  },
}

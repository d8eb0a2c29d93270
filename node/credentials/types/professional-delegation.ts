import { professionalDelegationSubjectSchema } from '../../../schemas/credentials/self-attested.js'
import type { CredentialType } from './credential-type.js'

/** In whose name and in which role an organisation acts, by its own word. @see project material of LSPxNuts */
export const professionalDelegation: CredentialType = {
  type: 'HealthCareProfessionalDelegationCredential',
  subjectSchema: professionalDelegationSubjectSchema,
  trust: 'holder',
  mustExpire: false,
  statusPurposes: [],
}

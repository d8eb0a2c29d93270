import { nutsEmployeeSubjectSchema } from '../../../schemas/credentials/self-attested.js'
import type { CredentialType } from './credential-type.js'

/** Who acts for an organisation, by its own word. @see nuts-node v6 self-attested credentials */
export const nutsEmployee: CredentialType = {
  type: 'NutsEmployeeCredential',
  subjectSchema: nutsEmployeeSubjectSchema,
  trust: 'holder',
  mustExpire: false,
  statusPurposes: [],
}

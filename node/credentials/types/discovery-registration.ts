import { discoveryRegistrationSubjectSchema } from '../../../schemas/credentials/discovery-registration.js'
import type { CredentialType } from './credential-type.js'

/** What a party says about itself when it registers. Public. @see Nuts RFC022 */
export const discoveryRegistration: CredentialType = {
  type: 'DiscoveryRegistrationCredential',
  subjectSchema: discoveryRegistrationSubjectSchema,
  trust: 'holder',
  mustExpire: false,
  statusPurposes: [],
}

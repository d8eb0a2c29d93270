import { nutsOrganizationSubjectSchema } from '../../../schemas/credentials/nuts-organization.js'
import type { CredentialType } from './credential-type.js'

/** Name and city of an organisation. @see nuts-node v6 `vcr/credential` */
export const nutsOrganization: CredentialType = {
  type: 'NutsOrganizationCredential',
  subjectSchema: nutsOrganizationSubjectSchema,
  trust: 'configured',
  mustExpire: false,
  statusPurposes: ['revocation', 'suspension'],
  findFault({ id, issuer }) {
    if (id === undefined || issuer === undefined || id.startsWith(`${issuer}#`)) return undefined
    return 'id: starts with the DID of the issuer'
  },
}

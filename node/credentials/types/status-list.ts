import { bitstringStatusListSubjectSchema, statusList2021SubjectSchema } from '../../../schemas/credentials/status.js'
import type { CredentialType } from './credential-type.js'

/** Which credentials are revoked or suspended; hosted in `status/`, and never shown by a holder. */
export const statusList2021: CredentialType = {
  type: 'StatusList2021Credential',
  subjectSchema: statusList2021SubjectSchema,
  trust: 'nobody',
  mustExpire: true,
  statusPurposes: [],
}

/** The same, of its successor. */
export const bitstringStatusList: CredentialType = {
  ...statusList2021,
  type: 'BitstringStatusListCredential',
  subjectSchema: bitstringStatusListSubjectSchema,
}

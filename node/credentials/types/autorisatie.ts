import { autorisatieSubjectSchema } from '../../../schemas/credentials/autorisatie.js'
import type { CredentialType } from './credential-type.js'
import { spellConsent } from './spell-consent.js'

/** What a bronhouder lets one other party read, as the iWlz network writes it. @see iWlz RFC0006 */
export const autorisatie: CredentialType = {
  type: 'AutorisatieCredential',
  subjectSchema: autorisatieSubjectSchema,
  trust: 'bronhouder',
  mustExpire: true,
  statusPurposes: ['revocation'],
  spell: (subject) => spellConsent(subject, 'implicit'),
}

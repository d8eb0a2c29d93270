import { parseBsn } from '../../kernel/identifiers.js'
import { nutsAuthorizationSubjectSchema } from '../../../schemas/credentials/nuts-authorization.js'
import { passes, type CredentialType } from './credential-type.js'
import { spellConsent } from './spell-consent.js'

/**
 * The same grant as an AutorisatieCredential, as networks after Nuts v5 write it. It may name a person, so it goes from
 * party to party and never onto a list.
 */
export const nutsAuthorization: CredentialType = {
  type: 'NutsAuthorizationCredential',
  subjectSchema: nutsAuthorizationSubjectSchema,
  trust: 'bronhouder',
  mustExpire: true,
  statusPurposes: ['revocation'],
  findFault({ subject }) {
    const person = nutsAuthorizationSubjectSchema.parse(subject).subject
    if (person === undefined || passes(() => parseBsn(person.slice(-9)))) return undefined
    return 'credentialSubject.subject: not a BSN behind its OID'
  },
  spell(subject) {
    const { subject: person, ...rest } = spellConsent(subject, 'implied')
    return typeof person === 'string' ? { ...rest, subject: person.replace(/:(?=\d{9}$)/, '.') } : rest
  },
}

import { z } from 'zod'
import { identifierKinds } from '../../kernel/identifiers.js'
import {
  ledenadministratieSubjectSchema,
  type LedenadministratieSubject,
} from '../../../schemas/credentials/ledenadministratie.js'
import { passes, type CredentialType } from './credential-type.js'

const subjectSchema = z.compile(ledenadministratieSubjectSchema)

type Organization = LedenadministratieSubject['organization']

/** The identifiers under which a member in a role is known to others. */
const idTypesOfRole: Readonly<Record<Organization['role'], readonly Organization['id_type'][]>> = {
  stelselbeheerder: ['kvk', 'oin'],
  ciz: ['kvk', 'oin'],
  cak: ['kvk', 'oin'],
  zorgkantoor: ['uzovi'],
  zorgaanbieder: ['agb', 'ura', 'kvk'],
  gemeente: ['gemeentecode', 'oin'],
  'gemeente-wmo': ['gemeentecode', 'oin'],
  'gemeente-jw': ['gemeentecode', 'oin'],
  huisarts: ['agb', 'ura'],
}

/** Membership: which organisation stands behind a DID. @see iWlz RFC0005 */
export const ledenadministratie: CredentialType = {
  type: 'LedenadministratieCredential',
  subjectSchema,
  trust: 'configured',
  mustExpire: true,
  statusPurposes: ['revocation', 'suspension'],
  findFault({ subject }) {
    const { id_type, id, role } = subjectSchema.parse(subject).organization
    const idTypes = idTypesOfRole[role]
    if (!idTypes.includes(id_type)) {
      return `credentialSubject.organization.id_type: a ${role} is known by ${idTypes.join(' or ')}`
    }
    if (passes(() => identifierKinds[id_type](id))) return undefined
    return 'credentialSubject.organization.id: not an identifier of its id_type'
  },
}

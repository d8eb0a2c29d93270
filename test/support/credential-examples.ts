import { autorisatieSubject, memberSubject, type Json } from './credentials.js'

/** A did:x509 below a CA, with two policies. */
export const x509Issuer = `did:x509:0:sha256:${'A'.repeat(43)}::subject:O:Zorgaanbieder%20De%20Linde::san:otherName:90000382`

/** One good subject per credential type, about `did`. */
export function goodSubjects(did: string): Readonly<Record<string, Json>> {
  const list = { id: 'https://node.example/list', statusPurpose: 'revocation', encodedList: 'uH4sI' }
  return {
    LedenadministratieCredential: memberSubject(did),
    AutorisatieCredential: autorisatieSubject(did),
    DiscoveryRegistrationCredential: { id: did, authServerURL: 'https://node.example/oauth2/x' },
    NutsOrganizationCredential: { id: did, organization: { name: 'Zorgaanbieder De Linde', city: 'Noordstad' } },
    NutsUraCredential: { id: did, organization: { ura: '90000382', name: 'De Linde', city: 'Noordstad' } },
    NutsEmployeeCredential: { id: did, identifier: 'medewerker-1', name: 'T. Test', roleName: 'Verpleegkundige' },
    NutsAuthorizationCredential: {
      id: did,
      purposeOfUse: 'bgz-sender',
      legalBase: { consentType: 'implied' },
      subject: 'urn:oid:2.16.840.1.113883.2.4.6.3.999990019',
      resources: [{ path: '/Task/1', operations: ['read', 'update'], userContext: false }],
    },
    X509Credential: { id: did, subject: { O: 'Zorgaanbieder De Linde' }, san: { otherName: '90000382' } },
    HealthCareProfessionalDelegationCredential: { id: did, registeredBy: '90000382', roleCode: '01.015' },
    PatientEnrollmentCredential: {
      id: did,
      patientId: 'http://fhir.nl/fhir/NamingSystem/bsn|999990019',
      registeredBy: '90000382',
    },
    StatusList2021Credential: { ...list, type: 'StatusList2021' },
    BitstringStatusListCredential: { ...list, type: 'BitstringStatusList' },
  }
}

import { claimsOf } from '../../support/credentials.js'
import { membershipOf, type ComposedNode, type Reply } from './composed.js'

export const issuing = '/internal/vcr/v2/issuer/vc'

/** What tests of the credential interfaces do with a running node. */
export interface CredentialCalls {
  /** Sends any JSON, also a text. */
  postJson(path: string, value: unknown): Promise<Reply>
  issueMembership(changes?: object): Promise<string>
  /** A credential of linked data, in which noord speaks about itself. */
  issueRegistration(): Promise<Readonly<Record<string, unknown>>>
}

export function createCredentialCalls(running: () => ComposedNode): CredentialCalls {
  return {
    postJson: (path, value) =>
      running().inside('POST', path, JSON.stringify(value), { 'content-type': 'application/json' }),
    async issueMembership(changes = {}) {
      return (await running().inside('POST', issuing, membershipOf(running().dids, changes))).json as string
    },
    async issueRegistration() {
      return (await running().inside('POST', issuing, registrationOf(running().dids))).json as Record<string, unknown>
    },
  }
}

export const registrationOf = (dids: ComposedNode['dids'], changes: object = {}): object => ({
  '@context': ['https://nuts.nl/credentials/v1'],
  type: ['VerifiableCredential', 'DiscoveryRegistrationCredential'],
  issuer: dids.noord,
  credentialSubject: { id: dids.noord, authServerURL: 'https://noord.example/oauth2/noord' },
  expirationDate: '2099-01-01T00:00:00Z',
  ...changes,
})

export const idOf = (compact: string): string => String(claimsOf(compact)['jti'])

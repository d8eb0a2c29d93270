import type { PackData } from '../../schemas/pack.js'
import type { Outsider } from './outsider.js'
import { scope, tokenRequest, type TokenWorld } from './token-world.js'

type Definition = PackData['scopes'][number]['organization']

const delegation = 'HealthCareProfessionalDelegationCredential'

/** What a service provider must show: who it is, and for which organization it says to act. */
export const serviceProviderDefinition: Definition = {
  id: 'indicatieregister-dienstverlener',
  format: { jwt_vp: { alg: ['ES256'] }, jwt_vc: { alg: ['ES256'] } },
  input_descriptors: [
    {
      id: 'dienstverlener',
      constraints: {
        fields: [
          { path: ['$.type'], filter: { type: 'string', const: 'NutsOrganizationCredential' } },
          { path: ['$.issuer'], filter: { type: 'string', issuersOf: 'NutsOrganizationCredential' } },
          {
            id: 'service_provider_name',
            path: ['$.credentialSubject.organization.name', '$.credentialSubject[0].organization.name'],
            filter: { type: 'string' },
          },
        ],
      },
    },
    {
      id: 'opdracht',
      constraints: {
        fields: [
          { path: ['$.type'], filter: { type: 'string', const: delegation } },
          {
            id: 'organization_id',
            path: ['$.credentialSubject.registeredBy', '$.credentialSubject[0].registeredBy'],
            filter: { type: 'string' },
          },
        ],
      },
    },
  ],
}

/** The pack, whose membership scope asks for a service provider too. */
export function askServiceProvider(data: PackData): PackData {
  return {
    ...data,
    scopes: data.scopes.map((entry) =>
      entry.scope === scope ? { ...entry, service_provider: serviceProviderDefinition } : entry,
    ),
  }
}

/** What a service provider shows to act for the organization with this identifier. */
export function serviceProviderCredentials(
  world: TokenWorld,
  provider: Outsider,
  { of = provider.did, actsFor = '5999' }: { readonly of?: string; readonly actsFor?: string } = {},
): readonly string[] {
  return [
    world.stelselbeheerder.issue({
      type: 'NutsOrganizationCredential',
      subject: { id: of, organization: { name: 'Softwarehuis Voorbeeld', city: 'Voorbeeldstad' } },
    }),
    provider.issue({ type: delegation, subject: { id: of, registeredBy: actsFor, roleCode: '01.000' } }),
  ]
}

export const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/** A good request of a service provider for the member, except for what the changes say. */
export function jwtBearerRequest(
  world: TokenWorld,
  provider: Outsider,
  changes: Readonly<Record<string, string | undefined>> = {},
) {
  return tokenRequest(world, {
    parameters: {
      grant_type: jwtBearer,
      client_id: undefined,
      presentation_submission: undefined,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: presentAsProvider(world, provider),
      ...changes,
    },
  })
}

/** The presentation of the service provider, with other claims or credentials when given. */
export function presentAsProvider(
  world: TokenWorld,
  provider: Outsider,
  changes: Readonly<Record<string, unknown>> = {},
  credentials: readonly unknown[] = serviceProviderCredentials(world, provider),
): string {
  return provider.present({ audience: world.audience, credentials, changes })
}

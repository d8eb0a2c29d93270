import type { z } from 'zod'
import type { discoveryDefinitionSchema } from '../../schemas/wire/discovery.js'

/**
 * The definition of the demonstration's discovery service: members only, each with a listing that says where its
 * authorization server is.
 */
export function discoveryDefinition(options: {
  readonly id: string
  readonly endpoint: string
  /** Whose membership credentials count. */
  readonly issuer: string
}): z.input<typeof discoveryDefinitionSchema> {
  const organization = (name: string) => ({
    id: `organization_${name}`,
    path: [`$.credentialSubject.organization.${name}`, `$.credentialSubject[0].organization.${name}`],
    // An organisation is listed as what it is as a whole, not as one of its desks: their roles have a hyphen.
    filter: { type: 'string' as const, ...(name === 'role' ? { pattern: '^[a-z]+$' } : {}) },
  })
  return {
    id: options.id,
    did_methods: ['web'],
    endpoint: options.endpoint,
    presentation_max_validity: 1_209_600,
    presentation_definition: {
      id: `${options.id}-members`,
      name: 'Deelnemers van het netwerk in de Voorbeeldregio',
      purpose: 'Vinden wie aan het netwerk deelneemt, in welke rol, en waar die deelnemer te bereiken is',
      format: {
        jwt_vp: { alg: ['ES256'] },
        jwt_vc: { alg: ['ES256'] },
        ldp_vc: { proof_type: ['JsonWebSignature2020'] },
      },
      input_descriptors: [
        {
          id: 'membership',
          constraints: {
            fields: [
              { path: ['$.type'], filter: { type: 'string', const: 'LedenadministratieCredential' } },
              { path: ['$.issuer'], filter: { type: 'string', const: options.issuer } },
              ...['name', 'city', 'role', 'id', 'id_type'].map(organization),
            ],
          },
        },
        {
          id: 'listing',
          constraints: {
            fields: [
              { path: ['$.type'], filter: { type: 'string', const: 'DiscoveryRegistrationCredential' } },
              {
                id: 'auth_server_url',
                path: ['$.credentialSubject.authServerURL', '$.credentialSubject[0].authServerURL'],
                filter: { type: 'string' },
              },
            ],
          },
        },
      ],
    },
  }
}

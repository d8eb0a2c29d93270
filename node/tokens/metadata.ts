import { cryptosuites } from '../credentials/proofs/data-integrity.js'
import { jws2020Type } from '../credentials/proofs/json-web-signature.js'
import { signatureAlgorithms, verifiedAlgorithms } from '../identity/public-key.js'
import { jwtBearerGrantType } from './grant-jwt-bearer.js'
import { vpTokenGrantType } from './grant-vp-token.js'

/** Where the metadata of an authorization server lives, inserted before its path. @see RFC 8414 section 3.1 */
export const wellKnownPath = '/.well-known/oauth-authorization-server'

/** The token endpoint of the authorization server that `issuer` names. */
export function tokenEndpointOf(issuer: string): string {
  return `${issuer}/token`
}

const algorithms = { alg_values_supported: [...verifiedAlgorithms] }
const proofs = {
  proof_type_values_supported: [jws2020Type, 'DataIntegrityProof'],
  cryptosuite_values_supported: [...cryptosuites],
}
/** Everything that the token endpoint accepts; the last two are of data model 2.0. */
const formats = {
  jwt_vp_json: algorithms,
  jwt_vc_json: algorithms,
  ldp_vp: proofs,
  ldp_vc: proofs,
  'vp+jwt': algorithms,
  'vc+jwt': algorithms,
}

/**
 * The metadata of a party as OAuth client. It has no secret: it shows presentations.
 * @see RFC 7591 section 2; nuts-node v6 `/oauth2/{subject}/oauth-client`
 */
export function clientMetadata(): Readonly<Record<string, unknown>> {
  return {
    token_endpoint_auth_method: 'none',
    grant_types: [vpTokenGrantType, jwtBearerGrantType],
    response_types: [],
    software_id: 'bronnet',
    vp_formats: formats,
    client_id_scheme: 'entity_id',
  }
}

/**
 * The metadata of a party's authorization server. `issuer` is exactly the URL that was announced; the grant with two
 * presentations is there when some scope asks for a service provider.
 * @see RFC 8414 section 2; Nuts RFC021; the format names are those of nuts-node v6
 */
export function authorizationServerMetadata(
  issuer: string,
  didMethods: readonly string[],
  { serviceProviders }: { readonly serviceProviders: boolean },
): Readonly<Record<string, unknown>> & { readonly issuer: string } {
  return {
    issuer,
    token_endpoint: tokenEndpointOf(issuer),
    revocation_endpoint: `${issuer}/revoke`,
    revocation_endpoint_auth_methods_supported: ['none'],
    presentation_definition_endpoint: `${issuer}/presentation_definition`,
    presentation_definition_uri_supported: true,
    grant_types_supported: [vpTokenGrantType, ...(serviceProviders ? [jwtBearerGrantType] : [])],
    response_types_supported: [],
    token_endpoint_auth_methods_supported: ['none'],
    client_id_schemes_supported: ['entity_id'],
    did_methods_supported: [...didMethods],
    dpop_signing_alg_values_supported: [...signatureAlgorithms],
    vp_formats_supported: formats,
    vp_formats: formats,
  }
}

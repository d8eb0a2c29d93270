import type { PresentationDefinitionData } from '../../../schemas/presentation-exchange.js'
import type { Credential } from '../credential.js'

type FormatData = NonNullable<PresentationDefinitionData['format']>

/**
 * True when a definition that names `format` accepts the credential: the format by its own name, and the algorithm of a
 * signed one in its list. A credential without proof is accepted by the name alone.
 * @see nuts-node v6 presentation exchange: `jwt_vc_json` and other names never match a credential
 */
export function acceptsFormat(format: FormatData, credential: Credential): boolean {
  if (!Object.hasOwn(format, credential.format)) return false
  const { jwt } = credential
  return jwt === undefined || (format['jwt_vc']?.alg ?? []).includes(jwt.header.alg)
}

/** What a list of accepted formats asks, in words. */
export function describeFormat(format: FormatData): string {
  return Object.entries(format)
    .map(([name, { alg, proof_type: proofTypes }]) => `${name} (${[...(alg ?? []), ...(proofTypes ?? [])].join(', ')})`)
    .join(' or ')
    .slice(0, 200)
}

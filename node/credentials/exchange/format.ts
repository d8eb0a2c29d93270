import type { PresentationDefinitionData } from '../../../schemas/presentation-exchange.js'
import type { Credential } from '../credential.js'

type FormatData = NonNullable<PresentationDefinitionData['format']>

/**
 * True when a definition that names `format` accepts the credential: the format by its own name, and the algorithm of a
 * JWT or the type or cryptosuite of a proof in its list. A credential without proof is accepted by the name alone.
 * @see nuts-node v6 presentation exchange: `jwt_vc_json` and other names never match a credential
 */
export function acceptsFormat(format: FormatData, { format: name, jwt, proofs }: Credential): boolean {
  const accepted = Object.hasOwn(format, name) ? format[name] : undefined
  if (accepted === undefined) return false
  if (jwt !== undefined) return (accepted.alg ?? []).includes(jwt.header.alg)
  const proofTypes: readonly unknown[] = accepted.proof_type ?? []
  return (
    proofs.length === 0 ||
    proofs.some(({ type, cryptosuite }) => proofTypes.includes(type) || proofTypes.includes(cryptosuite))
  )
}

/** What a list of accepted formats asks, in words. */
export function describeFormat(format: FormatData): string {
  return Object.entries(format)
    .map(([name, { alg, proof_type: proofTypes }]) => `${name} (${[...(alg ?? []), ...(proofTypes ?? [])].join(', ')})`)
    .join(' or ')
    .slice(0, 200)
}

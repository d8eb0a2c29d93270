import { NodeError } from '../../kernel/errors.js'
import type { JsonObject } from '../credential.js'
import type { DecodedJwt } from '../jwt.js'
import { idOf, parseCredential2, parsePresentation2 } from './structure.js'

/** What is secured: a credential or a presentation. */
export type JoseKind = 'vc' | 'vp'

/** Of what is malformed. */
export const joseCodes = { vc: 'credential.malformed', vp: 'presentation.malformed' } as const
/** What a JWT says beside the document. @see RFC 7519 section 4.1 */
const registeredClaims = new Set(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'nonce'])

/**
 * The document that a JWT of VC-JOSE is: its payload, without the claims that are the JWT's own. A `vc` or `vp` claim
 * makes it a JWT of data model 1.1, or neither. `checkIssuerClaim` is for who also knows the shape of the document.
 * @throws `credential.malformed`, `presentation.malformed` @see VC-JOSE-COSE section 3.1
 */
export function josePayload({ header, claims }: DecodedJwt, kind: JoseKind): JsonObject {
  const code = joseCodes[kind]
  if (header.typ !== `${kind}+jwt` || (header.cty ?? kind) !== kind)
    throw new NodeError(code, { notes: ['typ or cty of the JWT'] })
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims))
    throw new NodeError(code, { notes: ['there is nothing inside'] })
  if ('vc' in claims || 'vp' in claims) throw new NodeError(code, { notes: [`a ${kind}+jwt has no vc or vp claim`] })
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !registeredClaims.has(name)))
}

/**
 * Refuses a JWT whose `iss` is another than the issuer, or the holder, of the document in it: one signature would stand
 * under two stories.
 * @throws `credential.malformed`, `presentation.malformed` @see VC-JOSE-COSE section 3.2
 */
export function checkIssuerClaim(iss: unknown, document: JsonObject, kind: JoseKind): void {
  if (iss === undefined) return
  const agent = kind === 'vc' ? parseCredential2(document).issuer : parsePresentation2(document).holder
  if (agent !== undefined && idOf(agent) !== iss) {
    throw new NodeError(joseCodes[kind], { notes: [`iss: is not the ${kind === 'vc' ? 'issuer' : 'holder'}`] })
  }
}

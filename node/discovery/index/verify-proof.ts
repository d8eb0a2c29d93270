import type { Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import { pathOfFault } from '../../kernel/schema-faults.js'
import { digestPrefix } from '../../catalogue/digest.js'
import { decodeJwt } from '../../credentials/jwt.js'
import { hasGoodSignature, isVerifiedAlgorithm } from '../../credentials/signature.js'
import { skewMilliseconds } from '../../credentials/verify-credential.js'
import { didOfKeyId } from '../../identity/did-url.js'
import type { DidResolver } from '../../identity/resolve-did.js'
import { catalogueProofSchema, catalogueProofType, maxProofSeconds } from '../../../schemas/wire/catalogue-proof.js'
import type { Evidence } from './entry.js'

/**
 * Verifies the proof beside a catalogue: that `did` signed it, for the catalogue at `url`, that it counts now and for at
 * most seven days in all.
 *
 * Does not check whether it is newer than what was seen before.
 * @throws `catalogue.proof_invalid` with a note; `identity.*` when the key cannot be had
 */
export type VerifyProof = (
  compact: string,
  expected: { readonly did: string; readonly url: string },
) => Promise<Evidence & { readonly kind: 'proof'; readonly sequence: number }>

export function createVerifyProof(deps: {
  readonly clock: Clock
  readonly resolver: Pick<DidResolver, 'keyFor'>
}): VerifyProof {
  return async (compact, { did, url }) => {
    const jwt = decodeJwt(compact, 'catalogue.proof_invalid')
    const { alg, kid, typ } = jwt.header
    if (typ !== catalogueProofType || !isVerifiedAlgorithm(alg)) throw invalid('its header is not that of a proof')
    const parsed = catalogueProofSchema.safeParse(jwt.claims)
    if (!parsed.success) throw invalid(`claims: ${pathOfFault(parsed.error)}`)
    const { iss, sub, iat, nbf, exp, seq, digest } = parsed.data
    if (iss !== did || kid === undefined || didOfKeyId(kid) !== did) throw invalid('somebody else signed it')
    if (sub !== url) throw invalid('it is of another catalogue')
    const now = deps.clock.now()
    if (exp - iat > maxProofSeconds) throw invalid('it counts for more than seven days')
    if (Math.max(iat, nbf) * 1000 > now + skewMilliseconds) throw invalid('it does not count yet')
    if (exp * 1000 <= now) throw invalid('it has ended')
    if (!hasGoodSignature(jwt, await deps.resolver.keyFor(kid, 'assertionMethod')))
      throw invalid('its signature is not good')
    return {
      kind: 'proof',
      compact,
      digest: `${digestPrefix}${digest.value}`,
      signedAt: iat * 1000,
      expiresAt: exp * 1000,
      sequence: seq,
    }
  }
}

function invalid(note: string): NodeError {
  return new NodeError('catalogue.proof_invalid', { notes: [note] })
}

import { epochSeconds, type Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { randomToken } from '../kernel/random.js'
import { didOfKeyId } from '../identity/did-url.js'
import type { Parties } from '../identity/parties.js'
import { algorithmOf } from '../identity/private-key.js'
import { signingKey, type Party } from '../identity/party.js'
import { signJwt } from '../credentials/jwt.js'
import { checkDpopProof, hashOfToken, parseDpopProof } from './dpop-proof.js'
import type { Dpop } from './dpop.js'

/** Receivers of nuts-node v6 allow no skew at all, and set no lower bound. */
const backDateSeconds = 2

/** What a proof is for. */
export interface ProofRequest {
  readonly method: string
  readonly url: string
  /** The access token that it goes with; none at the token endpoint. */
  readonly token?: string
  /** Of the other server, when it asked for one. */
  readonly nonce?: string | undefined
  /** The key of the party that the token is bound to; the one that signs now unless given. */
  readonly keyId?: string
}

/**
 * Makes a DPoP proof with a key of the party.
 * @throws `identity.key_unknown` when the party does not have the key
 * @see RFC 9449 section 4.2
 */
export type Prove = (party: Party, request: ProofRequest) => Promise<string>

export function createProve({ clock, parties }: { readonly clock: Clock; readonly parties: Parties }): Prove {
  return async (party, { method, url, token, nonce, keyId = signingKey(party).keyId }) => {
    const key = party.keys.find((held) => held.keyId === keyId)
    if (key === undefined) throw new NodeError('identity.key_unknown')
    const { origin, pathname } = new URL(url)
    return signJwt({
      header: { typ: 'dpop+jwt', alg: algorithmOf(key.publicKey), jwk: key.publicKey },
      claims: {
        jti: randomToken(),
        htm: method,
        htu: origin + pathname,
        iat: epochSeconds(clock.now()) - backDateSeconds,
        ...(token === undefined ? {} : { ath: hashOfToken(token) }),
        ...(nonce === undefined ? {} : { nonce }),
      },
      sign: (input) => parties.signWith(party, keyId, input),
    })
  }
}

/**
 * Makes a proof for an application that holds a token of its party.
 * @param keyId the `dpop_kid` that came with the token: the key that it is bound to
 * @param mayAsk whether the caller may act for the party
 * @throws `identity.key_unknown` when no party of this node, for which the caller may act, has that key any more
 */
export async function proveWithKey(
  keyId: string,
  request: ProofRequest,
  {
    parties,
    prove,
    mayAsk,
  }: { readonly parties: Parties; readonly prove: Prove; readonly mayAsk?: (party: string) => boolean },
): Promise<string> {
  const party = await parties.findByDid(didOfKeyId(keyId))
  if (party === undefined || mayAsk?.(party.subject) === false) throw new NodeError('identity.key_unknown')
  return prove(party, { ...request, keyId })
}

/** Says whether a proof goes with a token and a request, and if not, why. */
export type ValidateProof = (given: {
  readonly proof: string
  readonly thumbprint: string
  readonly method: string
  readonly url: string
  readonly token: string
}) => Promise<{ readonly valid: boolean; readonly reason?: string }>

/**
 * Validates a proof for an application that serves resources itself. Unlike everywhere else, scheme and port of the URL
 * do not count, because such an application sees those of its own proxy. Does not look at the token, nor for a nonce.
 * @throws `store.unavailable`
 * @see nuts-node v6 `/internal/auth/v2/dpop/validate`
 */
export function createValidateProof({ clock, dpop }: { readonly clock: Clock; readonly dpop: Dpop }): ValidateProof {
  return async (given) => {
    try {
      const proof = parseDpopProof(given.proof)
      const { method, token } = given
      if (proof.thumbprint !== given.thumbprint) return { valid: false, reason: 'jkt mismatch' }
      const where = hostAndPath(given.url)
      if (where === undefined || where !== hostAndPath(proof.url)) return { valid: false, reason: 'url mismatch' }
      checkDpopProof(proof, { method, url: proof.url, token, now: clock.now() })
      dpop.verify(proof)
      await dpop.spend(proof)
      return { valid: true }
    } catch (cause) {
      if (!NodeError.is(cause) || cause.code !== 'token.dpop_invalid') throw cause
      return { valid: false, reason: cause.notes[0] ?? 'the DPoP proof is malformed' }
    }
  }
}

function hostAndPath(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined
  const { hostname, pathname } = new URL(text)
  return hostname + pathname
}

import { epochSeconds, type Clock, type Seconds } from '../kernel/clock.js'
import { randomId, randomToken } from '../kernel/random.js'
import type { Parties } from '../identity/parties.js'
import { signingKey, type Party } from '../identity/party.js'
import { baseContext, type Credential } from './credential.js'
import { signJwt } from './jwt.js'

/** What a presentation says beside its credentials. */
export interface PresentOptions {
  readonly party: Party
  /** For whom it is made; without one anybody may take it. */
  readonly audience?: string | undefined
  readonly credentials: readonly Credential[]
  readonly validSeconds: Seconds
  /** Types beside `VerifiablePresentation`. */
  readonly extraTypes?: readonly string[]
  /** Claims beside the usual ones. */
  readonly extraClaims?: Readonly<Record<string, string>>
}

/** Makes signed presentations for parties of this node. */
export type Present = (options: PresentOptions) => Promise<string>

/**
 * Signs JWT presentations that every nuts-node v6 release accepts: one second back-dated, because some allow no skew;
 * the credentials always as an array; a nonce of 256 bits.
 * @see Nuts RFC021 section 3; VC Data Model 1.1 section 6.3.1
 */
export function createPresent({ clock, parties }: { readonly clock: Clock; readonly parties: Parties }): Present {
  return async ({ party, audience, credentials, validSeconds, extraTypes = [], extraClaims = {} }) => {
    const start = epochSeconds(clock.now()) - 1
    const { keyId, algorithm } = signingKey(party)
    return signJwt({
      header: { alg: algorithm, typ: 'JWT', kid: keyId },
      claims: {
        iss: party.did,
        sub: party.did,
        jti: `${party.did}#${randomId()}`,
        ...(audience === undefined ? {} : { aud: audience }),
        nbf: start,
        iat: start,
        exp: start + validSeconds,
        nonce: randomToken(),
        ...extraClaims,
        vp: {
          '@context': [baseContext],
          type: ['VerifiablePresentation', ...extraTypes],
          verifiableCredential: credentials.map((credential) =>
            credential.jwt === undefined ? (JSON.parse(credential.raw) as unknown) : credential.raw,
          ),
        },
      },
      sign: (input) => parties.sign(party, input, (start + validSeconds) * 1000),
    })
  }
}

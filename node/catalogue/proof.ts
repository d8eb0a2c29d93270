import { epochSeconds, type Clock, type Instant } from '../kernel/clock.js'
import type { Parties } from '../identity/parties.js'
import { signingKey, type Party } from '../identity/party.js'
import { signJwt } from '../credentials/jwt.js'
import { catalogueProofType, maxProofSeconds } from '../../schemas/wire/catalogue-proof.js'
import type { CatalogueVersion } from './catalogue-records.js'
import { digestPrefix } from './digest.js'

/** A proof is given out this long, so that asking for it costs the node no signature, and six days are left of it at least. */
const keepMilliseconds = 86_400_000

/** A proof for the published version of a party's catalogue, signed by the party. @throws `identity.*`, `store.unavailable` */
export type ProveCatalogue = (party: Party, version: CatalogueVersion) => Promise<string>

/** Signs once a day for each version and key. The key cannot be taken away without force before the proof has ended. */
export function createProveCatalogue(deps: {
  readonly clock: Clock
  readonly parties: Pick<Parties, 'sign'>
}): ProveCatalogue {
  const { clock, parties } = deps
  /** One for each party: there are as many as the operator configured. */
  const kept = new Map<string, { readonly of: string; readonly proof: string; readonly until: Instant }>()

  async function sign(party: Party, { seq, version, digest, catalogue }: CatalogueVersion): Promise<string> {
    const { keyId, algorithm } = signingKey(party)
    const now = epochSeconds(clock.now())
    const exp = now + maxProofSeconds
    const claims = {
      iss: party.did,
      sub: catalogue.id,
      iat: now,
      nbf: now,
      exp,
      seq,
      version,
      digest: { alg: 'rdfc-1.0+sha-256', value: digest.slice(digestPrefix.length) },
    }
    return signJwt({
      header: { alg: algorithm, typ: catalogueProofType, kid: keyId },
      claims,
      sign: (input) => parties.sign(party, input, exp * 1000),
    })
  }

  return async (party, version) => {
    const of = JSON.stringify([version.seq, version.digest, signingKey(party).keyId])
    const found = kept.get(party.subject)
    if (found?.of === of && found.until > clock.now()) return found.proof
    const proof = await sign(party, version)
    kept.set(party.subject, { of, proof, until: clock.now() + keepMilliseconds })
    return proof
  }
}

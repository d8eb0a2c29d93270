import { LRUCache } from 'lru-cache'
import { epochSeconds, type Clock, type Instant } from '../kernel/clock.js'
import type { Parties } from '../identity/parties.js'
import { signingKey, type Party } from '../identity/party.js'
import { algorithmOf } from '../identity/private-key.js'
import { signJwt } from '../credentials/jwt.js'

/** The path of an entity statement, inserted before that of the issuer, as nuts-node v6 has it. */
export const entityStatementPath = '/.well-known/openid-configuration'
export const entityStatementType = 'entity-statement+jwt'

const lifetimeSeconds = 60 * 60
/** One statement is given out this long, so that asking for it does not make the node sign each time. */
const keepMilliseconds = 10 * 60_000

/**
 * What a party says about itself as authorization server, signed with its key: its keys and its metadata.
 * @see nuts-node v6; OpenID Federation 1.0 section 3
 */
export type StateEntity = (
  party: Party,
  metadata: Readonly<Record<string, unknown>> & { readonly issuer: string },
) => Promise<string>

export function createStateEntity({
  clock,
  parties,
}: {
  readonly clock: Clock
  readonly parties: Parties
}): StateEntity {
  const kept = new LRUCache<string, { readonly statement: string; readonly until: Instant }>({ max: 1000 })

  async function sign(...[party, metadata]: Parameters<StateEntity>): Promise<string> {
    const { keyId, algorithm } = signingKey(party)
    const { issuer } = metadata
    const now = epochSeconds(clock.now())
    return signJwt({
      header: { alg: algorithm, typ: entityStatementType, kid: keyId },
      claims: {
        iss: issuer,
        sub: issuer,
        iat: now,
        exp: now + lifetimeSeconds,
        jwks: {
          keys: party.keys.map((key) => ({ ...key.publicKey, kid: key.keyId, alg: algorithmOf(key.publicKey) })),
        },
        metadata: { openid_provider: metadata },
      },
      sign: (input) => parties.sign(party, input, (now + lifetimeSeconds) * 1000),
    })
  }

  return async (party, metadata) => {
    // Everything that it says, except the time.
    const key = JSON.stringify([party.did, party.keys, metadata])
    const found = kept.get(key)
    if (found !== undefined && found.until > clock.now()) return found.statement
    const statement = await sign(party, metadata)
    kept.set(key, { statement, until: clock.now() + keepMilliseconds })
    return statement
  }
}

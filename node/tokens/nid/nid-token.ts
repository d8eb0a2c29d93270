import { createHmac } from 'node:crypto'
import { epochSeconds, type Instant } from '../../kernel/clock.js'
import { randomId } from '../../kernel/random.js'
import { signJwt } from '../../credentials/jwt.js'
import type { Parties } from '../../identity/parties.js'
import { signingKey, type Party } from '../../identity/party.js'
import type { KnownOrganization } from '../../../schemas/nid.js'

/** Clocks of others may be behind by this much. */
const backdatedSeconds = 120

/** What a token of this face says. */
export interface NidTokenContent {
  readonly issuer: string
  /** The certificate number of who asked. */
  readonly subject: string
  readonly audience: string
  /** For whom it is, such as `uzovi:5999`. */
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly organization: KnownOrganization
  /** When somebody asks for the organization: its certificate number, and what the consent is called. */
  readonly actor: { readonly number: string; readonly consent: string } | undefined
  readonly issuedAt: Instant
  readonly expiresAt: Instant
}

/**
 * Makes the signed JWT. Whose token it is stands in a JWT of its own, as a distributed claim, with a key that no other
 * has: it is for who grants the tokens to read.
 * @see iWlz RFC0014; OpenID Connect Core 1.0 section 5.6.2
 */
export type MakeNidToken = (party: Party, content: NidTokenContent) => Promise<string>

export function createMakeNidToken(deps: { readonly parties: Parties; readonly claimsKey: Buffer }): MakeNidToken {
  return (party, content) => {
    const { keyId, algorithm } = signingKey(party)
    return signJwt({
      header: { alg: algorithm, typ: 'at+jwt', kid: keyId },
      claims: claimsOf(content, deps.claimsKey),
      sign: (input) => deps.parties.sign(party, input, content.expiresAt),
    })
  }
}

function claimsOf(content: NidTokenContent, claimsKey: Buffer): object {
  const { organization, actor } = content
  const issuedAt = epochSeconds(content.issuedAt)
  const own = { agb: null, uzovi: null, [organization.id_type]: organization.id }
  return {
    iss: content.issuer,
    sub: content.subject,
    aud: content.audience,
    iat: issuedAt,
    nbf: issuedAt - backdatedSeconds,
    exp: epochSeconds(content.expiresAt),
    jti: randomId(),
    client_id: content.clientId,
    scopes: content.scopes,
    _claim_names: Object.fromEntries(Object.keys(own).map((name) => [name, 'localhost'])),
    _claim_sources: { localhost: { jwt: signClaims(own, claimsKey) } },
    subjects: null,
    consent_id: actor?.consent ?? null,
    client_metadata: null,
    ...(actor === undefined ? {} : { act: { sub: actor.number } }),
  }
}

/** HS256. @see RFC 7515 appendix A.1 */
function signClaims(claims: object, key: Buffer): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`
}

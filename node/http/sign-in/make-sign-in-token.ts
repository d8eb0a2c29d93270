import { sign, type KeyObject } from 'node:crypto'
import { sshFingerprint, toSshPublicKey } from '../../identity/ssh-public-key.js'
import { epochSeconds, type Instant } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import { randomId } from '../../kernel/random.js'
import { signatureWays } from './signature-ways.js'

/** What a token to sign in says. */
export interface SignInClaims {
  /** Whose key it is, as the node lists it. */
  readonly user: string
  readonly audience: string
  readonly now: Instant
  /** How long it counts; a day at most. */
  readonly lifeSeconds: number
}

/**
 * A token by which whoever has the key signs in on the internal listener of a node, or of nuts-node v6.
 * @throws `config.invalid` for a key of a kind that is not accepted
 */
export function makeSignInToken(key: KeyObject, { user, audience, now, lifeSeconds }: SignInClaims): string {
  const publicKey = toSshPublicKey(key)
  const [way] = Object.entries(signatureWays[publicKey.type] ?? {})
  if (way === undefined) throw new NodeError('config.invalid', { notes: ['keys of this type sign nothing here'] })
  const [alg, [digest, using]] = way
  const iat = epochSeconds(now)
  const header = { typ: 'JWT', alg, kid: sshFingerprint(publicKey) }
  const claims = { iss: user, sub: user, aud: audience, iat, nbf: iat, exp: iat + lifeSeconds, jti: randomId() }
  const input = `${encode(header)}.${encode(claims)}`
  return `${input}.${sign(digest, Buffer.from(input), { key, ...using }).toString('base64url')}`
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

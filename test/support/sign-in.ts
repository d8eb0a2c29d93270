import { constants, generateKeyPairSync, randomUUID, sign, type KeyObject, type SignKeyObjectInput } from 'node:crypto'
import { sshFingerprint, toSshPublicKey } from '../../node/identity/ssh-public-key.js'

/** How a key of a kind is made and signs: what an application made for nuts-node v6 would do. */
export const signInKinds = {
  EdDSA: { make: () => generateKeyPairSync('ed25519').privateKey, digest: null, using: {} },
  ES256: { make: () => makeEc('P-256'), digest: 'sha256', using: { dsaEncoding: 'ieee-p1363' } },
  ES384: { make: () => makeEc('P-384'), digest: 'sha384', using: { dsaEncoding: 'ieee-p1363' } },
  ES512: { make: () => makeEc('P-521'), digest: 'sha512', using: { dsaEncoding: 'ieee-p1363' } },
  RS512: { make: makeRsa, digest: 'sha512', using: { padding: constants.RSA_PKCS1_PADDING } },
  PS512: {
    make: makeRsa,
    digest: 'sha512',
    using: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
  },
} as const satisfies Record<
  string,
  { make: () => KeyObject; digest: string | null; using: Omit<SignKeyObjectInput, 'key'> }
>
export type SignInKind = keyof typeof signInKinds

function makeEc(namedCurve: string): KeyObject {
  return generateKeyPairSync('ec', { namedCurve }).privateKey
}

function makeRsa(): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
}

/** A line of an authorized_keys file. */
export function lineOf(key: KeyObject, user: string, options = ''): string {
  const { type, blob } = toSshPublicKey(key)
  return `${options === '' ? '' : `${options} `}${type} ${blob.toString('base64')} ${user}`
}

/** The claims that nuts-node v6 asks for, valid for five minutes from `now`, in milliseconds. */
export function claimsOf(user: string, now: number, changes: object = {}): object {
  const iat = Math.floor(now / 1000)
  return { jti: randomUUID(), iss: user, sub: user, aud: ['node.test'], iat, nbf: iat, exp: iat + 300, ...changes }
}

/** Signs a JWT of these claims. Members of `header` replace those that are usual. */
export function signInToken(kind: SignInKind, key: KeyObject, claims: object, header: object = {}): string {
  const { digest, using } = signInKinds[kind]
  const usual = { typ: 'JWT', alg: kind, kid: sshFingerprint(toSshPublicKey(key)) }
  const input = [{ ...usual, ...header }, claims].map(encode).join('.')
  return `${input}.${sign(digest, Buffer.from(input), { key, ...using }).toString('base64url')}`
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

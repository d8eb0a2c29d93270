import { createPublicKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { epochSeconds, type Clock } from '../../node/kernel/clock.js'

type Json = Record<string, unknown>

/** Somebody with an own did:jwk key and no node, who can say anything: honest, forged, stale or borrowed. */
export interface Outsider {
  readonly did: string
  /** Signs any claims with its own key. */
  signJwt(claims: Json, header?: Json): string
  /** A presentation as a node makes it, except for what `changes` say. */
  present(options: {
    readonly audience: string
    readonly credentials: readonly unknown[]
    readonly changes?: Json
  }): string
  /** A credential in the form of VC Data Model 1.1, signed by itself. */
  issue(options: { readonly type: string; readonly subject: Json; readonly claims?: Json }): string
}

export function createOutsider(clock: Clock): Outsider {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { kty, crv, x, y } = createPublicKey(privateKey).export({ format: 'jwk' })
  const did = `did:jwk:${Buffer.from(JSON.stringify({ kty, crv, x, y })).toString('base64url')}`
  const encode = (value: Json): string => Buffer.from(JSON.stringify(value)).toString('base64url')

  const signJwt = (claims: Json, header: Json = {}): string => {
    const input = `${encode({ alg: 'ES256', typ: 'JWT', kid: `${did}#0`, ...header })}.${encode(claims)}`
    const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
    return `${input}.${signature.toString('base64url')}`
  }

  return {
    did,
    signJwt,
    present({ audience, credentials, changes = {} }) {
      const start = epochSeconds(clock.now()) - 1
      return signJwt({
        iss: did,
        sub: did,
        jti: `${did}#${randomUUID()}`,
        aud: audience,
        nbf: start,
        iat: start,
        exp: start + 5,
        nonce: randomUUID(),
        vp: {
          '@context': ['https://www.w3.org/2018/credentials/v1'],
          type: ['VerifiablePresentation'],
          verifiableCredential: credentials,
        },
        ...changes,
      })
    },
    issue({ type, subject, claims = {} }) {
      const start = epochSeconds(clock.now()) - 1
      return signJwt({
        iss: did,
        sub: subject['id'],
        jti: `${did}#${randomUUID()}`,
        nbf: start,
        iat: start,
        exp: start + 3600,
        vc: {
          '@context': ['https://www.w3.org/2018/credentials/v1'],
          type: ['VerifiableCredential', type],
          credentialSubject: [subject],
        },
        ...claims,
      })
    },
  }
}

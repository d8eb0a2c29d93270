import { createHash, createPublicKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import type { Clock } from '../../node/kernel/clock.js'
import type { Json } from './credentials.js'

/** Somebody with a key who makes DPoP proofs: honest ones, except for what the changes say. */
export interface Prover {
  /** RFC 7638, computed here by itself. */
  readonly thumbprint: string
  readonly jwk: Json
  /** Claims and header members replace those of an honest proof; `undefined` leaves one out. */
  prove(request: { readonly htm: string; readonly htu: string; readonly token?: string }, changes?: Changes): string
}

interface Changes {
  readonly claims?: Json
  readonly header?: Json
}

export function createProver(clock: Clock, algorithm: 'ES256' | 'EdDSA' = 'ES256'): Prover {
  const { privateKey } =
    algorithm === 'EdDSA' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = createPublicKey(privateKey).export({ format: 'jwk' })
  const { crv, kty, x, y } = jwk
  return {
    jwk: { ...jwk },
    thumbprint: sha256(JSON.stringify({ crv, kty, x, ...(y === undefined ? {} : { y }) })),
    prove({ htm, htu, token }, { claims = {}, header = {} } = {}) {
      const ath = token === undefined ? undefined : sha256(token)
      const iat = Math.floor(clock.now() / 1000)
      const input = [
        { typ: 'dpop+jwt', alg: algorithm, jwk, ...header },
        { jti: randomUUID(), htm, htu, iat, ath, ...claims },
      ].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      const signature =
        algorithm === 'EdDSA'
          ? sign(null, Buffer.from(input.join('.')), privateKey)
          : sign('sha256', Buffer.from(input.join('.')), { key: privateKey, dsaEncoding: 'ieee-p1363' })
      return [...input, signature.toString('base64url')].join('.')
    },
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

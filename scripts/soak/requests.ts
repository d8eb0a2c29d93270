import { createHash, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { randomId, randomToken } from '../../node/kernel/random.js'
import { systemClock } from '../../node/kernel/clock.js'

type Json = Readonly<Record<string, unknown>>

/** Somebody with a did:jwk and no node. */
export interface Stranger {
  readonly did: string
  readonly privateKey: KeyObject
  readonly jwk: Json
}

/** A request of the soak. */
export interface SoakRequest {
  /** What it is, as the report counts it. */
  readonly kind: string
  readonly listener: 'public' | 'internal'
  readonly path: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
  /** The answer that is meant: a status, and what its body must hold. */
  readonly status: number
  readonly holds: string
}

/** What came of the newest request that got a token. */
export interface Granted {
  readonly token: string
  /** The body of that request. */
  readonly form: string
}

export function createStranger(): Stranger {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { kty, crv, x, y } = createPublicKey(privateKey).export({ format: 'jwk' })
  const jwk = { kty, crv, x, y }
  return { did: `did:jwk:${Buffer.from(JSON.stringify(jwk)).toString('base64url')}`, privateKey, jwk }
}

function signJwt({ privateKey }: Stranger, header: Json, claims: Json): string {
  const encode = (value: Json): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${encode({ alg: 'ES256', ...header })}.${encode(claims)}`
  const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}

const context = ['https://www.w3.org/2018/credentials/v1']
const nowSeconds = (): number => Math.floor(systemClock.now() / 1000)
const organization = { name: 'Zorgkantoor Noord', city: 'Noordstad', id: '5999', id_type: 'uzovi', role: 'zorgkantoor' }

/** A membership of `member` for a day. */
export function issueMembership(issuer: Stranger, member: Stranger): string {
  const nbf = nowSeconds() - 1
  const vc = {
    '@context': context,
    type: ['VerifiableCredential', 'LedenadministratieCredential'],
    credentialSubject: [{ id: member.did, organization }],
  }
  const claims = { iss: issuer.did, sub: member.did, jti: `${issuer.did}#1`, nbf, exp: nbf + 86_400, vc }
  return signJwt(issuer, { typ: 'JWT', kid: `${issuer.did}#0` }, claims)
}

/** Makes the requests, good and bad, of one member at one authorization server. */
export function createRequests(options: {
  readonly member: Stranger
  readonly membership: string
  readonly issuer: string
  readonly scope: string
  /** How many requests for a token go before each of the others, beside those that are among them. */
  readonly extraTokens: number
}): {
  /** A request of the kind whose turn it is. */
  next(latest: Granted): SoakRequest
} {
  const { member, membership, issuer, scope, extraTokens } = options
  const present = (changes: Json = {}): string => {
    const nbf = nowSeconds() - 1
    const vp = { '@context': context, type: ['VerifiablePresentation'], verifiableCredential: [membership] }
    const claims = {
      iss: member.did,
      sub: member.did,
      aud: issuer,
      nbf,
      iat: nbf,
      exp: nbf + 5,
      nonce: randomToken(),
      vp,
    }
    return signJwt(member, { typ: 'JWT', kid: `${member.did}#0` }, { ...claims, ...changes })
  }
  const submission = JSON.stringify({
    id: 's',
    definition_id: 'indicatieregister-lid',
    descriptor_map: [{ id: 'lidmaatschap', format: 'jwt_vc', path: '$.verifiableCredential[0]' }],
  })
  const form = (assertion: string): string =>
    new URLSearchParams({
      grant_type: 'vp_token-bearer',
      client_id: member.did,
      assertion,
      presentation_submission: submission,
      scope,
    }).toString()
  const path = `${new URL(issuer).pathname}/token`
  const grant = { listener: 'public', path, status: 200, holds: '"access_token"' } as const
  const refused = (kind: string, body: string, holds: string): SoakRequest =>
    ({ kind, listener: 'public', path, body, status: 400, holds }) as const
  const prove = (): string => {
    const claims = { jti: randomId(), htm: 'POST', htu: `${issuer}/token`, iat: nowSeconds() }
    return signJwt(member, { typ: 'dpop+jwt', jwk: member.jwk }, claims)
  }
  const inspect = (kind: string, token: string, holds: string): SoakRequest => {
    const body = new URLSearchParams({ token }).toString()
    return { kind, listener: 'internal', path: '/internal/auth/v2/accesstoken/introspect', body, status: 200, holds }
  }
  const granted = (): SoakRequest => ({ kind: 'granted', ...grant, body: form(present()) })
  const kinds: readonly ((latest: Granted) => SoakRequest)[] = [
    granted,
    ({ token }) => inspect('introspected', token, '"active":true'),
    () => ({ kind: 'granted to a key', ...grant, body: form(present()), headers: { dpop: prove() } }),
    () => inspect('introspected, unknown', createHash('sha256').update(randomToken()).digest('hex'), '"active":false'),
    granted,
    ({ token }) => inspect('introspected', token, '"active":true'),
    () => refused('bad signature', form(`${present().slice(0, -20)}${'A'.repeat(20)}`), '"presentation-signature"'),
    () => refused('expired', form(present({ nbf: 1, iat: 1, exp: 6 })), '"presentation-expired"'),
    () => refused('another audience', form(present({ aud: 'https://ander.example' })), '"presentation-audience"'),
    () => refused('broken form', 'grant_type=vp_token-bearer&assertion=%5B%5B', '"bad-token-request"'),
    (latest) => refused('replayed', latest.form, '"presentation-replayed"'),
  ]
  const makers = kinds.flatMap((make) => [...Array.from({ length: extraTokens }, () => granted), make])
  let turn = 0
  return {
    next(latest) {
      const make = makers[turn % makers.length] ?? granted
      turn += 1
      return make(latest)
    },
  }
}

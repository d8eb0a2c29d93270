import { createHmac, createPublicKey } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { parseAuthorizedKeys, type AuthorizedKey } from '../../../../node/http/sign-in/authorized-keys.js'
import { verifySignInToken } from '../../../../node/http/sign-in/verify-sign-in-token.js'
import { jwkThumbprint, sshFingerprint, toSshPublicKey } from '../../../../node/identity/ssh-public-key.js'
import { moment } from '../../../support/node-parts.js'
import { refusalOf } from '../../../support/refusals.js'
import { claimsOf, lineOf, signInKinds, signInToken, type SignInKind } from '../../../support/sign-in.js'

const key = signInKinds.EdDSA.make()
const user = 'admin@test.example'
const known = (...lines: string[]): ReadonlyMap<string, AuthorizedKey> => {
  const { keys, faults } = parseAuthorizedKeys(lines.join('\n'))
  expect(faults).toEqual([])
  return new Map(keys.flatMap((each) => each.ids.map((id) => [id, each] as const)))
}
const keys = known(lineOf(key, user, 'role="administrator"'))
const verify = (token: string, against = keys) =>
  verifySignInToken(token, { keys: against, audience: 'node.test', now: moment })
const claims = (changes: object = {}) => claimsOf(user, moment, changes)
const seconds = Math.floor(moment / 1000)
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const why = (token: string, against = keys) => {
  const { code, detail } = refusalOf(() => verify(token, against))
  // By no listed key, or by one and no good: the operator is woken for the first alone.
  expect(code).toBe(
    /no key of this id|signature is not|alg is none/.test(detail ?? '') ? 'signin.untrusted' : 'signin.invalid',
  )
  return detail
}

describe('a token as applications of nuts-node v6 make it', () => {
  test.each(Object.keys(signInKinds) as SignInKind[])('signs in under %s', (kind) => {
    const own = signInKinds[kind].make()
    const token = signInToken(kind, own, claims())
    const verified = verify(token, known(lineOf(own, user, 'role="operator"')))
    expect(verified).toMatchObject({ key: { user, role: 'operator' }, subject: user })
    expect(verified.expiresAt).toBe((seconds + 300) * 1000)
  })

  test('may name its key by the thumbprint of JOSE as well', () => {
    const kid = jwkThumbprint(toSshPublicKey(key))
    expect(verify(signInToken('EdDSA', key, claims(), { kid })).key.user).toBe(user)
  })

  test('may have its audience as one text', () => {
    expect(verify(signInToken('EdDSA', key, claims({ aud: 'node.test' }))).key.user).toBe(user)
  })

  test('may be for somebody else, whom it names', () => {
    expect(verify(signInToken('EdDSA', key, claims({ sub: 'medewerker 7' }))).subject).toBe('medewerker 7')
  })

  test('may live for 24 hours', () => {
    expect(verify(signInToken('EdDSA', key, claims({ exp: seconds + 86_400 }))).key.user).toBe(user)
  })

  test('may come from a clock that is five seconds ahead', () => {
    expect(verify(signInToken('EdDSA', key, claims({ iat: seconds + 5, nbf: seconds + 5 }))).key.user).toBe(user)
  })
})

describe('a token that signs nobody in', () => {
  const fingerprint = sshFingerprint(toSshPublicKey(key))

  test('without a signature', () => {
    const header = encode({ alg: 'none', kid: fingerprint })
    expect(why(`${header}.${encode(claims())}.`)).toMatch(/no signature/)
    expect(why(`${header}.${encode(claims())}.AA`)).toMatch(/alg is none of those of the key/)
  })

  test('made with the public key as a shared secret', () => {
    const input = `${encode({ alg: 'HS256', kid: fingerprint })}.${encode(claims())}`
    const pem = createPublicKey(key).export({ type: 'spki', format: 'pem' })
    for (const secret of [pem, toSshPublicKey(key).blob])
      expect(why(`${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`)).toMatch(/alg is none/)
  })

  test.each(['__proto__', 'constructor', 'toString', 'EDDSA', 'RS256', 'PS256', 'ES256'])(
    'by the algorithm %s, which is not one of its key',
    (alg) => {
      expect(why(signInToken('EdDSA', key, claims(), { alg }))).toMatch(/alg is none/)
    },
  )

  test('by an RSA key and a weaker hash', () => {
    const rsa = signInKinds.RS512.make()
    const listed = known(lineOf(rsa, user, 'role="administrator"'))
    for (const alg of ['RS256', 'RS384', 'PS256', 'PS384'])
      expect(why(signInToken('RS512', rsa, claims(), { alg }), listed)).toMatch(/alg is none/)
    expect(why(signInToken('RS512', rsa, claims(), { alg: 'PS512' }), listed)).toMatch(/signature/)
  })

  const jwk = createPublicKey(key).export({ format: 'jwk' })
  test.each<[string, object]>([
    ['jwk', { jwk }],
    ['jku', { jku: 'https://keys.example/' }],
    ['x5c', { x5c: ['AA=='] }],
    ['x5u', { x5u: 'https://keys.example/' }],
    ['crit', { crit: ['exp'] }],
    ['b64', { b64: false }],
    ['no kid', { kid: undefined }],
  ])('with %s in its header, though all else is good', (_, header) => {
    expect(why(signInToken('EdDSA', key, claims(), header))).toMatch(/header/)
  })

  test('by a key that is not listed, whatever it is called', () => {
    const stranger = signInKinds.EdDSA.make()
    expect(why(signInToken('EdDSA', stranger, claims()))).toMatch(/no key of this id/)
    expect(why(signInToken('EdDSA', stranger, claims(), { kid: fingerprint }))).toMatch(/signature/)
  })

  test('in the name of somebody else whose key is listed', () => {
    const other = signInKinds.EdDSA.make()
    const both = known(lineOf(key, user, 'role="administrator"'), lineOf(other, 'lezer', 'role="reader"'))
    expect(why(signInToken('EdDSA', other, claims()), both)).toMatch(/iss is not whose key it is/)
  })

  test.each<[string, object, RegExp]>([
    ['for another node', { aud: ['other.test'] }, /another aud/],
    ['for nobody', { aud: [] }, /another aud/],
    ['of another user', { iss: 'root' }, /iss/],
    ['for no subject', { sub: '' }, /sub/],
    ['that expired', { exp: seconds }, /expired/],
    ['that lives for a second more than 24 hours', { exp: seconds + 86_401 }, /24 hours/],
    ['from the future', { iat: seconds + 60, nbf: seconds + 60 }, /not valid yet/],
    ['that is not valid yet', { nbf: seconds + 6 }, /not valid yet/],
    ['valid before it was made', { nbf: seconds - 1 }, /nbf is before iat/],
    ['with an id that is no UUID', { jti: 'abc' }, /jti/],
    ['with a time that is a text', { exp: String(seconds + 300) }, /exp/],
    ...['jti', 'iss', 'sub', 'aud', 'iat', 'nbf', 'exp'].map((claim): [string, object, RegExp] => [
      `without ${claim}`,
      { [claim]: undefined },
      new RegExp(`claim ${claim}`),
    ]),
  ])('%s', (_, changes, reason) => {
    expect(why(signInToken('EdDSA', key, claims(changes)))).toMatch(reason)
  })

  test('of more than 4096 characters, unread', () => {
    expect(why(signInToken('EdDSA', key, claims({ more: 'x'.repeat(4096) })))).toMatch(/too long/)
  })

  test('that names a claim twice', () => {
    const text = JSON.stringify(claims()).replace('{', '{"iss":"root",')
    const input = `${encode({ alg: 'EdDSA', kid: fingerprint })}.${Buffer.from(text).toString('base64url')}`
    expect(why(`${input}.AAAA`)).toMatch(/JWT part/)
  })

  test.each(['', '.', 'a.b', 'a.b.c.d', '{}', '!.!.!'])('of another form: %j', (token) => {
    expect(refusalOf(() => verify(token)).code).toBe('signin.invalid')
  })

  test('of which one bit was changed', () => {
    const [header = '', payload = '', signature = ''] = signInToken('EdDSA', key, claims()).split('.')
    const changed = encode(claims({ sub: 'root' }))
    expect(why([header, changed, signature].join('.'))).toMatch(/signature/)
    const bytes = Buffer.from(signature, 'base64url')
    bytes.writeUInt8((bytes[0] ?? 0) ^ 1, 0)
    expect(why([header, payload, bytes.toString('base64url')].join('.'))).toMatch(/signature/)
  })
})

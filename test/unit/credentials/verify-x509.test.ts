import { constants, sign, type KeyObject } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { CompactSign } from 'jose'
import { signJwt } from '../../../node/credentials/jwt.js'
import { signWith } from '../../../node/identity/private-key.js'
import { createTestIdentity, type TestIdentity } from '../../support/credentials.js'
import { rejectionOf } from '../../support/refusals.js'
import { fingerprintOf, makeChain } from '../../support/x509-chain.js'

const otherName = '2.16.528.1.1007.99.2110-1-900030787-S-90000380-00.000-11223344'
const chain = makeChain({ until: '2026-12-31T00:00:00Z' })
const authority = `did:x509:0:sha512:${fingerprintOf(chain.authority, 'sha512')}`
const issuer = `${authority}::san:otherName:${otherName}`
let identity: TestIdentity

beforeAll(async () => {
  identity = await createTestIdentity()
  identity.trusted['X509Credential'] = [authority]
})

afterAll(() => identity.end())

/** Signed with the key of the certificate, as the tools of the field do it. */
function issue(changes: { readonly x5c?: readonly string[]; readonly claims?: object; readonly kid?: string } = {}) {
  return signJwt({
    header: { alg: 'ES256', typ: 'JWT', kid: changes.kid ?? `${issuer}#0`, ...{ x5c: changes.x5c ?? chain.x5c } },
    claims: {
      iss: issuer,
      sub: 'did:web:node.example:iam:1',
      jti: `${issuer}#1`,
      nbf: Date.parse('2026-11-24T08:00:00Z') / 1000,
      exp: Date.parse('2026-12-24T08:00:00Z') / 1000,
      vc: {
        '@context': ['https://www.w3.org/2018/credentials/v1'],
        type: ['VerifiableCredential', 'X509Credential'],
        credentialSubject: [{ id: 'did:web:node.example:iam:1', san: { otherName } }],
      },
      ...changes.claims,
    },
    sign: async (input) => signWith(chain.leaf.privateKey, input),
  })
}

const verify = (compact: string) => identity.verifier.verify(identity.verifier.parse(compact), {})

describe('an X509Credential', () => {
  test('is verified with the key of the certificate in its header, twice the same', async () => {
    const compact = await issue()
    for (let count = 0; count < 2; count += 1) {
      expect((await verify(compact)).credential.issuer).toBe(issuer)
    }
  })

  test('whose authority is not pinned is not trusted', async () => {
    identity.trusted['X509Credential'] = [authority.replace(/.{4}$/, 'AAAA')]
    const compact = await issue()
    expect((await rejectionOf(verify(compact))).code).toBe('credential.issuer_untrusted')
    identity.trusted['X509Credential'] = [authority]
  })

  test.each([
    ['without a chain', { x5c: [] }, 'identity.chain_invalid'],
    ['with the chain of another', { x5c: makeChain().x5c }, 'identity.chain_invalid'],
    ['under another key id', { kid: `${issuer}#1` }, 'identity.key_unknown'],
    [
      'that outlives its certificate',
      { claims: { exp: Date.parse('2027-01-01T00:00:00Z') / 1000 } },
      'credential.rule_broken',
    ],
    [
      'from before its certificate',
      { claims: { nbf: Date.parse('2019-01-01T00:00:00Z') / 1000 } },
      'credential.rule_broken',
    ],
  ])('%s is refused', async (_, changes, code) => {
    const compact = await issue(changes)
    expect((await rejectionOf(verify(compact))).code).toBe(code)
  })

  test('with another signature is refused', async () => {
    const compact = await issue()
    const tampered = `${compact.slice(0, -8)}AAAAAAAA`
    expect((await rejectionOf(verify(tampered))).code).toBe('credential.signature')
  })
})

describe('an X509Credential of a certificate with an RSA key', () => {
  const rsa = makeChain({ until: '2026-12-31T00:00:00Z', kind: 'rsa2048' }, { kind: 'rsa2048' }, { kind: 'rsa2048' })
  const rsaAuthority = `did:x509:0:sha256:${fingerprintOf(rsa.authority, 'sha256')}`
  const rsaIssuer = `${rsaAuthority}::san:otherName:${otherName}`
  const claims = JSON.stringify({
    iss: rsaIssuer,
    sub: 'did:web:node.example:iam:1',
    jti: `${rsaIssuer}#1`,
    nbf: Date.parse('2026-11-24T08:00:00Z') / 1000,
    exp: Date.parse('2026-12-24T08:00:00Z') / 1000,
    vc: {
      '@context': ['https://www.w3.org/2018/credentials/v1'],
      type: ['VerifiableCredential', 'X509Credential'],
      credentialSubject: [{ id: 'did:web:node.example:iam:1', san: { otherName } }],
    },
  })
  const header = (alg: string) => ({ alg, typ: 'JWT', kid: `${rsaIssuer}#0`, x5c: [...rsa.x5c] })

  beforeAll(() => {
    identity.trusted['X509Credential'] = [authority, rsaAuthority]
  })

  test.each(['PS256', 'PS384', 'PS512'])('signed by another implementation with %s is verified', async (alg) => {
    const compact = await new CompactSign(Buffer.from(claims)).setProtectedHeader(header(alg)).sign(rsa.leaf.privateKey)
    expect((await verify(compact)).credential.issuer).toBe(rsaIssuer)
  })

  /** Signs as said, whatever the header says. */
  function signAs(alg: string, hash: string, options: { padding?: number; saltLength?: number } = {}): string {
    const input = [header(alg), JSON.parse(claims) as object]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    const key: { key: KeyObject; padding?: number; saltLength?: number } = { key: rsa.leaf.privateKey, ...options }
    return `${input}.${sign(hash, Buffer.from(input), key).toString('base64url')}`
  }
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING }

  test.each([
    ['with the predictable padding', signAs('RS256', 'sha256'), 'credential.algorithm'],
    ['with that padding under the name of the other', signAs('PS256', 'sha256'), 'credential.signature'],
    [
      'with another hash than its header says',
      signAs('PS256', 'sha512', { ...pss, saltLength: 64 }),
      'credential.signature',
    ],
    ['with a salt of another length', signAs('PS256', 'sha256', { ...pss, saltLength: 20 }), 'credential.signature'],
    [
      'under the name of another kind of key',
      signAs('ES256', 'sha256', { ...pss, saltLength: 32 }),
      'credential.signature',
    ],
  ])('%s is refused', async (_, compact, code) => {
    expect((await rejectionOf(verify(compact))).code).toBe(code)
  })
})

import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { compactVerify } from 'jose'
import { decodeJwt, signJwt } from '../../../node/credentials/jwt.js'
import { hasGoodSignature, isVerifiedAlgorithm } from '../../../node/credentials/signature.js'
import type { VerificationKey } from '../../../node/identity/did-document.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { createTestHolder } from '../../support/credentials.js'
import { refusalOf } from '../../support/refusals.js'

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const header = part({ alg: 'ES256', kid: 'did:web:node.example#key', typ: 'JWT' })
const claims = part({ iss: 'did:web:node.example' })
const signature = Buffer.alloc(64, 1).toString('base64url')

const decode = (compact: string) => decodeJwt(compact, 'credential.malformed')

describe('decodeJwt', () => {
  test('takes the three parts apart', () => {
    expect(decode(`${header}.${claims}.${signature}`)).toEqual({
      compact: `${header}.${claims}.${signature}`,
      header: { alg: 'ES256', kid: 'did:web:node.example#key', typ: 'JWT' },
      claims: { iss: 'did:web:node.example' },
    })
  })

  test.each([
    ['short', 'did:web:node.example#key'],
    ['long', `did:web:node.example#${'k'.repeat(1500)}`],
  ])('reads a %s header that comes again, with other claims, as it did before', (_, kid) => {
    const again = part({ alg: 'ES256', kid })
    const both = [{ n: 1 }, { n: 2 }].map((other) => decode(`${again}.${part(other)}.${signature}`))
    expect(both.map((jwt) => [jwt.header.kid, jwt.claims])).toEqual([
      [kid, { n: 1 }],
      [kid, { n: 2 }],
    ])
  })

  test('refuses a header that comes again as it did before, in the words of who asks', () => {
    const refused = `${part({ alg: 'ES256', crit: ['exp'] })}.${claims}.${signature}`
    expect(refusalOf(() => decode(refused)).code).toBe('credential.malformed')
    expect(refusalOf(() => decodeJwt(refused, 'presentation.malformed')).code).toBe('presentation.malformed')
  })

  test('ignores header members that change nothing', () => {
    const other = part({ alg: 'ES256', x5t: 'y', foo: { bar: 1 } })
    expect(decode(`${other}.${claims}.${signature}`).header).toEqual({ alg: 'ES256', kid: undefined, typ: undefined })
  })

  test('says what the caller calls malformed', () => {
    expect(refusalOf(() => decodeJwt('x', 'presentation.malformed')).code).toBe('presentation.malformed')
  })

  test.each([
    ['nothing', ''],
    ['one part', header],
    ['two parts', `${header}.${claims}`],
    ['four parts', `${header}.${claims}.${signature}.${signature}`],
    ['five parts', `${header}..${claims}.${signature}.${signature}`],
    ['no signature', `${header}.${claims}.`],
    ['no claims', `${header}..${signature}`],
    ['no header', `.${claims}.${signature}`],
    ['padding', `${header}.${claims}.${signature}==`],
    ['the other alphabet in the claims', `${header}.${claims}+/.${signature}`],
    ['the other alphabet in the signature', `${header}.${claims}.+/${signature}`],
    ['padding in the claims', `${header}.${part({ a: 12 })}=.${signature}`],
    [
      'the other alphabet for good claims',
      `${header}.${part('???>>>').replace(/-/g, '+').replace(/_/g, '/')}.${signature}`,
    ],
    ['white space', `${header}.${claims}.${signature} `],
    ['a line break', `${header}.${claims}.${signature}\n`],
    ['claims that are not JSON', `${header}.${Buffer.from('{').toString('base64url')}.${signature}`],
    [
      'claims that are not UTF-8',
      `${header}.${Buffer.from('{"a":"\xff"}', 'latin1').toString('base64url')}.${signature}`,
    ],
    ['claims with a member twice', `${header}.${Buffer.from('{"a":1,"a":2}').toString('base64url')}.${signature}`],
    ['a header that is no object', `${part('x')}.${claims}.${signature}`],
    [
      'a header with a member twice',
      `${Buffer.from('{"alg":"ES256","alg":"none"}').toString('base64url')}.${claims}.${signature}`,
    ],
  ])('refuses %s', (_, compact) => {
    expect(refusalOf(() => decode(compact)).code).toBe('credential.malformed')
  })

  test.each([
    ['no algorithm', {}],
    ['an algorithm that is no text', { alg: 256 }],
    ['a key id that is no text', { alg: 'ES256', kid: 1 }],
    ['an empty key id', { alg: 'ES256', kid: '' }],
    ['crit', { alg: 'ES256', crit: ['exp'] }],
    ['an empty crit', { alg: 'ES256', crit: null }],
    ['b64', { alg: 'ES256', b64: true }],
    ['jwk', { alg: 'ES256', jwk: { kty: 'EC' } }],
    ['jku', { alg: 'ES256', jku: 'https://evil.example/keys' }],
    ['x5u', { alg: 'ES256', x5u: 'https://evil.example/chain' }],
  ])('refuses a header with %s', (_, members) => {
    expect(refusalOf(() => decode(`${part(members)}.${claims}.${signature}`)).code).toBe('credential.malformed')
  })

  test('takes 256 KiB and no more', () => {
    const compact = `${header}.${claims}.${'A'.repeat(256 * 1024 - header.length - claims.length - 2)}`
    expect(compact).toHaveLength(256 * 1024)
    expect(decode(compact).compact).toBe(compact)
    expect(refusalOf(() => decode(`${compact}A`)).code).toBe('credential.malformed')
  })

  test('keeps the text out of the refusal', () => {
    const secret = Buffer.from('{"bsn":"999990019"').toString('base64url')
    const { message, notes, cause } = refusalOf(() => decode(`${header}.${secret}.${signature}`))
    expect(`${message} ${notes.join()} ${String(cause)}`).not.toMatch(/999990019|bsn/)
  })
})

describe('the algorithms', () => {
  test.each([['ES256'], ['EdDSA'], ['PS256'], ['PS384'], ['PS512']])('include %s', (algorithm) => {
    expect(isVerifiedAlgorithm(algorithm)).toBe(true)
  })

  test.each([['none'], ['HS256'], ['RS256'], ['ES384'], ['es256'], ['ES256K'], ['Ed25519'], ['constructor'], ['']])(
    'do not include %j',
    (algorithm) => {
      expect(isVerifiedAlgorithm(algorithm)).toBe(false)
    },
  )
})

describe.each([['ES256'], ['EdDSA']] as const)('the signature of an %s token', (algorithm) => {
  const holder = createTestHolder(algorithm)
  const other = createTestHolder(algorithm)
  const token = holder.signVp({ iss: holder.did, n: 1 })
  const [head = '', body = '', tail = ''] = token.split('.')

  const isGood = (compact: string, key: VerificationKey = holder.key): boolean => hasGoodSignature(decode(compact), key)

  test('is good under the key that made it, and under no other', () => {
    expect([isGood(token), isGood(token, other.key)]).toEqual([true, false])
  })

  test('is not good for other claims or another header', () => {
    expect([
      isGood(`${head}.${part({ n: 2 })}.${tail}`),
      isGood(`${part({ alg: algorithm })}.${body}.${tail}`),
    ]).toEqual([false, false])
  })

  test.each([['none'], ['HS256'], ['ES384'], ['EdDSA'], ['ES256']])('is not good when the header says %s', (named) => {
    const header = part({ alg: named, kid: holder.keyId })
    const publicKey = holder.key.key.export({ format: 'der', type: 'spki' })
    const mac = createHmac('sha256', publicKey).update(`${header}.${body}`).digest('base64url')
    expect([isGood(`${header}.${body}.${tail}`), isGood(`${header}.${body}.${mac}`)]).toEqual([false, false])
  })

  test.each([[0], [1], [32], [63], [65], [128]])('of %i bytes is not good', (length) => {
    const bytes = Buffer.concat([Buffer.from(tail, 'base64url'), Buffer.alloc(64, 1)]).subarray(0, length)
    const compact = `${head}.${body}.${bytes.toString('base64url')}`
    expect(hasGoodSignature({ ...decode(token), compact }, holder.key)).toBe(false)
  })

  test('with padding is refused, where jose is content', async () => {
    expect(refusalOf(() => decode(`${token}==`)).code).toBe('credential.malformed')
    expect(await joseSaysGood(`${token}==`, holder.key)).toBe(true)
  })

  test('is judged as jose judges it, whatever else is done to the token', async () => {
    const change = fc.oneof(
      fc.constant((compact: string) => compact),
      fc.tuple(fc.nat(token.length - 1), fc.constantFrom(...'ABCDEFGHwxyz0189-_.')).map(
        ([at, letter]) =>
          (compact: string) =>
            compact.slice(0, at) + letter + compact.slice(at + 1),
      ),
      fc.nat(token.length).map((at) => (compact: string) => compact.slice(0, at)),
      fc.string({ unit: fc.constantFrom(...'AQg_-'), maxLength: 4 }).map((more) => (compact: string) => compact + more),
      fc.constantFrom('none', 'HS256', 'ES256', 'EdDSA').map((named) => () => {
        const header = part({ alg: named, kid: holder.keyId })
        return `${header}.${body}.${tail}`
      }),
      // The last letter of a signature of 64 bytes has four bits to spare.
      fc
        .constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef')
        .map((letter) => (compact: string) => compact.slice(0, -1) + letter),
    )
    const outcomes: boolean[] = []
    await fc.assert(
      fc.asyncProperty(change, fc.constantFrom(holder.key, holder.key, other.key), async (changeToken, key) => {
        const compact = changeToken(token)
        const ours = isGoodOrRefused(compact, key)
        outcomes.push(ours)
        expect([compact, ours]).toEqual([compact, await joseSaysGood(compact, key)])
      }),
      { numRuns: 300 },
    )
    expect(new Set(outcomes)).toEqual(new Set([true, false]))
  })
})

function isGoodOrRefused(compact: string, key: VerificationKey): boolean {
  try {
    return hasGoodSignature(decode(compact), key)
  } catch (error) {
    if (NodeError.is(error)) return false
    throw error
  }
}

async function joseSaysGood(compact: string, key: VerificationKey): Promise<boolean> {
  return compactVerify(compact, key.key, { algorithms: ['ES256', 'EdDSA'] }).then(
    () => true,
    () => false,
  )
}

describe('an ES256 signature', () => {
  test('in the form of ASN.1 is not good', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const key: VerificationKey = { keyId: 'k', algorithm: 'ES256', key: publicKey }
    const input = `${part({ alg: 'ES256' })}.${claims}`
    const signedAs = (dsaEncoding: 'der' | 'ieee-p1363'): string =>
      `${input}.${sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding }).toString('base64url')}`
    expect(hasGoodSignature(decode(signedAs('ieee-p1363')), key)).toBe(true)
    expect(hasGoodSignature(decode(signedAs('der')), key)).toBe(false)
  })
})

describe('signJwt', () => {
  test('signs header and claims as they stand in the token', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const compact = await signJwt({
      header: { alg: 'ES256', typ: 'JWT', kid: 'k' },
      claims: { name: 'Zoë' },
      sign: async (input) => sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' }),
    })
    const decoded = decode(compact)
    expect([decoded.header, decoded.claims]).toEqual([{ alg: 'ES256', typ: 'JWT', kid: 'k' }, { name: 'Zoë' }])
    expect(hasGoodSignature(decoded, { algorithm: 'ES256', key: publicKey })).toBe(true)
  })
})

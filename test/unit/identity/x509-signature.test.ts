import { readFileSync } from 'node:fs'
import { AlgorithmIdentifier } from '@peculiar/asn1-x509'
import { describe, expect, test } from '@jest/globals'
import { parseChain } from '../../../node/identity/x509-chain.js'
import { createRevocations } from '../../../node/identity/x509-revocation.js'
import { findSignatureWay } from '../../../node/identity/x509-signature.js'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { refusalOf } from '../../support/refusals.js'
import { makeCertificate, makeRevocationList, toX5c } from '../../support/x509-chain.js'

/** Made by OpenSSL 3.0, all by one root but for `listForged`, which a root of the same name signed. */
const made = JSON.parse(readFileSync('test/support/pss-certificates.json', 'utf8')) as Readonly<Record<string, string>>
const given = (name: string): string => made[name] ?? `no ${name}`

const clock = createFixedClock(Date.parse('2026-11-27T09:00:00Z'))

/** What the list says of the leaf: `good`, or the code by which it is refused. */
async function outcomeOf(list: Buffer, x5c = [given('leaf'), given('root')]): Promise<string> {
  const request = async () => ({
    status: 200,
    headers: { get: () => undefined },
    mediaType: 'application/pkix-crl',
    body: list,
  })
  const revocations = createRevocations({ outbound: { request }, clock, mustKnow: true })
  return revocations.check(parseChain(x5c)).then(
    () => 'good',
    (refusal: unknown) => NodeError.codeOf(refusal),
  )
}
const bytesOf = (name: string): Buffer => Buffer.from(given(name), 'base64')

describe('a revocation list that is signed with RSA-PSS', () => {
  test.each(['listSha256', 'listSha384', 'listSha512', 'listLongSalt'])('counts: %s', async (name) => {
    expect(await outcomeOf(bytesOf(name))).toBe('good')
  })

  test('that names the certificate refuses it', async () => {
    expect(await outcomeOf(bytesOf('listRevoking'))).toBe('identity.chain_revoked')
  })

  test.each([
    ['by another key', 'listForged'],
    ['with SHA-1', 'listSha1'],
    ['with a mask by SHA-1', 'listMaskSha1'],
    ['without salt', 'listNoSalt'],
  ])('does not count when it is signed %s', async (_, name) => {
    expect(await outcomeOf(bytesOf(name))).toBe('identity.chain_unchecked')
  })

  test('does not count when one bit of it was changed, in what is signed, the signature or the way', async () => {
    const list = bytesOf('listSha256')
    const salt = list.indexOf(Buffer.from('a203020120', 'hex'))
    const secondSalt = list.indexOf(Buffer.from('a203020120', 'hex'), salt + 1)
    // The name of the issuer, the last byte of the signature, and the salt of both places.
    for (const at of [list.indexOf('test root'), list.length - 1, salt + 4, secondSalt + 4]) {
      const changed = Buffer.from(list)
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
      expect([at, await outcomeOf(changed)]).toEqual([at, 'identity.chain_unchecked'])
    }
    expect(secondSalt).toBeGreaterThan(salt)
  })
})

describe('a revocation list', () => {
  test('does not count when it is signed by a key of another kind than it says', async () => {
    const revocationList = 'http://crl.example/list'
    for (const [kind, other] of [
      ['p256', '1.2.840.113549.1.1.11'],
      ['rsa2048', '1.2.840.10045.4.3.2'],
    ] as const) {
      const root = makeCertificate({ isAuthority: true, keyUsage: 0x60, kind })
      const x5c = [...toX5c([makeCertificate({ issuer: root, revocationList }), root])]
      const nextUpdate = '2026-12-24T09:00:00Z'
      expect(await outcomeOf(makeRevocationList({ issuer: root, nextUpdate }), x5c)).toBe('good')
      const disguised = makeRevocationList({ issuer: root, nextUpdate, signatureAlgorithm: other })
      expect(await outcomeOf(disguised, x5c)).toBe('identity.chain_unchecked')
    }
  })
})

describe('a chain that is signed with RSA-PSS', () => {
  test.each(['leaf', 'leafLongSalt'])('counts: %s', (leaf) => {
    expect(parseChain([given(leaf), given('root')]).authorities).toHaveLength(1)
  })

  test.each([
    ['with SHA-1', 'leafSha1'],
    ['with a mask by SHA-1', 'leafMaskSha1'],
    ['without salt', 'leafNoSalt'],
  ])('is refused when it is signed %s', (_, leaf) => {
    const { code, notes } = refusalOf(() => parseChain([given(leaf), given('root')]))
    expect([code, notes]).toEqual([
      'identity.chain_invalid',
      ['the certificate chain is not good: a certificate is signed in a weak way'],
    ])
  })
})

describe('the parameters of RSA-PSS', () => {
  const sha256 = (end: string): string => `30${end === '' ? '0b' : '0d'}0609608648016503040201${end}`
  /** With the digest, that of the mask, and what follows them, each in hexadecimal. */
  const parameters = (digest: string, ofMask: string, end: string): string => {
    const mask = wrap('30', `06092a864886f70d010108${ofMask}`)
    return wrap('30', `${wrap('a0', digest)}${wrap('a1', mask)}${end}`)
  }
  const wayOf = (hex: string | undefined) =>
    findSignatureWay(
      new AlgorithmIdentifier({
        algorithm: '1.2.840.113549.1.1.10',
        ...(hex === undefined ? {} : { parameters: new Uint8Array(Buffer.from(hex, 'hex')).buffer }),
      }),
    )
  const usual = 'a203020120'

  test.each([
    ['with and with', '0500', '0500'],
    ['with and without', '0500', ''],
    ['without and with', '', '0500'],
    ['without and without', '', ''],
  ])('may have digests %s a NULL', (_, digest, ofMask) => {
    const way = wayOf(parameters(sha256(digest), sha256(ofMask), usual))
    expect(way).toMatchObject({ digest: 'sha256', using: { saltLength: 32 } })
  })

  test.each<[string, string, number | undefined]>([
    ['31', 'a20302011f', undefined],
    ['32', usual, 32],
    ['127', 'a20302017f', 127],
    ['128', 'a20402020080', 128],
    ['222', 'a204020200de', 222],
    ['32767', 'a20402027fff', 32767],
    ['that is negative', 'a2030201ff', undefined],
    ['that is negative, in two bytes', 'a2040202ff00', undefined],
    ['in more bytes than it takes', 'a20402020020', undefined],
    ['that is left out', '', undefined],
    ['with another trailer', `${usual}a303020102`, undefined],
    ['with something behind it', `${usual}0500`, undefined],
  ])('have a salt %s', (_, end, saltLength) => {
    expect(wayOf(parameters(sha256('0500'), sha256('0500'), end))?.using.saltLength).toBe(saltLength)
  })

  test('are SHA-1 when they are not there, and weak', () => {
    for (const hex of [undefined, '', '3000', '0500']) expect(wayOf(hex)).toBeUndefined()
  })

  test('have one digest: not another one for the mask', () => {
    const sha384 = '300d06096086480165030402020500'
    expect(wayOf(parameters(sha256('0500'), sha384, usual))).toBeUndefined()
    expect(wayOf(parameters(sha384, sha384, usual))).toBeUndefined()
    expect(wayOf(parameters(sha384, sha384, 'a203020130'))).toMatchObject({ digest: 'sha384' })
  })
})

function wrap(tag: string, content: string): string {
  return `${tag}${(content.length / 2).toString(16).padStart(2, '0')}${content}`
}

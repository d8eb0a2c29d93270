import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { parseSshPublicKey, toSshPublicKey } from '../../../node/identity/ssh-public-key.js'
import { writeSshBytes, writeSshNumber } from '../../../node/identity/ssh-wire.js'
import { refusalOf } from '../../support/refusals.js'

const onCurve = (namedCurve: string): KeyObject => generateKeyPairSync('ec', { namedCurve }).publicKey
const withBits = (modulusLength: number): KeyObject => generateKeyPairSync('rsa', { modulusLength }).publicKey
const ofValues = (...values: readonly (Buffer | string)[]): string =>
  Buffer.concat(values.map(writeSshBytes)).toString('base64')

const ed25519 = generateKeyPairSync('ed25519').publicKey
const { x: edX } = ed25519.export({ format: 'jwk' })
const edPoint = Buffer.from(edX ?? '', 'base64url')
const jwk = onCurve('P-256').export({ format: 'jwk' })
const point = Buffer.concat([Buffer.of(4), ...[jwk.x, jwk.y].map((text) => Buffer.from(text ?? '', 'base64url'))])

describe('a public key of SSH', () => {
  test.each<[string, KeyObject]>([
    ['ssh-ed25519', ed25519],
    ['ssh-rsa', withBits(2048)],
    ['ecdsa-sha2-nistp256', onCurve('P-256')],
    ['ecdsa-sha2-nistp384', onCurve('P-384')],
    ['ecdsa-sha2-nistp521', onCurve('P-521')],
  ])('may be of the type %s, and is written as it is read', (type, key) => {
    const written = toSshPublicKey(key)
    const read = parseSshPublicKey(type, written.blob.toString('base64'))
    expect([written.type, read.type, read.key.equals(key)]).toEqual([type, type, true])
  })

  const accepted: readonly string[] = [
    ofValues('ssh-ed25519', edPoint),
    ofValues('ecdsa-sha2-nistp256', 'nistp256', point),
  ]
  test('is its type and its values, and nothing else', () => {
    expect(
      accepted.map((text, at) => parseSshPublicKey(['ssh-ed25519', 'ecdsa-sha2-nistp256'][at] ?? '', text).type),
    ).toEqual(['ssh-ed25519', 'ecdsa-sha2-nistp256'])
  })

  const malformedPoint = 'the point of the key is malformed'
  test.each<[string, string, string, string]>([
    ['is no base64', 'ssh-ed25519', `${ofValues('ssh-ed25519', edPoint)}!`, 'the key is not base64'],
    ['is longer than any key', 'ssh-ed25519', ofValues('ssh-ed25519', Buffer.alloc(5000)), 'the key is not base64'],
    ['says another type', 'ssh-rsa', ofValues('ssh-ed25519', edPoint), 'the key is of another type than it says'],
    ['ends too soon', 'ssh-ed25519', ofValues('ssh-ed25519'), 'it ends too soon'],
    [
      'has something behind it',
      'ssh-ed25519',
      ofValues('ssh-ed25519', edPoint, 'x'),
      'something stands behind the key',
    ],
    ['is one of DSA', 'ssh-dss', ofValues('ssh-dss'), 'keys of this type are not accepted'],
    ['has a type that every object has', '__proto__', ofValues('__proto__'), 'keys of this type are not accepted'],
    ['is of another length', 'ssh-ed25519', ofValues('ssh-ed25519', 'kort'), 'the key is none of its kind'],
    [
      'is on another curve than its type says',
      'ecdsa-sha2-nistp384',
      ofValues('ecdsa-sha2-nistp384', 'nistp256', point),
      'the key is on another curve than it says',
    ],
    [
      'has half a point',
      'ecdsa-sha2-nistp256',
      ofValues('ecdsa-sha2-nistp256', 'nistp256', point.subarray(0, 33)),
      malformedPoint,
    ],
    [
      'has a point in another form',
      'ecdsa-sha2-nistp256',
      ofValues('ecdsa-sha2-nistp256', 'nistp256', Buffer.concat([Buffer.of(6), point.subarray(1)])),
      malformedPoint,
    ],
    [
      'has a point that is not on the curve',
      'ecdsa-sha2-nistp256',
      ofValues('ecdsa-sha2-nistp256', 'nistp256', Buffer.concat([Buffer.of(4), Buffer.alloc(64, 1)])),
      'the key is none of its kind',
    ],
  ])('that %s is refused, and told why', (_, type, base64, note) => {
    const { code, notes } = refusalOf(() => parseSshPublicKey(type, base64))
    expect([code, notes]).toEqual(['config.invalid', [note]])
  })

  test('of RSA has 2048 to 8192 bits', () => {
    const e = writeSshNumber(Buffer.of(1, 0, 1))
    // An odd number of so many bits is enough: whose factors it has is never looked at.
    const ofBits = (bits: number): string => {
      const modulus = Buffer.alloc(bits / 8, 0xff)
      return Buffer.concat([writeSshBytes('ssh-rsa'), e, writeSshNumber(modulus)]).toString('base64')
    }
    for (const bits of [2048, 8192]) expect(parseSshPublicKey('ssh-rsa', ofBits(bits)).type).toBe('ssh-rsa')
    for (const bits of [1024, 2040, 8200])
      expect([bits, refusalOf(() => parseSshPublicKey('ssh-rsa', ofBits(bits))).notes]).toEqual([
        bits,
        ['an RSA key must have 2048 to 8192 bits'],
      ])
  })
})

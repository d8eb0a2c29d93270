import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { decodeBase58, encodeBase58 } from '../../../node/identity/base58.js'
import { multibaseOf, publicKeyOfMultibase } from '../../../node/identity/multikey.js'
import { publicKeySchema } from '../../../schemas/jwk.js'

describe('base58', () => {
  // Published with the encoding.
  test.each([
    ['Hello World!', '2NEpo7TZRRrLZSi2U'],
    ['The quick brown fox jumps over the lazy dog.', 'USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z'],
    ['', ''],
  ])('of %j is %s', (text, encoded) => {
    expect([encodeBase58(Buffer.from(text)), decodeBase58(encoded)?.toString()]).toEqual([encoded, text])
  })

  test('gives back any bytes, also zeros in front', () => {
    fc.assert(
      fc.property(fc.nat(4), fc.uint8Array({ maxLength: 40 }), (zeros, tail) => {
        const bytes = Buffer.concat([Buffer.alloc(zeros), tail])
        expect(decodeBase58(encodeBase58(bytes))).toEqual(bytes)
      }),
    )
  })

  test.each([['0'], ['O'], ['I'], ['l'], ['z6M+'], [' ']])('does not read %j', (text) => {
    expect(decodeBase58(text)).toBeUndefined()
  })
})

describe('a multikey', () => {
  test('of a key that the node makes gives back that key', () => {
    for (let count = 0; count < 10; count += 1) {
      for (const { publicKey } of [
        generateKeyPairSync('ed25519'),
        generateKeyPairSync('ec', { namedCurve: 'P-256' }),
      ]) {
        const jwk = publicKeySchema.parse(publicKey.export({ format: 'jwk' }))
        expect(publicKeyOfMultibase(multibaseOf(jwk))).toEqual(jwk)
      }
    }
  })

  test('of any text is a key or nothing, and never fails', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        expect(['undefined', 'object']).toContain(typeof publicKeyOfMultibase(text))
        expect(publicKeyOfMultibase(`z${text}`)).toBeUndefined()
      }),
    )
  })
})

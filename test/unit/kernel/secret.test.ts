import { inspect } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import { deriveKey, open, seal, Secret } from '../../../node/kernel/secret.js'

const key = Buffer.alloc(32, 7)
const otherKey = Buffer.alloc(32, 8)
const plain = Buffer.from('the private key of zorgkantoor Noord')

describe('Secret', () => {
  test('shows its text on request only', () => {
    const secret = Secret.of('correct horse')
    expect(secret.reveal()).toBe('correct horse')
    expect([`${secret}`, JSON.stringify([secret]), inspect({ secret })]).toEqual([
      'secret:***',
      '["secret:***"]',
      '{ secret: secret:*** }',
    ])
  })

  test('an imitation is not a Secret', () => {
    expect(Secret.is(Secret.of('x'))).toBe(true)
    expect(Secret.is({ reveal: () => 'x' })).toBe(false)
  })
})

describe('seal and open', () => {
  test.each([
    ['some bytes', plain],
    ['no bytes', Buffer.alloc(0)],
  ])('%s come back with the same key and context', (_, bytes) => {
    expect(open(seal(bytes, key, 'a'), key, 'a')).toEqual(bytes)
  })

  test('two seals of the same bytes differ and hide them', () => {
    const first = seal(plain, key, 'a')
    expect(first.equals(seal(plain, key, 'a'))).toBe(false)
    expect(first.includes(plain.subarray(0, 8))).toBe(false)
  })

  test('another key does not open it', () => {
    expect(() => open(seal(plain, key, 'a'), otherKey, 'a')).toThrow(expect.objectContaining({ code: 'store.damaged' }))
  })

  test('another context does not open it', () => {
    expect(() => open(seal(plain, key, 'a'), key, 'b')).toThrow(expect.objectContaining({ code: 'store.damaged' }))
  })

  test('a change of any byte is noticed', () => {
    const sealed = seal(plain, key, 'a')
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed)
      changed.writeUInt8(sealed.readUInt8(at) ^ 1, at)
      expect(() => open(changed, key, 'a')).toThrow(expect.objectContaining({ code: 'store.damaged' }))
    }
  })

  test('any shorter piece is refused', () => {
    const sealed = seal(plain, key, 'a')
    for (let length = 0; length < sealed.length; length += 1) {
      expect(() => open(sealed.subarray(0, length), key, 'a')).toThrow(
        expect.objectContaining({ code: 'store.damaged' }),
      )
    }
  })

  test('a key of another length is a fault on both sides', () => {
    const short = Buffer.alloc(16)
    expect(() => seal(plain, short, 'a')).toThrow(expect.objectContaining({ code: 'internal.fault' }))
    expect(() => open(seal(plain, key, 'a'), short, 'a')).toThrow(expect.objectContaining({ code: 'internal.fault' }))
  })
})

describe('deriveKey', () => {
  const salt = Buffer.alloc(16, 1)

  test('gives the same 32 bytes for the same passphrase and salt', async () => {
    const derived = await deriveKey(Secret.of('correct horse'), salt)
    expect(derived).toHaveLength(32)
    expect(await deriveKey(Secret.of('correct horse'), salt)).toEqual(derived)
  })

  test('gives other bytes for another passphrase or salt', async () => {
    const derived = await deriveKey(Secret.of('correct horse'), salt)
    expect(await deriveKey(Secret.of('correct hors'), salt)).not.toEqual(derived)
    expect(await deriveKey(Secret.of('correct horse'), Buffer.alloc(16, 2))).not.toEqual(derived)
  })

  test('refuses a short salt', async () => {
    await expect(deriveKey(Secret.of('x'), Buffer.alloc(15))).rejects.toMatchObject({ code: 'internal.fault' })
  })
})

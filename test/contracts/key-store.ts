import { createPublicKey, verify } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { KeyStore } from '../../node/identity/key-store.js'
import type { PublicKey } from '../../schemas/jwk.js'
import { rejectionOf } from '../support/refusals.js'

/** A place where a key store can be opened more than once. */
export interface KeyPlace {
  open(): Promise<KeyStore>
  destroy(): Promise<void>
}

/** The same check as whoever receives the signature makes. */
export function isSignatureUnder(publicKey: PublicKey, data: string | Buffer, signature: Buffer): boolean {
  const key = createPublicKey({ key: { ...publicKey }, format: 'jwk' })
  return publicKey.kty === 'EC'
    ? verify('sha256', Buffer.from(data), { key, dsaEncoding: 'ieee-p1363' }, signature)
    : verify(null, Buffer.from(data), key, signature)
}

const coordinate: unknown = expect.stringMatching(/^[\w-]{43}$/)
const kinds = [
  { algorithm: 'ES256', jwk: { kty: 'EC', crv: 'P-256', x: coordinate, y: coordinate } },
  { algorithm: 'EdDSA', jwk: { kty: 'OKP', crv: 'Ed25519', x: coordinate } },
] as const

/** What every key store promises. */
export function describeKeyStore(name: string, createPlace: () => Promise<KeyPlace>): void {
  describe(`a key store: ${name}`, () => {
    let place: KeyPlace
    let keyStore: KeyStore

    beforeAll(async () => {
      place = await createPlace()
      keyStore = await place.open()
    })

    afterAll(() => place.destroy())

    describe.each(kinds)('an $algorithm key', ({ algorithm, jwk }) => {
      const keyId = `did:web:node.example%3A8443:iam:1#${algorithm}`
      let publicKey: PublicKey

      beforeAll(async () => {
        publicKey = await keyStore.createKey(keyId, algorithm)
      })

      test('shows its public half and nothing else', () => {
        expect(publicKey).toEqual(jwk)
      })

      test('stays the same when it is made again', async () => {
        expect(await keyStore.createKey(keyId, algorithm)).toEqual(publicKey)
      })

      test('is not made again for the other algorithm', async () => {
        const other = algorithm === 'ES256' ? 'EdDSA' : 'ES256'
        expect((await rejectionOf(keyStore.createKey(keyId, other))).code).toBe('identity.key_exists')
        expect(await keyStore.createKey(keyId, algorithm)).toEqual(publicKey)
      })

      test('is one key when it is made twice at the same moment', async () => {
        const id = `${keyId}-twice`
        const made = await Promise.all([keyStore.createKey(id, algorithm), keyStore.createKey(id, algorithm)])
        const again = await (await place.open()).createKey(id, algorithm)
        expect(made).toEqual([again, again])
      })

      test('differs from the key under another id', async () => {
        expect(await keyStore.createKey(`${keyId}-other`, algorithm)).not.toEqual(publicKey)
      })

      test.each([
        ['text', 'grüße'],
        ['bytes', Buffer.from('grüße')],
        ['nothing', ''],
        ['more than a kilobyte', 'x'.repeat(5000)],
      ])('signs %s in 64 bytes', async (_, data) => {
        const signature = await keyStore.sign(keyId, data)
        expect([signature.length, isSignatureUnder(publicKey, data, signature)]).toEqual([64, true])
      })

      test('is found and signs after the store was opened again', async () => {
        const reopened = await place.open()
        expect(isSignatureUnder(publicKey, 'text', await reopened.sign(keyId, 'text'))).toBe(true)
        expect(await reopened.createKey(keyId, algorithm)).toEqual(publicKey)
      })
    })

    test('does not sign under an id that is not there', async () => {
      expect((await rejectionOf(keyStore.sign('nobody', 'text'))).code).toBe('identity.key_unknown')
    })

    test.each([
      ['a DID URL', 'did:web:node.example%3A8443:a_b:iam:1#8a51'],
      ['another case of it', 'did:web:node.example%3A8443:A_b:iam:1#8a51'],
      ['a plain name', 'node-checkpoints'],
      ['a name with a dot and a space', '.hidden key.'],
      ['letters outside ASCII', 'sleutel-ë'],
      ['a path', '../../etc/passwd'],
    ])('keeps a key under %s, lists it by that id and forgets it', async (_, keyId) => {
      const publicKey = await keyStore.createKey(keyId, 'ES256')
      expect(await (await place.open()).listKeys()).toContain(keyId)
      await keyStore.deleteKey(keyId)
      const left = [...(await keyStore.listKeys()), ...(await (await place.open()).listKeys())]
      expect(left).not.toContain(keyId)
      expect((await rejectionOf(keyStore.sign(keyId, 'text'))).code).toBe('identity.key_unknown')
      expect(await keyStore.createKey(keyId, 'ES256')).not.toEqual(publicKey)
      await keyStore.deleteKey(keyId)
    })

    test('lists nothing but its keys', async () => {
      const before = await keyStore.listKeys()
      await keyStore.createKey('one more', 'EdDSA')
      expect([...(await keyStore.listKeys())].sort()).toEqual([...before, 'one more'].sort())
    })

    test('forgets a key that is not there without a word', async () => {
      await expect(keyStore.deleteKey('nobody')).resolves.toBeUndefined()
    })

    test('has a secret of 32 bytes for a purpose, the same after opening again', async () => {
      const reopened = await place.open()
      expect(keyStore.secretFor('audit')).toHaveLength(32)
      expect(reopened.secretFor('audit')).toEqual(keyStore.secretFor('audit'))
    })

    test('has another secret for another purpose and in another store', async () => {
      const elsewhere = await createPlace()
      const other = await elsewhere.open()
      const secrets = [keyStore.secretFor('audit'), keyStore.secretFor('audit '), other.secretFor('audit')]
      expect(new Set(secrets.map((secret) => secret.toString('hex'))).size).toBe(3)
      await elsewhere.destroy()
    })
  })
}

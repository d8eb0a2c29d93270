import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { createKeyring } from '../../../node/identity/keyring.js'
import { isSignatureUnder } from '../../contracts/key-store.js'
import { rejectionOf } from '../../support/refusals.js'

test('a key that its place did not keep is not one to sign with', async () => {
  const forgetful = createKeyring({ read: async () => undefined, create: async () => undefined })
  expect((await rejectionOf(forgetful.createKey('lost', 'ES256'))).code).toBe('identity.key_store_closed')
  expect((await rejectionOf(forgetful.sign('lost', 'text'))).code).toBe('identity.key_unknown')
})

test('a key that another replica made a moment before is the one that counts', async () => {
  const { privateKey } = generateKeyPairSync('ed25519')
  const kept = new Map<string, typeof privateKey>()
  const keyring = createKeyring({
    read: async (keyId) => kept.get(keyId),
    // The other one was quicker, so that its key stays.
    create: async (keyId) => void kept.set(keyId, privateKey),
  })
  const publicKey = await keyring.createKey('shared', 'EdDSA')
  expect(publicKey).toEqual({ kty: 'OKP', crv: 'Ed25519', x: privateKey.export({ format: 'jwk' }).x })
  expect(isSignatureUnder(publicKey, 'text', await keyring.sign('shared', 'text'))).toBe(true)
})

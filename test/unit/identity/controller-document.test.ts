import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { controllerDocumentOf } from '../../../node/identity/controller-document.js'
import { importKeys, parseDidDocument } from '../../../node/identity/did-document.js'

const did = 'did:web:node.example'
const multibase = 'z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'
const ed25519Jwk = { kty: 'OKP', crv: 'Ed25519', x: 'Lm_M42cB3HkUiODQsXRcweM6TByfzEHGO9ND274JcOY' }
const p256Jwk = {
  kty: 'EC',
  crv: 'P-256',
  x: 'fyNYMN0976ci7xqiSdag3buk-ZCwgXU4kz9XNkBlNUI',
  y: 'hW2ojTNfH7Jbi8--CJUo3OCbH3y5n91g-IMA9MLMbTU',
}

const methodOf = (id: string, publicKeyJwk: unknown) => ({ id, type: 'JsonWebKey2020', controller: did, publicKeyJwk })

describe('the controller document of a DID', () => {
  test('shows keys of every form as Multikey, under the relationships that list them, with absolute ids', () => {
    const document = {
      '@context': ['https://elsewhere.example/context', 'https://www.w3.org/ns/did/v1'],
      id: did,
      verificationMethod: [
        methodOf('#one', ed25519Jwk),
        { id: `${did}#two`, type: 'Multikey', controller: did, publicKeyMultibase: multibase },
      ],
      assertionMethod: ['#one', methodOf(`${did}#three`, p256Jwk)],
      authentication: [`${did}#two`, '#one'],
      extra: 'of others',
    }
    const multikey = (name: string, publicKeyMultibase: string) => ({
      id: `${did}#${name}`,
      type: 'Multikey',
      controller: did,
      publicKeyMultibase,
    })
    expect(controllerDocumentOf(importKeys(parseDidDocument(document)))).toEqual({
      '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
      id: did,
      verificationMethod: [
        multikey('one', multibase),
        multikey('three', 'zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169'),
        multikey('two', multibase),
      ],
      assertionMethod: [`${did}#one`, `${did}#three`],
      authentication: [`${did}#two`, `${did}#one`],
    })
  })

  test('leaves out what cannot be verified with', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    const verificationMethod = [methodOf('#k', publicKey.export({ format: 'jwk' }))]
    const resolved = importKeys(parseDidDocument({ id: did, verificationMethod, assertionMethod: ['#k'] }))
    expect(controllerDocumentOf(resolved)).toMatchObject({ verificationMethod: [], assertionMethod: [] })
  })

  test('leaves out an RSA key, which verifies JWTs and has no such form, and keeps the key beside it', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const verificationMethod = [methodOf('#rsa', publicKey.export({ format: 'jwk' })), methodOf('#one', ed25519Jwk)]
    const listed = { assertionMethod: ['#rsa', '#one'], authentication: ['#rsa'] }
    const resolved = importKeys(parseDidDocument({ id: did, verificationMethod, ...listed }))
    expect(resolved.keys.assertionMethod.size).toBe(2)
    expect(controllerDocumentOf(resolved)).toMatchObject({
      verificationMethod: [{ id: `${did}#one` }],
      assertionMethod: [`${did}#one`],
      authentication: [],
    })
  })
})

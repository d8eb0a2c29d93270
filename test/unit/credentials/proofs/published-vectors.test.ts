import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import type { JsonObject } from '../../../../node/credentials/credential.js'
import { jwsSignedBytes, parseDetachedJws } from '../../../../node/credentials/proofs/json-web-signature.js'
import { createLinkedData } from '../../../../node/credentials/proofs/linked-data.js'
import { isGoodSignature } from '../../../../node/credentials/signature.js'
import { describeWithShared } from '../../../support/shared.js'

const linkedData = createLinkedData({ examples: false })
const parse = (text: string): JsonObject => JSON.parse(text) as JsonObject
const jwkOf = (value: unknown): KeyObject => createPublicKey({ key: value as JsonWebKey, format: 'jwk' })

describeWithShared('the published linked-data proofs', ['official', 'nuts'], (read) => {
  const testsuiteKey = (): KeyObject => createPublicKey(read('jsonld-testsuite.public.pem'))
  const selfSignedKey = (): KeyObject => {
    const [method] = parse(read('selfsigned-diddocument.json'))['verificationMethod'] as readonly JsonObject[]
    return jwkOf(method?.['publicKeyJwk'])
  }
  const keys: Readonly<Record<string, () => KeyObject>> = {
    'orgcred_001.ldjson': testsuiteKey,
    'authcred_001.ldjson': testsuiteKey,
    'vc.json': () => jwkOf(parse(read('vc.public.json'))['publicKeyJwk']),
    'ld-revocation.json': () => jwkOf(parse(read('revocation-public.json'))['publicKeyJwk']),
    'selfsigned-vp.json': selfSignedKey,
    'selfsigned-vc.json': selfSignedKey,
  }

  test.each([
    ['orgcred_001.ldjson', '8e4ff7a44529d70ffdec977a'],
    ['authcred_001.ldjson', '0840d674950dcebc0f8d0ecc'],
    ['vc.json', '19d5be07b494ef1bab155b95'],
    ['ld-revocation.json', '253f5edb630ebbc69c1ffe13'],
    ['selfsigned-vp.json', '3552a1291ad0070a895def16'],
    ['selfsigned-vc.json', '0f781acd3fd7f71573d61a07'],
  ])('%s verifies, over bytes that begin with %s', async (file, prefix) => {
    const { proof, ...document } = parse(read(file))
    const written = proof as JsonObject
    const undefinedTerms = 'refuse'
    const bytes = await jwsSignedBytes({ document, proof: written }, { linkedData, undefinedTerms })
    expect(bytes.subarray(0, 12).toString('hex')).toBe(prefix)
    const { signature, inputOver } = parseDetachedJws(written['jws'])
    const key = { keyId: 'x', algorithm: 'ES256' as const, key: keys[file]?.() as KeyObject }
    expect(isGoodSignature(key, inputOver(bytes), signature)).toBe(true)
    const other = await jwsSignedBytes(
      { document: { ...document, id: 'urn:x' }, proof: written },
      { linkedData, undefinedTerms },
    )
    expect(isGoodSignature(key, inputOver(other), signature)).toBe(false)
  })
})

describe('statements about a relative id', () => {
  const presentation = {
    '@context': ['https://www.w3.org/2018/credentials/v1', 'https://nuts.nl/credentials/v1'],
    id: 'did:web:b.example:iam:1#vp1',
    type: 'VerifiablePresentation',
    holder: 'did:web:b.example:iam:1',
    verifiableCredential: {
      '@context': ['https://www.w3.org/2018/credentials/v1', 'https://nuts.nl/credentials/v1'],
      id: '3f2a0c2e-7d0f-4f6e-9d5e-0b7a2d0b2c11',
      type: ['VerifiableCredential', 'NutsEmployeeCredential'],
      issuer: 'did:web:b.example:iam:1',
      issuanceDate: '2026-08-19T10:00:00Z',
      credentialSubject: {
        id: 'did:web:b.example:iam:1',
        name: 'John Doe',
        roleName: 'Janitor',
        identifier: '123456',
      },
    },
  }

  test('are dropped as nuts-node drops them: six statements are left', async () => {
    const quads = (await linkedData.canonicalize(presentation, { undefinedTerms: 'drop' })).trim().split('\n')
    expect(quads).toHaveLength(6)
    expect(quads.filter((quad) => quad.includes('http://schema.org/') && quad.endsWith('_:c14n0 .'))).toHaveLength(3)
    expect(quads.filter((quad) => quad.includes('3f2a0c2e'))).toEqual([])
  })

  test('are refused where nothing may be dropped', async () => {
    await expect(linkedData.canonicalize(presentation, { undefinedTerms: 'refuse' })).rejects.toMatchObject({
      code: 'credential.context',
    })
  })
})

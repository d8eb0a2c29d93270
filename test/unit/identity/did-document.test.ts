import { generateKeyPairSync, type JsonWebKey } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { importKeys, parseDidDocument, type ResolvedDid } from '../../../node/identity/did-document.js'
import { NodeError } from '../../../node/kernel/errors.js'
import type { Json } from '../../support/credentials.js'
import { refusalOf } from '../../support/refusals.js'

const did = 'did:web:node.example'
const makeJwk = (): JsonWebKey => generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })
const jwk = makeJwk()
const otherJwk = makeJwk()

const ed25519 = 'z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'
const p256 = 'zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169'

const methodOf = (changes: Json = {}): Json => ({
  id: `${did}#key`,
  type: 'JsonWebKey2020',
  controller: did,
  publicKeyJwk: jwk,
  ...changes,
})

/** A public key of so many bits; nobody needs the private half. */
function rsaOf(bits: number) {
  const modulus = Buffer.alloc(Math.ceil(bits / 8), 0xff)
  modulus.writeUInt8(0xff >> ((8 - (bits % 8)) % 8))
  return { kty: 'RSA', n: modulus.toString('base64url'), e: 'AQAB' }
}

function imported(members: Json): ResolvedDid {
  return importKeys(parseDidDocument({ id: did, ...members }))
}

/** The ids under both relationships. */
function idsOf(members: Json): readonly (readonly string[])[] {
  const { keys } = imported(members)
  return [[...keys.assertionMethod.keys()], [...keys.authentication.keys()]]
}

describe('the keys of a DID document', () => {
  test('count under the relationships that list them', () => {
    const methods = { verificationMethod: [methodOf()] }
    expect(idsOf({ ...methods, assertionMethod: [`${did}#key`] })).toEqual([[`${did}#key`], []])
    expect(idsOf({ ...methods, authentication: [`${did}#key`] })).toEqual([[], [`${did}#key`]])
    expect(idsOf(methods)).toEqual([[], []])
  })

  test.each([
    ['of P-256', jwk, 'ES256'],
    ['of Ed25519', generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }), 'EdDSA'],
    ['of RSA', rsaOf(2048), 'PS256'],
    ['of the longest RSA', rsaOf(8192), 'PS256'],
  ])('%s have the one algorithm that they serve', (_, publicKeyJwk, algorithm) => {
    const { keys } = imported({ verificationMethod: [methodOf({ publicKeyJwk })], assertionMethod: [`${did}#key`] })
    const key = keys.assertionMethod.get(`${did}#key`)
    expect([key?.keyId, key?.algorithm, key?.key.export({ format: 'jwk' })]).toEqual([
      `${did}#key`,
      algorithm,
      publicKeyJwk,
    ])
  })

  test.each([
    ['Multikey', ed25519, 'EdDSA'],
    ['Multikey', p256, 'ES256'],
    ['Ed25519VerificationKey2020', ed25519, 'EdDSA'],
  ])('count as multibase of the type %s', (type, publicKeyMultibase, algorithm) => {
    const method = methodOf({ type, publicKeyJwk: undefined, publicKeyMultibase })
    const { keys } = imported({ verificationMethod: [method], authentication: ['#key'] })
    expect(keys.authentication.get(`${did}#key`)?.algorithm).toBe(algorithm)
  })

  test('may be written with relative ids, and get absolute ones', () => {
    const members = { verificationMethod: [methodOf({ id: '#key' })], assertionMethod: ['#key', `${did}#key`] }
    expect(idsOf(members)).toEqual([[`${did}#key`], []])
  })

  test('may be embedded', () => {
    expect(idsOf({ assertionMethod: [methodOf()] })).toEqual([[`${did}#key`], []])
  })

  test('that are embedded serve that relationship only', () => {
    const members = { assertionMethod: [methodOf()], authentication: [`${did}#key`] }
    expect(idsOf(members)).toEqual([[`${did}#key`], []])
  })

  test('with one id count once, and the first counts', () => {
    const listed = { verificationMethod: [methodOf(), methodOf({ publicKeyJwk: otherJwk })] }
    const embedded = {
      verificationMethod: [methodOf()],
      assertionMethod: ['#key', methodOf({ publicKeyJwk: otherJwk })],
    }
    for (const members of [{ ...listed, assertionMethod: ['#key'] }, embedded]) {
      const keys = [...imported(members).keys.assertionMethod.values()]
      expect(keys.map(({ key }) => key.export({ format: 'jwk' }))).toEqual([jwk])
    }
  })

  test.each([
    ['that another DID controls', { controller: 'did:web:other.example' }],
    ['whose id belongs to another DID', { id: 'did:web:other.example#key' }],
    ['whose id only begins like the DID', { id: `${did}.org#key` }],
    ['that show their private half', { publicKeyJwk: { ...jwk, d: jwk.x } }],
    ['that are no point of the curve', { publicKeyJwk: { ...jwk, y: jwk.x } }],
    ['that are too short', { publicKeyJwk: { ...jwk, x: jwk.x?.slice(1) } }],
    ['without a coordinate', { publicKeyJwk: { kty: 'EC', crv: 'P-256', x: jwk.x } }],
    [
      'of another curve',
      { publicKeyJwk: generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' }) },
    ],
    ['of another Edwards curve', { publicKeyJwk: generateKeyPairSync('ed448').publicKey.export({ format: 'jwk' }) }],
    ['for key agreement', { publicKeyJwk: generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }) }],
    ['whose kind does not suit their curve', { publicKeyJwk: { ...jwk, kty: 'OKP' } }],
    ['of RSA with too few bits', { publicKeyJwk: rsaOf(2047) }],
    ['of RSA with so many bits that a look at them takes long', { publicKeyJwk: rsaOf(8193) }],
    ['of RSA without its exponent', { publicKeyJwk: { ...rsaOf(2048), e: undefined } }],
    ['that are secret', { publicKeyJwk: { kty: 'oct', k: 'AQAB' } }],
    ['in two forms', { publicKeyMultibase: ed25519 }],
    ['as multibase of a type without one', { publicKeyJwk: undefined, publicKeyMultibase: ed25519 }],
    ['as multibase of another kind', { type: 'Multikey', publicKeyJwk: undefined, publicKeyMultibase: 'z6LSbysY2x' }],
    [
      'as multibase of a kind that their type excludes',
      { type: 'Ed25519VerificationKey2020', publicKeyJwk: undefined, publicKeyMultibase: p256 },
    ],
  ])('%s do not count, and leave the others alone', (_, changes) => {
    const bad = methodOf({ id: `${did}#bad`, ...changes })
    const members = { verificationMethod: [bad, methodOf()], assertionMethod: [bad['id'], '#bad', `${did}#key`, bad] }
    expect(idsOf(members)).toEqual([[`${did}#key`], []])
  })
})

describe('the keys that a DID document lists', () => {
  test('are there as they are written, whether they are keys or not', () => {
    const noPoint = { ...jwk, y: jwk.x }
    const members = { verificationMethod: [methodOf(), methodOf({ id: '#bad', publicKeyJwk: noPoint })] }
    const { listed, keys } = imported({ ...members, assertionMethod: ['#key', '#bad', '#nobody'] })
    expect(listed.assertionMethod).toMatchObject([
      { keyId: `${did}#key`, jwk },
      { keyId: `${did}#bad`, jwk: noPoint },
    ])
    expect([...keys.assertionMethod.keys()]).toEqual([`${did}#key`])
  })

  test('leave out those of others', () => {
    const members = { verificationMethod: [methodOf({ controller: 'did:web:other.example' })] }
    expect(imported({ ...members, assertionMethod: ['#key'] }).listed.assertionMethod).toEqual([])
  })

  test('make one key of one that two relationships list', () => {
    const { keys } = imported({ verificationMethod: [methodOf()], assertionMethod: ['#key'], authentication: ['#key'] })
    expect(keys.assertionMethod.get(`${did}#key`)).toBe(keys.authentication.get(`${did}#key`))
  })

  test('of one id count by the first that can be imported', () => {
    const verificationMethod = [methodOf({ publicKeyJwk: { ...jwk, y: jwk.x } }), methodOf({ publicKeyJwk: otherJwk })]
    const { keys } = imported({ verificationMethod, assertionMethod: ['#key'] })
    expect(keys.assertionMethod.get(`${did}#key`)?.key.export({ format: 'jwk' })).toEqual(otherJwk)
  })
})

describe('parseDidDocument', () => {
  test('reads a document with nothing but an id', () => {
    expect(parseDidDocument({ id: did })).toEqual({
      id: did,
      verificationMethod: [],
      assertionMethod: [],
      authentication: [],
      service: [],
    })
  })

  test('keeps what it does not know', () => {
    const document = { '@context': 'https://www.w3.org/ns/did/v1', id: did, keyAgreement: [1] }
    expect(parseDidDocument(document)).toMatchObject(document)
  })

  test.each([
    ['nothing', null],
    ['a text', did],
    ['an array', []],
    ['no id', {}],
    ['an id that is no text', { id: 1 }],
    ['a method without a controller', { id: did, verificationMethod: [{ id: '#k', type: 'x' }] }],
    ['a relationship that is no list', { id: did, assertionMethod: `${did}#key` }],
    ['over 100 methods', { id: did, verificationMethod: Array.from({ length: 101 }, () => methodOf()) }],
  ])('refuses %s', (_, value) => {
    expect(refusalOf(() => parseDidDocument(value)).code).toBe('identity.did_unresolvable')
  })

  test('makes of any value a document with keys, or refuses it', () => {
    const document = fc.record(
      {
        id: fc.constantFrom('did:web:a', ''),
        verificationMethod: fc.array(
          fc.record({
            id: fc.constantFrom('#k', 'did:web:a#k', '__proto__'),
            type: fc.constant('JsonWebKey2020'),
            controller: fc.constantFrom('did:web:a', 'did:web:b'),
            publicKeyJwk: fc.record({
              kty: fc.constantFrom('EC', 'OKP'),
              crv: fc.constantFrom('P-256', 'Ed25519'),
              x: fc.string(),
              y: fc.string(),
            }),
          }),
        ),
        assertionMethod: fc.array(fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constantFrom('#k', '__proto__#k'))),
      },
      { requiredKeys: ['id'] },
    )
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), document), (value) => {
        try {
          importKeys(parseDidDocument(value))
        } catch (error) {
          expect(NodeError.codeOf(error)).toBe('identity.did_unresolvable')
        }
      }),
      { numRuns: 300 },
    )
  })
})

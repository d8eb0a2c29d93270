import { beforeEach, describe, expect, test } from '@jest/globals'
import type { DIDResolver } from 'did-resolver'
import { importKeys, parseDidDocument, type ResolvedDid } from '../../../node/identity/did-document.js'
import { singleKeyResult } from '../../../node/identity/single-key.js'
import { createDidResolver, type DidResolver } from '../../../node/identity/resolve-did.js'
import { createFixedClock, type MovableClock } from '../../../node/kernel/clock.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { createTestHolder } from '../../support/credentials.js'
import { rejectionOf } from '../../support/refusals.js'

const did = 'did:test:1'
const [firstJwk, secondJwk] = [jwkOf(createTestHolder().did), jwkOf(createTestHolder().did)]

let clock: MovableClock
/** The DIDs that the method was asked for. */
let asked: string[]
let answer: DIDResolver
let own: Map<string, ResolvedDid>
let resolver: DidResolver

beforeEach(() => {
  clock = createFixedClock(1_000_000)
  asked = []
  own = new Map()
  answer = async (asked) => singleKeyResult(asked, `${asked}#first`, firstJwk)
  const method: DIDResolver = (did, ...rest) => {
    asked.push(did)
    return answer(did, ...rest)
  }
  resolver = createDidResolver({ clock, methods: { test: method, other: method }, own: async (did) => own.get(did) })
})

function jwkOf(didJwk: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(didJwk.slice('did:jwk:'.length), 'base64url').toString()) as Record<string, unknown>
}

const notFound: DIDResolver = async () => ({
  didResolutionMetadata: { error: 'notFound' },
  didDocument: null,
  didDocumentMetadata: {},
})

const rotated: DIDResolver = async (did) => singleKeyResult(did, `${did}#second`, secondJwk)

describe('resolving a DID', () => {
  test('asks the method of the DID', async () => {
    expect((await resolver.resolve(did)).did).toBe(did)
    expect([asked, resolver.methods]).toEqual([[did], ['test', 'other']])
  })

  test('asks again after five minutes, and not before', async () => {
    await resolver.resolve(did)
    clock.move(299.999)
    await resolver.resolve(did)
    expect(asked).toHaveLength(1)
    clock.move(0.001)
    await resolver.resolve(did)
    expect(asked).toHaveLength(2)
  })

  test('asks again when the clock was set back', async () => {
    await resolver.resolve(did)
    clock.move(-1)
    await resolver.resolve(did)
    expect(asked).toHaveLength(2)
  })

  test('gives the same document, with the same keys, while it is kept', async () => {
    expect(await resolver.resolve(did)).toBe(await resolver.resolve(did))
  })

  test('remembers a failure for thirty seconds, and not longer', async () => {
    const good = answer
    answer = notFound
    expect((await rejectionOf(resolver.resolve(did))).code).toBe('identity.did_unresolvable')
    answer = good
    clock.move(29.999)
    expect((await rejectionOf(resolver.resolve(did))).code).toBe('identity.did_unresolvable')
    expect(asked).toHaveLength(1)
    clock.move(0.001)
    expect((await resolver.resolve(did)).did).toBe(did)
  })

  test('remembers for a quarter of a second that nobody answered: the other node may be starting', async () => {
    const good = answer
    answer = async () => {
      throw new NodeError('outbound.failed')
    }
    expect((await rejectionOf(resolver.resolve(did))).code).toBe('identity.did_unresolvable')
    answer = good
    clock.move(0.249)
    expect((await rejectionOf(resolver.resolve(did))).code).toBe('identity.did_unresolvable')
    expect(asked).toHaveLength(1)
    clock.move(0.001)
    expect((await resolver.resolve(did)).did).toBe(did)
  })

  test('goes out once for many at the same moment, whether it ends well or not', async () => {
    await Promise.all(Array.from({ length: 10 }, () => resolver.resolve(did)))
    answer = notFound
    await Promise.allSettled(Array.from({ length: 10 }, () => resolver.resolve('did:test:2')))
    expect(asked).toEqual([did, 'did:test:2'])
  })

  test('keeps DIDs apart', async () => {
    const [first, second] = await Promise.all([resolver.resolve(did), resolver.resolve('did:test:2')])
    expect([first.did, second.did]).toEqual([did, 'did:test:2'])
  })

  test.each([['did:nuts:1'], ['did:constructor:1'], ['did:tests:1']])('refuses the method of %s', async (unknown) => {
    expect((await rejectionOf(resolver.resolve(unknown))).code).toBe('identity.did_method_unsupported')
  })

  test.each([
    [''],
    ['did'],
    ['did:test'],
    ['did:test:'],
    ['DID:test:1'],
    ['did:Test:1'],
    ['did:test:1#key'],
    ['did:test:1?query'],
    ['did:test:1/path'],
    ['did:test:1;x=y'],
    ['did:test:a+b'],
    ['did:test:a b'],
    ['did:test:é'],
    ['did:test:%'],
    ['did:test:1\n'],
    ['https://node.example'],
  ])('refuses %j', async (malformed) => {
    expect((await rejectionOf(resolver.resolve(malformed))).code).toBe('identity.did_malformed')
    expect(asked).toEqual([])
  })

  test('refuses a DID over 2000 letters and takes one below', async () => {
    expect((await rejectionOf(resolver.resolve(`did:test:${'x'.repeat(2001)}`))).code).toBe('identity.did_malformed')
    expect((await resolver.resolve(`did:test:${'x'.repeat(2000)}`)).did).toHaveLength(2009)
  })

  test.each<[string, DIDResolver]>([
    ['about another DID', async () => singleKeyResult('did:test:2', 'did:test:2#k', firstJwk)],
    ['that is none', async () => ({ ...(await notFound(did, parsed, noResolver, {})), didResolutionMetadata: {} })],
    ['that cannot be had', () => Promise.reject(new NodeError('outbound.timed_out'))],
    ['that breaks the method', () => Promise.reject(new TypeError('broken'))],
  ])('refuses a document %s', async (_, broken) => {
    answer = broken
    expect((await rejectionOf(resolver.resolve(did))).code).toBe('identity.did_unresolvable')
  })
})

describe('the key of a DID', () => {
  test('is found by its full id under the relationship', async () => {
    const key = await resolver.keyFor(`${did}#first`, 'assertionMethod')
    expect([key.keyId, key.algorithm]).toEqual([`${did}#first`, 'ES256'])
  })

  test('is not found under a relationship that does not list it', async () => {
    answer = async (did) => {
      const result = singleKeyResult(did, `${did}#first`, firstJwk)
      return { ...result, didDocument: result.didDocument && { ...result.didDocument, authentication: [] } }
    }
    expect((await resolver.keyFor(`${did}#first`, 'assertionMethod')).keyId).toBe(`${did}#first`)
    expect((await rejectionOf(resolver.keyFor(`${did}#first`, 'authentication'))).code).toBe('identity.key_unknown')
  })

  test.each([[did], [`${did}#`], [`${did}#First`], [`${did}#first#first`]])('is not %s', async (keyId) => {
    expect((await rejectionOf(resolver.keyFor(keyId, 'assertionMethod'))).code).toBe('identity.key_unknown')
  })

  test('without a DID is refused', async () => {
    expect((await rejectionOf(resolver.keyFor('#first', 'assertionMethod'))).code).toBe('identity.did_malformed')
  })

  test('that is new works at once when the document is ten seconds old', async () => {
    await resolver.resolve(did)
    answer = rotated
    clock.move(10)
    expect((await resolver.keyFor(`${did}#second`, 'assertionMethod')).keyId).toBe(`${did}#second`)
    expect(asked).toHaveLength(2)
  })

  test('that is new is not looked for while the document is younger', async () => {
    await resolver.resolve(did)
    answer = rotated
    clock.move(9.999)
    expect((await rejectionOf(resolver.keyFor(`${did}#second`, 'assertionMethod'))).code).toBe('identity.key_unknown')
    expect(asked).toHaveLength(1)
  })

  test('that is not there is looked for once in ten seconds, whoever asks', async () => {
    await resolver.resolve(did)
    const unknown = (): Promise<NodeError> => rejectionOf(resolver.keyFor(`${did}#nobody`, 'assertionMethod'))
    for (const expected of [2, 3]) {
      clock.move(10)
      const refusals = await Promise.all([unknown(), unknown(), unknown()])
      refusals.push(await unknown())
      expect([refusals.map(({ code }) => code), asked.length]).toEqual([
        Array(4).fill('identity.key_unknown'),
        expected,
      ])
    }
  })

  test('that is there stays good when a look for another key fails', async () => {
    await resolver.resolve(did)
    answer = notFound
    clock.move(10)
    const look = (): Promise<NodeError> => rejectionOf(resolver.keyFor(`${did}#nobody`, 'assertionMethod'))
    expect((await look()).code).toBe('identity.did_unresolvable')
    expect((await look()).code).toBe('identity.key_unknown')
    expect((await resolver.keyFor(`${did}#first`, 'assertionMethod')).keyId).toBe(`${did}#first`)
    expect(asked).toHaveLength(2)
  })

  test('that was withdrawn is gone as soon as a look for another one shows it', async () => {
    await resolver.resolve(did)
    answer = rotated
    clock.move(10)
    await resolver.keyFor(`${did}#second`, 'assertionMethod')
    expect((await rejectionOf(resolver.keyFor(`${did}#first`, 'assertionMethod'))).code).toBe('identity.key_unknown')
  })
})

describe('a key before it is imported', () => {
  test('is given as the document lists it', async () => {
    expect(await resolver.findListed(`${did}#first`, 'assertionMethod')).toMatchObject(firstJwk)
    expect(asked).toEqual([did])
  })

  test('is not there when the document does not list it, or the method needs a chain', async () => {
    expect(await resolver.findListed(`${did}#second`, 'assertionMethod')).toBeUndefined()
    const chained = async () => importKeys(parseDidDocument(singleKeyResult(did, `${did}#first`, firstJwk).didDocument))
    const methods = { chainedMethods: { test: chained }, methods: {}, own: async () => undefined }
    const other = createDidResolver({ clock, ...methods })
    expect(await other.findListed(`${did}#first`, 'assertionMethod')).toBeUndefined()
    expect((await other.keyFor(`${did}#first`, 'assertionMethod', { chain: [] })).keyId).toBe(`${did}#first`)
  })

  test('is refused as a DID that is not found', async () => {
    answer = notFound
    const refused = await rejectionOf(resolver.findListed(`${did}#first`, 'assertionMethod'))
    expect(refused.code).toBe('identity.did_unresolvable')
  })
})

describe('a DID of this node', () => {
  const ownDocument = (jwk: Record<string, unknown>): ResolvedDid =>
    importKeys(parseDidDocument(singleKeyResult(did, `${did}#own`, jwk).didDocument))

  test('is answered without asking the method', async () => {
    own.set(did, ownDocument(firstJwk))
    expect((await resolver.keyFor(`${did}#own`, 'assertionMethod')).keyId).toBe(`${did}#own`)
    expect(asked).toEqual([])
  })

  test('is looked up again after five seconds', async () => {
    own.set(did, ownDocument(firstJwk))
    const first = await resolver.resolve(did)
    own.set(did, ownDocument(secondJwk))
    clock.move(4.999)
    expect(await resolver.resolve(did)).toBe(first)
    clock.move(0.001)
    expect(await resolver.resolve(did)).not.toBe(first)
  })

  test('is not looked for elsewhere when a key is unknown', async () => {
    own.set(did, ownDocument(firstJwk))
    for (const seconds of [0, 4, 10, 20]) {
      clock.move(seconds)
      expect((await rejectionOf(resolver.keyFor(`${did}#nobody`, 'assertionMethod'))).code).toBe('identity.key_unknown')
    }
    expect(asked).toEqual([])
  })
})

const parsed = { did, didUrl: did, method: 'test', id: '1' }
const noResolver = { resolve: () => Promise.reject(new Error('nobody to ask')) }

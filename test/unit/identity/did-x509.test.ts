import { describe, expect, test } from '@jest/globals'
import { createDidX509 } from '../../../node/identity/did-x509.js'
import type { ResolvedDid } from '../../../node/identity/did-document.js'
import { createDidResolver } from '../../../node/identity/resolve-did.js'
import { createRevocations } from '../../../node/identity/x509-revocation.js'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { NodeError } from '../../../node/kernel/errors.js'
import type { OutboundAnswer } from '../../../node/kernel/outbound.js'
import { rejectionOf } from '../../support/refusals.js'
import { fingerprintOf, makeCertificate, makeChain, makeRevocationList, toX5c } from '../../support/x509-chain.js'

const start = Date.parse('2026-11-24T09:00:00Z')
const listUrl = 'http://crl.example/list'
const good = makeChain()
const ura = 'san:otherName:2.16.528.1.1007.99.2110-1-900030787-S-90000380-00.000-11223344'
const didOf = (policies: string, { authority } = good, algorithm = 'sha256'): string =>
  `did:x509:0:${algorithm}:${fingerprintOf(authority, algorithm)}::${policies}`

/** A resolver whose lists come from `lists`; those that are not there cannot be had. */
function createWorld(options: { readonly mustKnow?: boolean } = {}) {
  const clock = createFixedClock(start)
  const lists = new Map<string, Buffer>()
  const asked: string[] = []
  const request = async ({ url }: { readonly url: string }): Promise<OutboundAnswer> => {
    asked.push(url)
    const body = lists.get(url)
    if (body === undefined) throw new NodeError('outbound.failed')
    return { status: 200, headers: { get: () => undefined }, mediaType: 'application/pkix-crl', body }
  }
  const revocations = createRevocations({ outbound: { request }, clock, mustKnow: options.mustKnow ?? true })
  const resolver = createDidResolver({
    clock,
    methods: {},
    chainedMethods: { x509: createDidX509({ clock, revocations }) },
    own: async () => undefined,
  })
  const resolve = (did: string, chain: readonly string[] | undefined): Promise<ResolvedDid> =>
    resolver.resolve(did, { chain })
  return { clock, lists, asked, resolver, resolve }
}

const codeOf = async (promise: Promise<unknown>): Promise<string> => (await rejectionOf(promise)).code

describe('did:x509', () => {
  test.each([
    [ura],
    ['san:dns:zorg.example'],
    ['san:email:info%40zorg.example'],
    ['san:ip:192.0.2.7'],
    ['subject:O:Zorg%20%26%20Zo%3A%20%C3%A9%C3%A9n'],
    ['subject:C:NL:serialNumber:00001234'],
    [`subject:C:NL::${ura}::san:dns:zorg.example`],
  ])('with %s is the key of the certificate that says so', async (policies) => {
    const { resolver } = createWorld()
    const did = didOf(policies)
    const key = await resolver.keyFor(`${did}#0`, 'assertionMethod', { chain: good.x5c })
    expect([key.keyId, key.algorithm, key.validity]).toEqual([
      `${did}#0`,
      'ES256',
      { from: Date.parse('2020-01-01T00:00:00Z'), until: Date.parse('2040-01-01T00:00:00Z') },
    ])
    const { kty, crv, x, y } = good.leaf.privateKey.export({ format: 'jwk' })
    expect(key.key.export({ format: 'jwk' })).toEqual({ kty, crv, x, y })
  })

  test.each(['sha256', 'sha384', 'sha512'])('names an authority by %s, the root or one below it', async (algorithm) => {
    const { resolve } = createWorld()
    for (const authority of [good.authority, good.root]) {
      const did = didOf(ura, { ...good, authority }, algorithm)
      expect((await resolve(did, good.x5c)).did).toBe(did)
    }
  })

  test('is the same key object as long as the chain is the same, so that a signature is checked once', async () => {
    const { resolver } = createWorld()
    const key = () => resolver.keyFor(`${didOf(ura)}#0`, 'assertionMethod', { chain: good.x5c })
    expect(await key()).toBe(await key())
  })

  test('is one of the methods, and needs a chain', async () => {
    const { resolver } = createWorld()
    expect(resolver.methods).toContain('x509')
    expect(await codeOf(resolver.resolve(didOf(ura)))).toBe('identity.did_unresolvable')
  })

  test.each([
    ['version', didOf(ura).replace(':0:', ':1:')],
    ['fingerprint of SHA-1', didOf(ura, good, 'sha1')],
    ['fingerprint of another kind', didOf(ura).replace('sha256', 'md5')],
    ['policy: none at all', didOf(ura).split('::')[0] ?? ''],
    ['policy that is half', didOf('subject:C')],
    ['policy of a kind that is not known', didOf('eku:1.2.3')],
    ['attribute that is not known', didOf('subject:DC:nl')],
    ['attribute with the name of a member of every object', didOf('subject:constructor:nl')],
    ['name that is not known', didOf('san:uri:https')],
    ['value that is empty', didOf('subject:C:')],
  ])('with a bad %s is malformed', async (_, did) => {
    expect(await codeOf(createWorld().resolve(did, good.x5c))).toBe('identity.did_malformed')
  })

  test.each([
    ['value', didOf('san:dns:other.example')],
    ['other name of another kind', didOf(ura), makeChain({ otherNameId: '1.2.3.4' })],
    ['attribute that is missing', didOf('subject:L:Utrecht')],
    ['authority', didOf(ura, makeChain())],
    ['certificate of its own as authority', didOf(ura, { ...good, authority: good.leaf })],
  ])('with another %s than the chain is refused', async (_, did, chain = good) => {
    const asked = chain === good ? did : didOf(ura, chain)
    expect(await codeOf(createWorld().resolve(asked, chain.x5c))).toBe('identity.chain_invalid')
  })
})

describe('a chain', () => {
  const foreign = makeChain()
  const cases: readonly (readonly [string, () => { did: string; x5c: readonly string[] }])[] = [
    ['is a single certificate', () => ({ did: didOf(ura), x5c: good.x5c.slice(0, 1) })],
    ['is in another order', () => ({ did: didOf(ura), x5c: [...good.x5c].reverse() })],
    ['lacks its root', () => ({ did: didOf(ura), x5c: good.x5c.slice(0, 2) })],
    ['holds a certificate too many', () => ({ did: didOf(ura), x5c: [...good.x5c, ...foreign.x5c.slice(2)] })],
    [
      'has the leaf of another authority',
      () => ({ did: didOf(ura), x5c: [...foreign.x5c.slice(0, 1), ...good.x5c.slice(1)] }),
    ],
    ['is no base64', () => ({ did: didOf(ura), x5c: ['?', ...good.x5c] })],
    ['is no certificate', () => ({ did: didOf(ura), x5c: ['AAAA', ...good.x5c.slice(1)] })],
    [
      'has bytes behind a certificate',
      () => ({
        did: didOf(ura),
        x5c: [Buffer.concat([good.leaf.der, Buffer.of(0)]).toString('base64'), ...good.x5c.slice(1)],
      }),
    ],
    [
      'has a changed certificate',
      () => {
        const der = Buffer.from(good.leaf.der)
        der.writeUInt8(der.readUInt8(der.length - 1) ^ 1, der.length - 1)
        return { did: didOf(ura), x5c: [der.toString('base64'), ...good.x5c.slice(1)] }
      },
    ],
    ...(
      [
        ['has an authority that is none', makeChain({}, { isAuthority: false })],
        ['has an authority that may not sign certificates', makeChain({}, { keyUsage: 0x02 })],
        ['has a leaf that is an authority', makeChain({ isAuthority: true })],
        ['has a leaf that may not sign', makeChain({ keyUsage: 0x04 })],
        ['is longer than its root allows', makeChain({}, {}, { pathLength: 0 })],
        ['has an expired leaf', makeChain({ until: '2026-11-24T08:59:59Z' })],
        ['has an expired authority', makeChain({}, { until: '2026-11-24T08:59:59Z' })],
        ['is not valid yet', makeChain({ from: '2026-11-24T09:00:01Z' })],
        ['limits names in a way that is not known', makeChain({}, { critical: '2.5.29.30' })],
        ['has a weak key', makeChain({}, {}, { kind: 'rsa1024' })],
      ] as const
    ).map(([what, chain]) => [what, () => ({ did: didOf(ura, chain), x5c: chain.x5c })] as const),
  ]

  test.each(cases)('that %s is refused', async (_, make) => {
    const { did, x5c } = make()
    expect(await codeOf(createWorld().resolve(did, x5c))).toBe('identity.chain_invalid')
  })

  test.each([
    ['whose leaf does not limit its use', makeChain({ keyUsage: undefined as never })],
    ['as long as its root allows', makeChain({}, { pathLength: 0 }, { pathLength: 1 })],
    ['of an authority of another kind', makeChain({}, { kind: 'p384' })],
  ])('%s is good', async (_, chain) => {
    expect((await createWorld().resolve(didOf(ura, chain), chain.x5c)).did).toBe(didOf(ura, chain))
  })

  test('of two certificates is good', async () => {
    const root = makeCertificate({ isAuthority: true, keyUsage: 0x60 })
    const leaf = makeCertificate({ issuer: root, dns: 'zorg.example' })
    const did = didOf('san:dns:zorg.example', { ...good, authority: root })
    expect((await createWorld().resolve(did, toX5c([leaf, root]))).did).toBe(did)
  })

  test('expires although it was good before', async () => {
    const chain = makeChain({ until: '2026-11-24T10:00:00Z' })
    const { clock, resolve } = createWorld()
    await resolve(didOf(ura, chain), chain.x5c)
    clock.move(3601)
    expect(await codeOf(resolve(didOf(ura, chain), chain.x5c))).toBe('identity.chain_invalid')
  })

  test('with a key of a kind that we do not verify has no key', async () => {
    const chain = makeChain({ kind: 'p384' })
    const { resolver } = createWorld()
    const asking = resolver.keyFor(`${didOf(ura, chain)}#0`, 'assertionMethod', { chain: chain.x5c })
    expect(await codeOf(asking)).toBe('identity.key_unknown')
  })
})

describe('a revocation list', () => {
  const chain = makeChain({ revocationList: listUrl })
  const did = didOf(ura, chain)
  const listOf = (changes: Partial<Parameters<typeof makeRevocationList>[0]> = {}): Buffer =>
    makeRevocationList({ issuer: chain.authority, nextUpdate: '2026-11-24T12:00:00Z', ...changes })

  test('that does not name the certificate lets it pass, and is asked once an hour', async () => {
    const { clock, lists, asked, resolve } = createWorld()
    lists.set(listUrl, listOf({ revoked: [chain.authority] }))
    await Promise.all([resolve(did, chain.x5c), resolve(did, chain.x5c)])
    clock.move(3599)
    await resolve(did, chain.x5c)
    expect(asked).toHaveLength(1)
    clock.move(1)
    await resolve(did, chain.x5c)
    expect(asked).toHaveLength(2)
  })

  test('that names the certificate refuses it, at once when the list is new', async () => {
    const { clock, lists, resolve } = createWorld()
    lists.set(listUrl, listOf())
    await resolve(did, chain.x5c)
    lists.set(listUrl, listOf({ revoked: [chain.leaf] }))
    clock.move(3600)
    expect(await codeOf(resolve(did, chain.x5c))).toBe('identity.chain_revoked')
  })

  test('counts for four hours after its end when no newer one can be had, and never for a certificate in it', async () => {
    const fine = createWorld()
    const listed = createWorld()
    fine.lists.set(listUrl, listOf())
    listed.lists.set(listUrl, listOf({ revoked: [chain.leaf] }))
    await fine.resolve(did, chain.x5c)
    await rejectionOf(listed.resolve(did, chain.x5c))
    for (const world of [fine, listed]) {
      world.lists.delete(listUrl)
      world.clock.move(7 * 3600)
    }
    expect((await fine.resolve(did, chain.x5c)).did).toBe(did)
    fine.clock.move(61)
    expect(await codeOf(fine.resolve(did, chain.x5c))).toBe('identity.chain_unchecked')
    listed.clock.move(48 * 3600)
    expect(await codeOf(listed.resolve(did, chain.x5c))).toBe('identity.chain_revoked')
  })

  test.each([
    ['cannot be had', undefined],
    ['is none', Buffer.from('<html>')],
    ['is signed by another', listOf({ signer: chain.leaf })],
    ['ended long ago', listOf({ nextUpdate: '2026-11-23T09:00:00Z' })],
    ['is of the future', listOf({ thisUpdate: '2026-11-25T09:00:00Z', nextUpdate: '2026-11-26T09:00:00Z' })],
  ])('that %s refuses the certificate, unless the node is told to go on without', async (_, bytes) => {
    for (const mustKnow of [true, false]) {
      const { lists, resolve } = createWorld({ mustKnow })
      if (bytes !== undefined) lists.set(listUrl, bytes)
      const outcome = resolve(did, chain.x5c)
      if (mustKnow) expect(await codeOf(outcome)).toBe('identity.chain_unchecked')
      else expect((await outcome).did).toBe(did)
    }
  })

  test('of an authority is looked at too', async () => {
    const below = makeChain({}, { revocationList: listUrl })
    const { lists, resolve } = createWorld()
    lists.set(
      listUrl,
      makeRevocationList({ issuer: below.root, revoked: [below.authority], nextUpdate: '2026-11-24T12:00:00Z' }),
    )
    expect(await codeOf(resolve(didOf(ura, below), below.x5c))).toBe('identity.chain_revoked')
  })

  test('that cannot be had is asked again after a minute and not before', async () => {
    const { clock, asked, resolve } = createWorld()
    await rejectionOf(resolve(did, chain.x5c))
    clock.move(59)
    await rejectionOf(resolve(did, chain.x5c))
    expect(asked).toHaveLength(1)
    clock.move(1)
    await rejectionOf(resolve(did, chain.x5c))
    expect(asked).toHaveLength(2)
  })
})

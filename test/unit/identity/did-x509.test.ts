import { KeyUsage } from '@peculiar/asn1-x509'
import { describe, expect, test } from '@jest/globals'
import { rejectionOf } from '../../support/refusals.js'
import { extension, makeCertificate, makeChain, toX5c } from '../../support/x509-chain.js'
import { codeOfRefusal, createX509World, didX509Of, goodChain, ura } from '../../support/x509-world.js'

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
    const { resolver } = createX509World()
    const did = didX509Of(policies)
    const key = await resolver.keyFor(`${did}#0`, 'assertionMethod', { chain: goodChain.x5c })
    expect([key.keyId, key.algorithm, key.validity]).toEqual([
      `${did}#0`,
      'ES256',
      { from: Date.parse('2020-01-01T00:00:00Z'), until: Date.parse('2040-01-01T00:00:00Z') },
    ])
    const { kty, crv, x, y } = goodChain.leaf.privateKey.export({ format: 'jwk' })
    expect(key.key.export({ format: 'jwk' })).toEqual({ kty, crv, x, y })
  })

  test.each(['sha256', 'sha384', 'sha512'])('names an authority by %s, the root or one below it', async (algorithm) => {
    const { resolve } = createX509World()
    for (const authority of [goodChain.authority, goodChain.root]) {
      const did = didX509Of(ura, { ...goodChain, authority }, algorithm)
      expect((await resolve(did, goodChain.x5c)).did).toBe(did)
    }
  })

  test('is the same key object as long as the chain is the same, so that a signature is checked once', async () => {
    const { resolver } = createX509World()
    const key = () => resolver.keyFor(`${didX509Of(ura)}#0`, 'assertionMethod', { chain: goodChain.x5c })
    expect(await key()).toBe(await key())
  })

  test('is one of the methods, and needs a chain', async () => {
    const { resolver } = createX509World()
    expect(resolver.methods).toContain('x509')
    expect(await codeOfRefusal(resolver.resolve(didX509Of(ura)))).toBe('identity.did_unresolvable')
  })

  test.each([
    ['version', didX509Of(ura).replace(':0:', ':1:')],
    ['fingerprint of SHA-1', didX509Of(ura, goodChain, 'sha1')],
    ['fingerprint of another kind', didX509Of(ura).replace('sha256', 'md5')],
    ['policy: none at all', didX509Of(ura).split('::')[0] ?? ''],
    ['policy that is half', didX509Of('subject:C')],
    ['policy of a kind that is not known', didX509Of('eku:1.2.3')],
    ['attribute that is not known', didX509Of('subject:DC:nl')],
    ['attribute with the name of a member of every object', didX509Of('subject:constructor:nl')],
    ['name that is not known', didX509Of('san:uri:https')],
    ['fingerprint that is too short', `did:x509:0:sha256:AAAA::${ura}`],
    ['value that is empty', didX509Of('subject:C:')],
    ['value that is not percent-encoded', didX509Of('subject:O:%E0%A4%A')],
  ])('with a bad %s is malformed', async (_, did) => {
    expect(await codeOfRefusal(createX509World().resolve(did, goodChain.x5c))).toBe('identity.did_malformed')
  })

  test.each([
    ['value', didX509Of('san:dns:other.example')],
    ['other name of another kind', didX509Of(ura), makeChain({ otherNameId: '1.2.3.4' })],
    ['attribute that is missing', didX509Of('subject:L:Utrecht')],
    ['authority', didX509Of(ura, makeChain())],
    ['certificate of its own as authority', didX509Of(ura, { ...goodChain, authority: goodChain.leaf })],
  ])('with another %s than the chain is refused', async (_, did, chain = goodChain) => {
    const asked = chain === goodChain ? did : didX509Of(ura, chain)
    expect(await codeOfRefusal(createX509World().resolve(asked, chain.x5c))).toBe('identity.chain_invalid')
  })
})

describe('a chain', () => {
  const longText = Buffer.concat([Buffer.of(0x0c, 0x81, 0x80), Buffer.alloc(128, 'x')])
  const foreign = makeChain()
  const cases: readonly (readonly [string, () => { did: string; x5c: readonly string[] }])[] = [
    ['is a single certificate', () => ({ did: didX509Of(ura), x5c: goodChain.x5c.slice(0, 1) })],
    ['is in another order', () => ({ did: didX509Of(ura), x5c: [...goodChain.x5c].reverse() })],
    ['lacks its root', () => ({ did: didX509Of(ura), x5c: goodChain.x5c.slice(0, 2) })],
    ['holds a certificate too many', () => ({ did: didX509Of(ura), x5c: [...goodChain.x5c, ...foreign.x5c.slice(2)] })],
    [
      'has the leaf of another authority',
      () => ({ did: didX509Of(ura), x5c: [...foreign.x5c.slice(0, 1), ...goodChain.x5c.slice(1)] }),
    ],
    ['is no base64', () => ({ did: didX509Of(ura), x5c: ['?', ...goodChain.x5c] })],
    ['is no certificate', () => ({ did: didX509Of(ura), x5c: ['AAAA', ...goodChain.x5c.slice(1)] })],
    [
      'has bytes behind a certificate',
      () => ({
        did: didX509Of(ura),
        x5c: [Buffer.concat([goodChain.leaf.der, Buffer.of(0)]).toString('base64'), ...goodChain.x5c.slice(1)],
      }),
    ],
    [
      'has a changed certificate',
      () => {
        const der = Buffer.from(goodChain.leaf.der)
        der.writeUInt8(der.readUInt8(der.length - 1) ^ 1, der.length - 1)
        return { did: didX509Of(ura), x5c: [der.toString('base64'), ...goodChain.x5c.slice(1)] }
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
        ['is signed with SHA-1', makeChain({ signatureAlgorithm: '1.2.840.10045.4.1' })],
        ['says something twice', makeChain({ extensions: [extension('2.5.29.15', new KeyUsage(1))] })],
        ['has another name that is a number', makeChain({ otherNameValue: Buffer.of(0x02, 0x01, 0x05) })],
        ['has another name in another writing', makeChain({ otherNameValue: Buffer.of(0x1e, 0x02, 0x00, 0x41) })],
        ['has another name of 128 letters', makeChain({ otherNameValue: longText })],
      ] as const
    ).map(([what, chain]) => [what, () => ({ did: didX509Of(ura, chain), x5c: chain.x5c })] as const),
  ]

  test.each(cases)('that %s is refused', async (_, make) => {
    const { did, x5c } = make()
    expect(await codeOfRefusal(createX509World().resolve(did, x5c))).toBe('identity.chain_invalid')
  })

  test('that is refused says by which rule', async () => {
    for (const [chain, rule] of [
      [makeChain({}, { keyUsage: 0x42 }), 'the key of an authority is not for certificates'],
      [makeChain({}, { isAuthority: false }), 'an issuing certificate is not that of an authority'],
      [makeChain({ signatureAlgorithm: '1.2.840.10045.4.1' }), 'a certificate is signed in a weak way'],
    ] as const) {
      const { notes } = await rejectionOf(createX509World().resolve(didX509Of(ura, chain), chain.x5c))
      expect(notes).toEqual([`the certificate chain is not good: ${rule}`])
    }
  })

  test('whose leaf says nothing but who it is, and whose authority is of Ed25519, is good', async () => {
    const root = makeCertificate({ isAuthority: true, keyUsage: 0x60, kind: 'ed25519' })
    const leaf = makeCertificate({ issuer: root, subject: { '2.5.4.6': 'NL' } })
    const did = didX509Of('subject:C:NL', { ...goodChain, authority: root })
    expect((await createX509World().resolve(did, toX5c([leaf, root]))).did).toBe(did)
  })

  test.each([
    ['whose leaf does not limit its use', makeChain({ keyUsage: undefined as never })],
    ['as long as its root allows', makeChain({}, { pathLength: 0 }, { pathLength: 1 })],
    ['of an authority of another kind', makeChain({}, { kind: 'p384' })],
  ])('%s is good', async (_, chain) => {
    expect((await createX509World().resolve(didX509Of(ura, chain), chain.x5c)).did).toBe(didX509Of(ura, chain))
  })

  test('of two certificates is good', async () => {
    const root = makeCertificate({ isAuthority: true, keyUsage: 0x60 })
    const leaf = makeCertificate({ issuer: root, dns: 'zorg.example' })
    const did = didX509Of('san:dns:zorg.example', { ...goodChain, authority: root })
    expect((await createX509World().resolve(did, toX5c([leaf, root]))).did).toBe(did)
  })

  test('expires although it was good before', async () => {
    const chain = makeChain({ until: '2026-11-24T10:00:00Z' })
    const { clock, resolve } = createX509World()
    await resolve(didX509Of(ura, chain), chain.x5c)
    clock.move(3601)
    expect(await codeOfRefusal(resolve(didX509Of(ura, chain), chain.x5c))).toBe('identity.chain_invalid')
  })

  test('with a key of a kind that we do not verify has no key', async () => {
    const chain = makeChain({ kind: 'p384' })
    const { resolver } = createX509World()
    const asking = resolver.keyFor(`${didX509Of(ura, chain)}#0`, 'assertionMethod', { chain: chain.x5c })
    expect(await codeOfRefusal(asking)).toBe('identity.key_unknown')
  })
})

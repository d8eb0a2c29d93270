import {
  CRLDistributionPoints,
  DistributionPoint,
  DistributionPointName,
  GeneralName,
  IssuingDistributionPoint,
  KeyUsage,
  Reason,
  ReasonFlags,
  RelativeDistinguishedName,
} from '@peculiar/asn1-x509'
import { describe, expect, test } from '@jest/globals'
import { NodeError } from '../../../node/kernel/errors.js'
import { rejectionOf } from '../../support/refusals.js'
import {
  extension,
  makeCertificate,
  makeChain,
  makeRevocationList,
  type TestCertificate,
} from '../../support/x509-chain.js'
import { codeOfRefusal, createX509World, didX509Of, ura, type TestChain } from '../../support/x509-world.js'

const listUrl = 'http://crl.example/list'

describe('a revocation list', () => {
  const chain = makeChain({ revocationList: listUrl })
  const did = didX509Of(ura, chain)
  const listOf = (changes: Partial<Parameters<typeof makeRevocationList>[0]> = {}): Buffer =>
    makeRevocationList({ issuer: chain.authority, nextUpdate: '2026-11-24T12:00:00Z', ...changes })

  test('that does not name the certificate lets it pass, and is asked once an hour', async () => {
    const { clock, lists, asked, resolve } = createX509World()
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
    const { clock, lists, resolve } = createX509World()
    lists.set(listUrl, listOf())
    await resolve(did, chain.x5c)
    lists.set(listUrl, listOf({ revoked: [chain.leaf] }))
    clock.move(3600)
    expect(await codeOfRefusal(resolve(did, chain.x5c))).toBe('identity.chain_revoked')
  })

  test('counts for four hours after its end when no newer one can be had, and never for a certificate in it', async () => {
    const fine = createX509World()
    const listed = createX509World()
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
    expect(await codeOfRefusal(fine.resolve(did, chain.x5c))).toBe('identity.chain_unchecked')
    listed.clock.move(48 * 3600)
    expect(await codeOfRefusal(listed.resolve(did, chain.x5c))).toBe('identity.chain_revoked')
  })

  test.each([
    ['cannot be had', undefined],
    ['is none', Buffer.from('<html>')],
    ['is signed by another', listOf({ signer: chain.leaf })],
    ['ended long ago', listOf({ nextUpdate: '2026-11-23T09:00:00Z' })],
    ['is of the future', listOf({ thisUpdate: '2026-11-25T09:00:00Z', nextUpdate: '2026-11-26T09:00:00Z' })],
    ['has no end', makeRevocationList({ issuer: chain.authority })],
    ['is signed with SHA-1', listOf({ signatureAlgorithm: '1.2.840.10045.4.1' })],
    ['tells only what changed', listOf({ extensions: [extension('2.5.29.27', new KeyUsage(1), true)] })],
  ])('that %s refuses the certificate, unless the node is told to go on without', async (_, bytes) => {
    for (const mustKnow of [true, false]) {
      const { lists, resolve } = createX509World({ mustKnow })
      if (bytes !== undefined) lists.set(listUrl, bytes)
      const outcome = resolve(did, chain.x5c)
      if (mustKnow) expect(await codeOfRefusal(outcome)).toBe('identity.chain_unchecked')
      else expect((await outcome).did).toBe(did)
    }
  })

  test('that was seen does not give way to an older one, and does to a newer one', async () => {
    const { clock, lists, resolve } = createX509World()
    const from = (hour: string, revoked: readonly TestCertificate[]): Buffer =>
      listOf({ thisUpdate: `2026-11-24T${hour}:00:00Z`, nextUpdate: '2026-11-25T09:00:00Z', revoked })
    lists.set(listUrl, from('08', [chain.leaf]))
    expect(await codeOfRefusal(resolve(did, chain.x5c))).toBe('identity.chain_revoked')
    lists.set(listUrl, from('07', []))
    clock.move(3600)
    expect(await codeOfRefusal(resolve(did, chain.x5c))).toBe('identity.chain_revoked')
    // As after a hold that ended. What was no good is asked again after a minute.
    lists.set(listUrl, from('09', []))
    clock.move(60)
    expect((await resolve(did, chain.x5c)).did).toBe(did)
  })

  test('of an authority is looked at too', async () => {
    const below = makeChain({}, { revocationList: listUrl })
    const { lists, resolve } = createX509World()
    lists.set(
      listUrl,
      makeRevocationList({ issuer: below.root, revoked: [below.authority], nextUpdate: '2026-11-24T12:00:00Z' }),
    )
    expect(await codeOfRefusal(resolve(didX509Of(ura, below), below.x5c))).toBe('identity.chain_revoked')
  })

  test('that cannot be had is asked again after a minute and not before', async () => {
    const { clock, asked, resolve } = createX509World()
    await rejectionOf(resolve(did, chain.x5c))
    clock.move(59)
    await rejectionOf(resolve(did, chain.x5c))
    expect(asked).toHaveLength(1)
    clock.move(1)
    await rejectionOf(resolve(did, chain.x5c))
    expect(asked).toHaveLength(2)
  })
})

describe('a list of revoked certificates', () => {
  const listed = (chain: TestChain, changes: object = {}): Buffer =>
    makeRevocationList({ issuer: chain.authority, nextUpdate: '2026-11-24T12:00:00Z', ...changes })
  const outcomeOf = async (
    chain: TestChain,
    list: Buffer,
    options: Parameters<typeof createX509World>[0] = {},
  ): Promise<string> => {
    const { lists, resolve } = createX509World(options)
    lists.set(listUrl, list)
    const did = didX509Of(ura, chain)
    return resolve(did, chain.x5c).then(
      () => 'good',
      (refusal: unknown) => NodeError.codeOf(refusal),
    )
  }

  test('that an authority with an Ed25519 key signed counts', async () => {
    const chain = makeChain({ revocationList: listUrl }, { kind: 'ed25519' })
    expect([
      await outcomeOf(chain, listed(chain)),
      await outcomeOf(chain, listed(chain, { revoked: [chain.leaf] })),
      await outcomeOf(chain, listed(chain, { signer: makeCertificate({ kind: 'ed25519' }) })),
    ]).toEqual(['good', 'identity.chain_revoked', 'identity.chain_unchecked'])
  })

  test('of an authority that may not sign lists does not count', async () => {
    const [may, mayNot] = [0x60, 0x20].map((keyUsage) => makeChain({ revocationList: listUrl }, { keyUsage }))
    for (const [chain, outcome] of [
      [may, 'good'],
      [mayNot, 'identity.chain_unchecked'],
    ] as const) {
      expect(chain === undefined ? '' : await outcomeOf(chain, listed(chain))).toBe(outcome)
    }
  })

  test('that comes with a status of failure does not count', async () => {
    const chain = makeChain({ revocationList: listUrl })
    expect(await outcomeOf(chain, listed(chain), { status: 404 })).toBe('identity.chain_unchecked')
  })

  test('may say more that is not critical', async () => {
    const chain = makeChain({ revocationList: listUrl })
    expect(await outcomeOf(chain, listed(chain, { extensions: [extension('2.5.29.20', new KeyUsage(1))] }))).toBe(
      'good',
    )
  })

  test('is found where the certificate names places of other kinds too', async () => {
    const byName = new DistributionPointName({ nameRelativeToCRLIssuer: new RelativeDistinguishedName() })
    const points = new CRLDistributionPoints([
      new DistributionPoint({ cRLIssuer: [new GeneralName({ dNSName: 'crl.example' })] }),
      new DistributionPoint({ distributionPoint: byName }),
      new DistributionPoint({
        distributionPoint: placeOf({ dNSName: 'crl.example' }, { uniformResourceIdentifier: listUrl }),
      }),
    ])
    const chain = makeChain({ extensions: [extension('2.5.29.31', points)] })
    expect([
      await outcomeOf(chain, listed(chain)),
      await outcomeOf(chain, listed(chain, { revoked: [chain.leaf] })),
    ]).toEqual(['good', 'identity.chain_revoked'])
  })

  // Somebody on the way can give another list of the same authority than the one that is asked for.
  test.each<[string, Partial<IssuingDistributionPoint>, string]>([
    ['users', { onlyContainsUserCerts: true }, 'good'],
    ['the place that the certificate names', placedAt(listUrl), 'good'],
    ['several places', placedAt('http://crl.example/other', listUrl), 'good'],
    ['another place', placedAt('http://crl.example/other'), 'identity.chain_unchecked'],
    ['authorities', { onlyContainsCACerts: true }, 'identity.chain_unchecked'],
    ['attribute certificates', { onlyContainsAttributeCerts: true }, 'identity.chain_unchecked'],
    ['some reasons', { onlySomeReasons: new Reason(ReasonFlags.keyCompromise) }, 'identity.chain_unchecked'],
    ['certificates of other issuers', { indirectCRL: true }, 'identity.chain_unchecked'],
  ])('of %s only says as much of a certificate', async (_, scope, outcome) => {
    const chain = makeChain({ revocationList: listUrl })
    for (const critical of [true, false]) {
      const extensions = [extension('2.5.29.28', new IssuingDistributionPoint(scope), critical)]
      expect(await outcomeOf(chain, listed(chain, { extensions }))).toBe(outcome)
      const naming = listed(chain, { extensions, revoked: [chain.leaf] })
      expect(await outcomeOf(chain, naming)).not.toBe('good')
    }
  })

  test('of users only says nothing of an authority', async () => {
    const chain = makeChain({}, { revocationList: listUrl })
    const scope = (params: object) => [extension('2.5.29.28', new IssuingDistributionPoint(params), true)]
    const from = (params: object): Buffer => listed({ ...chain, authority: chain.root }, { extensions: scope(params) })
    expect([
      await outcomeOf(chain, from({ onlyContainsCACerts: true })),
      await outcomeOf(chain, from({ onlyContainsUserCerts: true })),
    ]).toEqual(['good', 'identity.chain_unchecked'])
  })
})

function placeOf(...names: readonly Partial<GeneralName>[]): DistributionPointName {
  return new DistributionPointName({ fullName: names.map((name) => new GeneralName(name)) })
}

function placedAt(...addresses: readonly string[]): Partial<IssuingDistributionPoint> {
  return {
    distributionPoint: placeOf(...addresses.map((uniformResourceIdentifier) => ({ uniformResourceIdentifier }))),
  }
}

import { describe, expect, test } from '@jest/globals'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { createVerifyClientCertificate, readPem } from '../../../node/identity/client-certificate.js'
import type { Revocations } from '../../../node/identity/x509-revocation.js'
import { refusalOf, rejectionOf } from '../../support/refusals.js'
import { makeCertificate, makeChain, toX5c, type TestCertificate } from '../../support/x509-chain.js'

const clock = createFixedClock(Date.parse('2026-11-24T09:00:00Z'))
const unrevoked: Revocations = { check: () => Promise.resolve() }
const header = ({ der }: TestCertificate): string => `:${der.toString('base64')}:`
const chain = makeChain({ subject: { '2.5.4.5': '20009999000001' }, until: '2027-01-01T00:00:00Z' })
const authorities = toX5c([chain.authority, chain.root])
const verify = createVerifyClientCertificate({ clock, revocations: unrevoked, authorities })

describe('with authorities', () => {
  test('a certificate that they issued says its number, its fingerprint and until when', async () => {
    expect(await verify(header(chain.leaf))).toEqual({
      serial: '20009999000001',
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      expiresAt: Date.parse('2027-01-01T00:00:00Z'),
    })
  })

  test('a certificate is the same in DER, and as either kind of proxy writes it', async () => {
    const expected = await verify(header(chain.leaf))
    expect(await verify(chain.leaf.der)).toEqual(expected)
    expect(await verify(encodeURIComponent(pemOf(chain.leaf)))).toEqual(expected)
  })

  test.each<[string, TestCertificate, string]>([
    [
      'of somebody else',
      makeCertificate({ subject: { '2.5.4.5': '20009999000001' } }),
      'is not issued by the next one',
    ],
    ['that is over', makeChainedLeaf({ until: '2026-11-24T08:59:59Z' }), 'has expired'],
    ['that is not valid yet', makeChainedLeaf({ from: '2026-11-24T09:00:01Z' }), 'is not valid yet'],
    ['of an authority itself', chain.authority, ''],
    ['whose key is for something else', makeChainedLeaf({ keyUsage: 0x02 }), 'is not for signatures'],
  ])('one %s is refused', async (_what, certificate, note) => {
    const refusal = await rejectionOf(verify(header(certificate)))
    expect(refusal.code).toBe('identity.chain_invalid')
    expect(refusal.notes.join()).toContain(note)
  })

  test('one that was revoked is refused', async () => {
    const revocations: Revocations = { check: () => Promise.reject(new NodeError('identity.chain_revoked')) }
    const strict = createVerifyClientCertificate({ clock, revocations, authorities })
    expect((await rejectionOf(strict(header(chain.leaf)))).code).toBe('identity.chain_revoked')
  })

  test('one without a number has none', async () => {
    expect(await verify(header(makeChainedLeaf({ subject: { '2.5.4.3': 'geen nummer' } })))).toMatchObject({
      serial: undefined,
    })
  })
})

function pemOf({ der }: TestCertificate): string {
  const lines = der.toString('base64').replace(/.{64}/g, '$&\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

function makeChainedLeaf(options: Parameters<typeof makeCertificate>[0]): TestCertificate {
  return makeCertificate({ issuer: chain.authority, keyUsage: 0x01, ...options })
}

describe('without authorities', () => {
  const pinning = createVerifyClientCertificate({ clock, revocations: unrevoked, authorities: undefined })

  test('a certificate is known by its fingerprint only', async () => {
    expect(await pinning(header(chain.leaf))).toMatchObject({ serial: undefined, fingerprint: expect.any(String) })
  })

  test('one that is over is refused', async () => {
    const over = makeCertificate({ until: '2026-11-24T08:59:59Z' })
    expect((await rejectionOf(pinning(header(over)))).code).toBe('identity.chain_invalid')
  })
})

describe('what a proxy writes', () => {
  test.each(['', '::', ':A:', 'x', '%', `:${'A'.repeat(13_000)}:`, header(chain.leaf) + header(chain.leaf)])(
    'is refused when it is no certificate: %.20s',
    async (text) => {
      expect((await rejectionOf(verify(text))).code).toBe('identity.chain_invalid')
    },
  )

  test('is refused when it is more than one certificate', async () => {
    const two = encodeURIComponent(pemOf(chain.leaf) + pemOf(chain.authority))
    expect((await rejectionOf(verify(two))).code).toBe('identity.chain_invalid')
  })

  test('a PEM file holds one at least', () => {
    expect(readPem(pemOf(chain.authority) + pemOf(chain.root))).toEqual(authorities)
    expect(refusalOf(() => readPem('niets')).code).toBe('identity.chain_invalid')
  })
})

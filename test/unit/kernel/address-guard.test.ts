import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  type AddressGuard,
  createAddressGuard,
  isLoopbackAddress,
  parseCidr,
} from '../../../node/kernel/address-guard.js'
import { NodeError } from '../../../node/kernel/errors.js'

function guardOf(allowed: readonly string[], denied: readonly string[] = []): AddressGuard {
  return createAddressGuard({ allowed: allowed.map(parseCidr), denied: denied.map(parseCidr) })
}

describe('address guard without exceptions', () => {
  const guard = guardOf([])

  test.each([
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '169.253.255.255',
    '169.255.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.0.1.0',
    '192.0.3.0',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2000::',
    '2001:200::1',
    '2001:db7:ffff::1',
    '2001:db9::1',
    '2003::1',
    '2a00:1450:400e:800::200e',
    '3ffe:ffff::1',
    '3fff:1000::1',
    '::ffff:1.1.1.1',
    '::ffff:101:101',
    '64:ff9b::1.1.1.1',
    '64:ff9b::808:808',
  ])('%s is public', (address) => {
    expect(guard.check(address)).toBe('allowed')
  })

  test.each([
    '0.0.0.0',
    '0.255.255.255',
    '10.0.0.0',
    '10.255.255.255',
    '100.64.0.1',
    '100.127.255.255',
    '127.0.0.1',
    '127.255.255.255',
    '169.254.1.1',
    '172.16.0.0',
    '172.31.255.255',
    '192.0.0.8',
    '192.0.2.1',
    '192.31.196.1',
    '192.52.193.1',
    '192.88.99.1',
    '192.168.0.1',
    '192.175.48.1',
    '198.18.0.0',
    '198.19.255.255',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::1.1.1.1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::FFFF:10.0.0.1',
    '0:0:0:0:0:ffff:c0a8:1',
    '::ffff:0:1.1.1.1',
    '64:ff9b::10.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1.1.1.1',
    '100::1',
    '100:0:0:1::1',
    '1fff:ffff::1',
    '2001::1',
    '2001:0:4136:e378:8000:63bf:f5f5:fefe',
    '2001:2::1',
    '2001:20::1',
    '2001:1ff:ffff::1',
    '2001:db8::1',
    '2002:101:101::1',
    '2002:7f00:1::',
    '2620:4f:8000::1',
    '3fff::1',
    '3fff:fff:ffff::1',
    '4000::1',
    '5f00::1',
    'fc00::1',
    'fdff::1',
    'fe80::1',
    'fec0::1',
    'ff02::1',
    'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
  ])('%s is not public', (address) => {
    expect(guard.check(address)).toBe('refused')
  })

  test.each([
    '',
    'localhost',
    '127.1',
    '0x7f.1',
    '2130706433',
    '010.1.1.1',
    '1.1.1.1.',
    '[2a00::1]',
    '2a00::1%eth0',
    ' 1.1.1.1',
  ])('%j is not an address', (text) => {
    expect(guard.check(text)).toBe('refused')
  })
})

describe('address guard with exceptions', () => {
  test('an allowed range is allowed to its last address and not beyond', () => {
    const guard = guardOf(['127.10.0.0/16', 'fd00:1::/32'])
    expect(['127.10.0.0', '127.10.255.255', '::ffff:127.10.0.1', 'fd00:1:ffff::1'].map(guard.check)).toEqual(
      Array(4).fill('allowed'),
    )
    expect(['127.9.255.255', '127.11.0.0', '127.0.0.1', '::1', 'fd00:2::1', '10.0.0.1'].map(guard.check)).toEqual(
      Array(6).fill('refused'),
    )
  })

  test('what is denied stays denied inside an allowed range, and public addresses can be denied', () => {
    const guard = guardOf(['10.0.0.0/8', '::/0'], ['10.1.0.0/16', '8.8.8.0/24', '2a00:1::/32'])
    expect(['10.0.0.1', '8.8.4.4', '2a00:2::1', 'fd00::1'].map(guard.check)).toEqual(Array(4).fill('allowed'))
    const denied = ['10.1.0.1', '::ffff:10.1.0.1', '64:ff9b::10.1.0.1', '2002:a01:1::1', '8.8.8.8', '2a00:1::1']
    expect(denied.map(guard.check)).toEqual(denied.map(() => 'refused'))
  })

  test.each([
    '169.254.169.254',
    '169.254.170.2',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    'fd00:ec2::254',
    'fd00:0ec2:0:0:0:0:0:254',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '::169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::169.254.169.254',
    '2002:a9fe:a9fe::1',
    '2001:0:4136:e378:8000:63bf:5601:5601',
  ])('the metadata address %s is refused whatever is allowed', (address) => {
    const guard = guardOf(['0.0.0.0/0', '::/0'])
    expect(guard.check(address)).toBe('refused')
    expect(guard.check('169.254.169.253')).toBe('allowed')
    expect(guard.check('fd00:ec2::253')).toBe('allowed')
  })

  test('a range holds exactly the addresses with the same first bits', () => {
    const number = fc.nat({ max: 2 ** 32 - 1 })
    fc.assert(
      fc.property(number, fc.nat({ max: 32 }), number, (network, length, noise) => {
        const size = 2n ** BigInt(32 - length)
        const start = (BigInt(network) / size) * size
        // Near the edges of the range, where a mistake of one would show.
        const address = [start - 1n, start, start + size - 1n, start + size, start + (BigInt(noise) % size)]
        const guard = guardOf([], [`${dotted(start)}/${length}`])
        for (const each of address.filter((value) => value >= 0n && value < 2n ** 32n)) {
          const isInside = each >= start && each < start + size
          if (isInside) expect(guard.check(dotted(each))).toBe('refused')
          else expect(guard.check(dotted(each))).toBe(guardOf([]).check(dotted(each)))
        }
      }),
      { numRuns: 200 },
    )
  })

  test('an IPv6 range holds exactly the addresses with the same first bits', () => {
    const number = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n })
    fc.assert(
      fc.property(number, fc.nat({ max: 96 }), number, (network, length, noise) => {
        const size = 2n ** BigInt(128 - length)
        const start = (network / size) * size
        const guard = guardOf([], [`${grouped(start)}/${length}`])
        for (const each of [start, start + size - 1n, start + (noise % size)]) {
          expect(guard.check(grouped(each))).toBe('refused')
        }
        for (const each of [start - 1n, start + size].filter((value) => value >= 0n && value < 2n ** 128n)) {
          expect(guard.check(grouped(each))).toBe(guardOf([]).check(grouped(each)))
        }
      }),
      { numRuns: 200 },
    )
  })
})

describe('parseCidr', () => {
  test.each([
    ['10.0.0.0/8', 'ipv4'],
    ['0.0.0.0/0', 'ipv4'],
    ['10.1.2.3/32', 'ipv4'],
    ['10.1.2.2/31', 'ipv4'],
    ['fd00:1::/48', 'ipv6'],
    ['::1/128', 'ipv6'],
    ['::/0', 'ipv6'],
    ['64:ff9b::10.0.0.0/104', 'ipv6'],
  ])('%s is a range of %s', (text, family) => {
    const { address, prefixLength, family: parsed } = parseCidr(text)
    expect([`${address}/${prefixLength}`, parsed]).toEqual([text, family])
  })

  test.each([
    ['', 'not an address'],
    ['localhost/8', 'not an address'],
    ['10.0.0/8', 'not an address'],
    ['10.0.0.0/8/8', 'not an address'],
    ['fe80::%eth0/64', 'not an address'],
    ['10.1.2.3', 'one address is written 10.1.2.3/32'],
    ['::1', 'one address is written ::1/128'],
    ['10.0.0.0/33', 'a number from 0 to 32'],
    ['10.0.0.0/08', 'a number from 0 to 32'],
    ['10.0.0.0/-1', 'a number from 0 to 32'],
    ['10.0.0.0/', 'a number from 0 to 32'],
    ['::/129', 'a number from 0 to 128'],
    ['10.1.0.0/8', 'bits are set after the first 8'],
    ['10.0.0.1/31', 'bits are set after the first 31'],
    ['fd00::1/64', 'bits are set after the first 64'],
    ['::ffff:10.0.0.0/104', 'write the IPv4 range itself'],
  ])('%j is refused with an explanation', (text, explanation) => {
    try {
      parseCidr(text)
    } catch (error) {
      expect(NodeError.is(error) && [error.code, error.detail]).toEqual([
        'config.invalid',
        expect.stringContaining(explanation),
      ])
    }
    expect.assertions(1)
  })
})

describe('isLoopbackAddress', () => {
  test.each(['127.0.0.1', '127.255.255.255', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', '::ffff:7f00:1'])(
    '%s is',
    (text) => {
      expect(isLoopbackAddress(text)).toBe(true)
    },
  )

  test.each([
    '126.0.0.1',
    '128.0.0.1',
    '0.0.0.0',
    '::',
    '::2',
    '1::1',
    '::ffff:128.0.0.1',
    '::127.0.0.1',
    'localhost',
    '::1%lo',
  ])('%s is not', (text) => {
    expect(isLoopbackAddress(text)).toBe(false)
  })
})

function dotted(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.')
}

function grouped(value: bigint): string {
  const digits = value.toString(16).padStart(32, '0')
  return digits.replace(/.{4}(?!$)/g, '$&:')
}

import { describe, expect, test } from '@jest/globals'
import {
  addressBelow,
  checkPersonless,
  isBsnShaped,
  parseAddress,
  parseNodeAddress,
} from '../../../registry-client/url.js'
import { isBsnShaped as isBsnShapedOfNode } from '../../../node/kernel/identifiers.js'

const refused = expect.objectContaining({ name: 'RegistryError', code: 'invalid_request', from: 'client' })

describe('the address of another party', () => {
  test.each(['https://ciz.voorbeeld.nl/a', 'http://localhost:7100', 'http://127.0.0.1:81/', 'http://[::1]:8080/a'])(
    'may be %s',
    (text) => {
      expect(parseAddress(text, 'It').href).toContain(text)
    },
  )

  test.each([
    'http://ciz.voorbeeld.nl/',
    'http://localhost.voorbeeld.nl/',
    'http://127.0.0.1.voorbeeld.nl/',
    'https://naam@ciz.voorbeeld.nl/',
    'https://:geheim@ciz.voorbeeld.nl/',
    'https://ciz.voorbeeld.nl/#a',
    'file:///etc/hosts',
    'ciz.voorbeeld.nl',
    '',
  ])('may not be "%s"', (text) => {
    expect(() => parseAddress(text, 'It')).toThrow(refused)
  })
})

describe('the address of the own node', () => {
  test('may be http', () => {
    expect(parseNodeAddress('http://node.internal:8081').port).toBe('8081')
  })

  test.each(['ftp://a', 'node:8081', 'http://a/?b=c', 'http://a/#b'])('may not be %s', (text) => {
    expect(() => parseNodeAddress(text)).toThrow(refused)
  })
})

describe('an address that is made', () => {
  const base = new URL('https://a.voorbeeld.nl/fhir/')

  test('has its parts and values encoded', () => {
    const url = addressBelow(base, ['een/twee', 'drie?'], { q: 'a&b', none: undefined })
    expect(url.href).toBe('https://a.voorbeeld.nl/fhir/een%2Ftwee/drie%3F?q=a%26b')
  })

  test.each(['', '.', '..'])('has no part "%s", which would be another address', (part) => {
    expect(() => addressBelow(base, [part, 'a'])).toThrow(refused)
  })

  test.each([
    ['as a part', () => addressBelow(base, ['Patient', '999990019'])],
    ['as a value', () => addressBelow(base, ['a'], { q: 'jansen 999990019' })],
    ['as the name of a value', () => addressBelow(base, ['a'], { '999990019': 'x' })],
    [
      'after a system',
      () => addressBelow(base, ['a'], { identifier: 'http://fhir.nl/fhir/NamingSystem/bsn|999990019' }),
    ],
    ['encoded twice', () => checkPersonless(new URL('https://a.nl/?q=%2539%39999001%2539'))],
    ['in other digits', () => addressBelow(base, ['a'], { q: '９９９９９００１９' })],
    ['in an address that was given', () => parseAddress('https://a.nl/999990019', 'It')],
  ])('has no burgerservicenummer %s', (_, make) => {
    expect(make).toThrow(refused)
    expect(make).not.toThrow('999990019')
  })

  test.each([
    '999990018',
    '000000000',
    '9999900190',
    '62253778',
    '5f999990019a',
    '123e4567-e89b-42d3-a456-426614174000',
  ])('may hold %s, which is none', (value) => {
    expect(addressBelow(base, ['a'], { q: value }).href).toContain(value)
  })
})

test('a number is taken for a burgerservicenummer as the node takes it', () => {
  for (const number of ['999990019', '111222333', '123456782', '123456789', '000000000', '12345678', 'a23456782'])
    expect([number, isBsnShaped(number)]).toEqual([number, isBsnShapedOfNode(number)])
})

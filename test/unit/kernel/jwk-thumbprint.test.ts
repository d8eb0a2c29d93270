import { expect, test } from '@jest/globals'
import { thumbprintOf } from '../../../node/kernel/jwk-thumbprint.js'

// The key of RFC 8037 appendix A.2, and its thumbprint of A.3.
const ed25519 = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }

test('rfc8037-a3 the thumbprint of the example', () => {
  expect(thumbprintOf(ed25519)).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
})

test('counts the members of its kind and no others', () => {
  const more = { y: 'AQAB', n: 'AQAB', e: 'AQAB' }
  expect(thumbprintOf({ ...ed25519, ...more })).toBe(thumbprintOf(ed25519))
  const rsa = { kty: 'RSA', n: 'AQAB', e: 'AQAB' }
  expect(thumbprintOf({ ...rsa, crv: 'P-256', x: 'a', y: 'b' })).toBe(thumbprintOf(rsa))
  const point = { kty: 'EC', crv: 'P-256', x: 'a', y: 'b' }
  expect(thumbprintOf({ ...point, n: 'a', e: 'b' })).toBe(thumbprintOf(point))
  expect(thumbprintOf({ ...point, y: 'c' })).not.toBe(thumbprintOf(point))
})

import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { parseAuthorizedKeys } from '../../../../node/http/sign-in/authorized-keys.js'
import { lineOf, signInKinds } from '../../../support/sign-in.js'

const key = signInKinds.EdDSA.make()
const line = (options = 'role="operator"', user = 'jansen') => lineOf(key, user, options)
const faultsOf = (text: string) => parseAuthorizedKeys(text).faults

describe('a file of authorized keys', () => {
  test.each(['EdDSA', 'ES256', 'ES384', 'ES512', 'RS512'] as const)('takes a key for %s', (kind) => {
    const { keys, faults } = parseAuthorizedKeys(lineOf(signInKinds[kind].make(), 'a@b', 'role="reader"'))
    expect(faults).toEqual([])
    expect(keys).toMatchObject([{ user: 'a@b', role: 'reader', parties: undefined }])
  })

  test('names each key as SSH and as JOSE do', () => {
    const base64 = 'AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea'
    const [read] = parseAuthorizedKeys(`role="reader" ssh-ed25519 ${base64} test`).keys
    // The key of RFC 8037 appendix A.2, and its thumbprint of appendix A.3.
    expect(read?.ids[1]).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
    expect(read?.ids[0]).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/)
  })

  test('leaves out empty lines and what stands behind a hash, as nuts-node v6 does', () => {
    const { keys, faults } = parseAuthorizedKeys(`# who may\r\n\r\n${line()} # on call\r\n`)
    expect([keys.map(({ user }) => user), faults]).toEqual([['jansen'], []])
  })

  test('reads the parties of a key', () => {
    const [read] = parseAuthorizedKeys(line('parties="ciz,noord",role="application"')).keys
    expect(read).toMatchObject({ role: 'application', parties: ['ciz', 'noord'] })
  })

  test('gives the usual role to a key that names none, and only where there is one', () => {
    expect(parseAuthorizedKeys(line(''), 'administrator').keys[0]?.role).toBe('administrator')
    expect(faultsOf(line(''))).toEqual(['line 1: begin with role="…", or set http.internal.auth.defaultRole'])
  })

  test('takes two keys of one user, each with its own role', () => {
    const other = lineOf(signInKinds.EdDSA.make(), 'jansen', 'role="reader"')
    expect(parseAuthorizedKeys(`${line()}\n${other}`).keys.map(({ role }) => role)).toEqual(['operator', 'reader'])
  })

  test('lets nobody in by a key that stands there twice, and says both lines', () => {
    const other = lineOf(signInKinds.EdDSA.make(), 'pieters', 'role="reader"')
    const { keys, faults } = parseAuthorizedKeys(`${line()}\n${other}\n${line('role="administrator"', 'x')}`)
    expect(keys.map(({ user }) => user)).toEqual(['pieters'])
    expect(faults).toEqual([1, 3].map((number) => `line ${number}: the same key stands in another line`))
  })

  test.each<[string, string, RegExp]>([
    ['a role that there is not', line('role="root"'), /role must be one of/],
    ['an option of sshd', line('role="reader",from="10.0.0.0/8"'), /the options are/],
    ['a flag of sshd', line('no-pty,role="reader"'), /the options are/],
    ['a role twice', line('role="reader",role="administrator"'), /role is given twice/],
    ['an option without an end', line('role="reader'), /neither a type of key nor options/],
    ['a party that can be none', line('role="reader",parties="a b"'), /parties must be/],
    ['no parties', line('role="reader",parties=""'), /parties must be/],
    ['a key of nobody', line('role="reader"', ''), /whose it is/],
    ['words', 'let everybody in', /the options are/],
    ['a comma in front', ',role="reader"', /neither a type of key nor options/],
    ['no key', 'role="reader" ssh-ed25519', /write a type, a key/],
    ['a type that is another', line().replace(' ssh-ed25519 ', ' ssh-rsa '), /another type/],
    ['base64 that is none', line().replace(/AAAA/, 'AA*A'), /not base64/],
    ['a key that ends too soon', line().replace(/[A-Za-z0-9+/]{8} jansen/, ' jansen'), /too soon/],
    ['a DSA key', 'role="reader" ssh-dss AAAAB3NzaC1kc3MAAAABAQ== x', /of this type/],
    [
      'a key on a hardware token',
      `role="reader" sk-ssh-ed25519@openssh.com ${Buffer.from('\0\0\0\x1ask-ssh-ed25519@openssh.com').toString('base64')} x`,
      /of this type/,
    ],
    ['a weak RSA key', lineOfWeak(1024), /2048 to 8192 bits/],
  ])('refuses %s, with the number of its line and nothing of it', (_, bad, why) => {
    const { keys, faults } = parseAuthorizedKeys(
      `\n${bad}\n${lineOf(signInKinds.ES256.make(), 'good', 'role="reader"')}`,
    )
    expect(keys.map(({ user }) => user)).toEqual(['good'])
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatch(/^line 2: /)
    expect(faults[0]).toMatch(why)
    expect(faults[0]).not.toContain('AAAA')
  })

  test('refuses a point that is not on its curve', () => {
    const good = lineOf(signInKinds.ES256.make(), 'x', 'role="reader"')
    const [options = '', type = '', base64 = '', user = ''] = good.split(' ')
    const blob = Buffer.from(base64, 'base64')
    blob.writeUInt8((blob.at(-1) ?? 0) ^ 1, blob.length - 1)
    expect(faultsOf([options, type, blob.toString('base64'), user].join(' '))).toEqual([
      'line 1: the key is none of its kind',
    ])
  })

  test('refuses what is too long to be such a file', () => {
    expect(parseAuthorizedKeys('\n'.repeat(5_001))).toEqual({ keys: [], faults: ['more than 5000 lines'] })
  })
})

/** A line that `toSshPublicKey` would not write. */
function lineOfWeak(bits: number): string {
  const { n = '', e = '' } = generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ format: 'jwk' })
  const part = (bytes: Buffer): Buffer => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    return Buffer.concat([length, bytes])
  }
  const number = (text: string): Buffer => part(Buffer.concat([Buffer.of(0), Buffer.from(text, 'base64url')]))
  const blob = Buffer.concat([part(Buffer.from('ssh-rsa')), part(Buffer.from(e, 'base64url')), number(n)])
  return `role="reader" ssh-rsa ${blob.toString('base64')} x`
}

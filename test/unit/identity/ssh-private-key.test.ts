import { execFileSync } from 'node:child_process'
import { createPublicKey, generateKeyPairSync, sign, verify, type JsonWebKey, type KeyObject } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { parsePrivateKeyFile, writePrivateKeyFile } from '../../../node/identity/ssh-private-key.js'
import { parseSshPublicKey, sshFingerprint, toSshPublicKey } from '../../../node/identity/ssh-public-key.js'
import { writeSshBytes, writeSshNumber, writeSshUint32 } from '../../../node/identity/ssh-wire.js'
import { refusalOf } from '../../support/refusals.js'

const directory = mkdtempSync(join(tmpdir(), 'bronnet-ssh-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const keygen = (...words: string[]): string => execFileSync('ssh-keygen', words, { encoding: 'utf8', stdio: 'pipe' })
const hasKeygen = ((): boolean => {
  try {
    execFileSync('ssh-keygen', ['-?'], { stdio: 'pipe' })
    return true
  } catch (cause) {
    return (cause as { code?: unknown }).code !== 'ENOENT' // Any other failure is that it shows how it is used.
  }
})()
const withKeygen = hasKeygen ? test : test.skip

/** Whether what one half signs the other verifies. */
function belongTogether(privateKey: KeyObject, publicKey: KeyObject): boolean {
  const digest = privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256'
  return verify(digest, Buffer.from('x'), publicKey, sign(digest, Buffer.from('x'), privateKey))
}

/** Numbers that OpenSSH leaves in a file, in the order that it has for the kind of key. */
const bytesOf = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64url')
const rsaNumbers = ({ n, e, d, qi, p, q }: JsonWebKey): readonly Buffer[] =>
  [n, e, d, qi, p, q].map((text) => writeSshNumber(bytesOf(text)))
const pointOf = ({ x, y }: JsonWebKey): Buffer => writeSshBytes(Buffer.concat([Buffer.of(4), bytesOf(x), bytesOf(y)]))

/** A file of OpenSSH with these values for its one key, damaged as `changes` say. */
function openSsh(
  parts: readonly (Buffer | string)[],
  changes: { readonly count?: number; readonly secondCheck?: number; readonly magic?: string } = {},
): string {
  const { count = 1, secondCheck = 7, magic = 'openssh-key-v1' } = changes
  const values = parts.map((part) => (typeof part === 'string' ? writeSshBytes(part) : part))
  const data = Buffer.concat([
    Buffer.from(`${magic}\0`),
    ...['none', 'none', ''].map(writeSshBytes),
    writeSshUint32(count),
    writeSshBytes('the public key, which nobody reads'),
    writeSshBytes(Buffer.concat([writeSshUint32(7), writeSshUint32(secondCheck), ...values, writeSshBytes('jansen')])),
  ])
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${data.toString('base64')}\n-----END OPENSSH PRIVATE KEY-----\n`
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const rsaJwk = rsa.export({ format: 'jwk' })
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const p256Jwk = p256.export({ format: 'jwk' })
const p256Parts = ['ecdsa-sha2-nistp256', 'nistp256', pointOf(p256Jwk), writeSshNumber(bytesOf(p256Jwk.d))]

describe('a file with a private key', () => {
  test.each<[string, KeyObject]>([
    ['Ed25519', generateKeyPairSync('ed25519').privateKey],
    ['P-256', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey],
    ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
  ])('may be PEM: %s', (_, key) => {
    const pem = key.export({ type: 'pkcs8', format: 'pem' }) as string
    const { key: read, comment } = parsePrivateKeyFile(pem)
    expect([read.equals(key), comment]).toEqual([true, undefined])
  })

  test('that is written here is read again, with whose it is', () => {
    // Names of all lengths: what fills the last block has all lengths too.
    for (const name of ['j', 'ja', 'jan', 'jans', 'janse', 'jansen', 'jansen@', 'jansen@v', 'jansen@voorbeeld.nl']) {
      const { privateKey } = generateKeyPairSync('ed25519')
      const { key, comment } = parsePrivateKeyFile(writePrivateKeyFile(privateKey, name))
      expect([key.equals(privateKey), comment]).toEqual([true, name])
    }
  })

  test('that does not say whose it is has no comment', () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const { key, comment } = parsePrivateKeyFile(writePrivateKeyFile(privateKey, ''))
    expect([key.equals(privateKey), comment]).toEqual([true, undefined])
  })

  withKeygen('that is written here is one for OpenSSH', () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const file = join(directory, 'own')
    writeFileSync(file, writePrivateKeyFile(privateKey, 'jansen@voorbeeld.nl'), { mode: 0o600 })
    const { blob } = toSshPublicKey(privateKey)
    expect(keygen('-y', '-f', file).trim()).toBe(`ssh-ed25519 ${blob.toString('base64')} jansen@voorbeeld.nl`)
    expect(keygen('-l', '-f', file)).toContain(sshFingerprint(toSshPublicKey(privateKey)))
  })

  withKeygen.each(['ed25519', 'ecdsa -b 256', 'ecdsa -b 384', 'ecdsa -b 521', 'rsa -b 2048'])(
    'may be what OpenSSH writes: %s',
    (kind) => {
      // Often enough that numbers with a zero in front are among them.
      for (let count = 0; count < (kind.startsWith('rsa') ? 1 : 4); count += 1) {
        const file = join(directory, `${kind.replaceAll(' ', '')}${count}`)
        keygen('-q', '-t', ...kind.split(' '), '-N', '', '-C', 'jansen@voorbeeld.nl', '-f', file)
        const { key, comment } = parsePrivateKeyFile(readFileSync(file, 'utf8'))
        const [type = '', base64 = ''] = readFileSync(`${file}.pub`, 'utf8').split(' ')
        expect(comment).toBe('jansen@voorbeeld.nl')
        expect(belongTogether(key, parseSshPublicKey(type, base64).key)).toBe(true)
        expect(toSshPublicKey(createPublicKey(key)).blob.toString('base64')).toBe(base64)
      }
    },
  )

  withKeygen('of OpenSSH is refused when it is encrypted', () => {
    const file = join(directory, 'encrypted')
    keygen('-q', '-t', 'ed25519', '-N', 'een lange zin', '-f', file)
    expect(refusalOf(() => parsePrivateKeyFile(readFileSync(file, 'utf8'))).notes).toEqual([
      'it is encrypted, and nobody is asked for a passphrase here',
    ])
  })

  test('in the form of OpenSSH has the numbers of the key, also those that an RSA key does not have there', () => {
    for (const [parts, jwk] of [
      [['ssh-rsa', ...rsaNumbers(rsaJwk)], rsaJwk],
      [p256Parts, p256Jwk],
    ] as const)
      expect(parsePrivateKeyFile(openSsh(parts)).key.export({ format: 'jwk' })).toEqual(jwk)
  })

  const { x: otherX = '' } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })
  test.each<[string, string, string]>([
    ['another form', openSsh(p256Parts, { magic: 'openssh-key-v2' }), 'it is no key of OpenSSH'],
    ['two keys', openSsh(p256Parts, { count: 2 }), 'it must hold one key'],
    ['no key', openSsh(p256Parts, { count: 0 }), 'it must hold one key'],
    ['check numbers that differ', openSsh(p256Parts, { secondCheck: 8 }), 'it is damaged'],
    ['nothing behind the key', openSsh(p256Parts.slice(0, 3)), 'it ends too soon'],
    ['a key of DSA', openSsh(['ssh-dss']), 'keys of this type are not accepted'],
    ['a key on a hardware token', openSsh(['sk-ssh-ed25519@openssh.com']), 'keys of this type are not accepted'],
    ['a type that every object has', openSsh(['__proto__']), 'keys of this type are not accepted'],
    [
      'a point that is not on the curve',
      openSsh(p256Parts.with(2, pointOf({ ...p256Jwk, x: otherX }))),
      'the key is none of its kind',
    ],
    ['a prime of one', openSsh(['ssh-rsa', ...rsaNumbers({ ...rsaJwk, p: 'AQ' })]), 'the key is none of its kind'],
  ])('of OpenSSH with %s is refused, and told why', (_, text, note) => {
    const { code, notes } = refusalOf(() => parsePrivateKeyFile(text))
    expect([code, notes]).toEqual(['config.invalid', [note]])
  })

  test.each<[string, string]>([
    ['words', 'geheim 999990019'],
    ['a public key', generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }) as string],
    ['a key on a curve that signs nothing here', pemOf('secp256k1')],
    [
      'another kind of key',
      generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    ],
    ['nothing', ''],
    [
      'PEM that is encrypted',
      generateKeyPairSync('ed25519').privateKey.export({
        type: 'pkcs8',
        format: 'pem',
        cipher: 'aes-256-cbc',
        passphrase: 'een lange zin',
      }) as string,
    ],
  ])('is refused when it is %s, without a word of what stands in it', (_, text) => {
    const { code, notes } = refusalOf(() => parsePrivateKeyFile(text))
    expect(code).toBe('config.invalid')
    expect(notes.join()).not.toMatch(/geheim|999990019|BEGIN/)
  })
})

function pemOf(namedCurve: string): string {
  return generateKeyPairSync('ec', { namedCurve }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
}

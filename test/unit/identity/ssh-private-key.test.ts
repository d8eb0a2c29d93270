import { execFileSync } from 'node:child_process'
import { createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { parsePrivateKeyFile, writePrivateKeyFile } from '../../../node/identity/ssh-private-key.js'
import { parseSshPublicKey, sshFingerprint, toSshPublicKey } from '../../../node/identity/ssh-public-key.js'
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

  const armour = (data: Buffer): string =>
    `-----BEGIN OPENSSH PRIVATE KEY-----\n${data.toString('base64')}\n-----END OPENSSH PRIVATE KEY-----\n`
  const written = Buffer.from(
    writePrivateKeyFile(generateKeyPairSync('ed25519').privateKey, 'x').replace(/-----[^-]+-----/g, ''),
    'base64',
  )
  test.each<[string, string]>([
    ['words', 'geheim 999990019'],
    ['a public key', generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }) as string],
    ['a key on a curve that signs nothing here', pemOf('secp256k1')],
    [
      'another kind of key',
      generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    ],
    ['what only looks like OpenSSH', armour(Buffer.from('openssh-key-v2\0'))],
    ['what ends too soon', armour(written.subarray(0, 120))],
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

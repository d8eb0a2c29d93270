import { createPublicKey, verify } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openFileKeyStore, type KeyStore } from '../../../node/identity/key-store.js'
import type { NodeError } from '../../../node/kernel/errors.js'
import { Secret } from '../../../node/kernel/secret.js'
import type { PublicKey } from '../../../schemas/jwk.js'
import { rejectionOf } from '../../support/refusals.js'

const keyId = 'did:web:node.example:iam:1#key'
const passphrase = Secret.of('correct horse battery')
const directories: string[] = []

async function makeDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'bronnet-key-store-'))
  directories.push(directory)
  return directory
}

/** The files of a key store, as bytes by name. */
async function filesOf(directory: string): Promise<ReadonlyMap<string, Buffer>> {
  const names = await readdir(directory)
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(directory, name))] as const)))
}

function isSignature(publicKey: PublicKey, data: string, signature: Buffer): boolean {
  const key = createPublicKey({ key: { ...publicKey }, format: 'jwk' })
  return verify('sha256', Buffer.from(data), { key, dsaEncoding: 'ieee-p1363' }, signature)
}

let directory: string
let keyStore: KeyStore
let publicKey: PublicKey

beforeAll(async () => {
  directory = await makeDirectory()
  keyStore = await openFileKeyStore({ directory, passphrase })
  publicKey = await keyStore.createKey(keyId)
})

afterAll(async () => {
  for (const made of directories) await rm(made, { recursive: true, force: true })
})

describe('replicas that share a directory', () => {
  test('become one key store when they open it for the first time at the same moment', async () => {
    const shared = await makeDirectory()
    const open = () => openFileKeyStore({ directory: shared, passphrase })
    const replicas = await Promise.all([open(), open(), open(), open()])
    const secrets = replicas.map((replica) => replica.secretFor('audit').toString('hex'))
    expect(new Set(secrets).size).toBe(1)
    const keys = await Promise.all(replicas.map((replica) => replica.createKey('same')))
    expect(keys).toEqual(keys.map(() => keys[0]))
    for (const replica of [...replicas, await open()]) {
      expect(isSignature(keys[0] ?? publicKey, 'text', await replica.sign('same', 'text'))).toBe(true)
    }
    // Nothing is left beside the header and the key.
    expect(await readdir(shared)).toHaveLength(2)
  })

  test('sign at once with a key that another made', async () => {
    const [first, second] = await Promise.all([1, 2].map(() => openFileKeyStore({ directory, passphrase })))
    const made = await first?.createKey('made by the first')
    const signature = await second?.sign('made by the first', 'text')
    expect(isSignature(made ?? publicKey, 'text', signature ?? Buffer.alloc(0))).toBe(true)
  })
})

describe('a key in the key store', () => {
  test('is a P-256 key', () => {
    expect(publicKey).toEqual({
      kty: 'EC',
      crv: 'P-256',
      x: expect.stringMatching(/^[\w-]{43}$/),
      y: expect.stringMatching(/^[\w-]{43}$/),
    })
  })

  test('stays the same when it is made again', async () => {
    expect(await keyStore.createKey(keyId)).toEqual(publicKey)
  })

  test('is one key when it is made twice at the same moment', async () => {
    const [first, second] = await Promise.all([keyStore.createKey('twice'), keyStore.createKey('twice')])
    const reopened = await openFileKeyStore({ directory, passphrase })
    expect([second, await reopened.createKey('twice')]).toEqual([first, first])
  })

  test('differs from the key under another id', async () => {
    expect(await keyStore.createKey('other')).not.toEqual(publicKey)
  })

  test('signs text and bytes alike, as 64 bytes r and s', async () => {
    const signatures = [await keyStore.sign(keyId, 'grüße'), await keyStore.sign(keyId, Buffer.from('grüße'))]
    expect(signatures.map((signature) => [signature.length, isSignature(publicKey, 'grüße', signature)])).toEqual([
      [64, true],
      [64, true],
    ])
  })

  test('does not sign under an id that is not there', async () => {
    expect((await rejectionOf(keyStore.sign('nobody', 'text'))).code).toBe('identity.key_unknown')
  })

  test('is found and signs after the store was opened again', async () => {
    const reopened = await openFileKeyStore({ directory, passphrase })
    expect(isSignature(publicKey, 'text', await reopened.sign(keyId, 'text'))).toBe(true)
    expect(await reopened.createKey(keyId)).toEqual(publicKey)
  })

  test('is nowhere on disk in a form that can be read', async () => {
    // Every PKCS #8 P-256 key begins with these bytes: the algorithm and the curve.
    const header = Buffer.from('06072a8648ce3d020106082a8648ce3d030107', 'hex')
    for (const bytes of (await filesOf(directory)).values()) {
      const sealed: unknown = (JSON.parse(bytes.toString('utf8')) as Record<string, unknown>)['sealed'] ?? ''
      expect([bytes.includes(header), Buffer.from(String(sealed), 'base64').includes(header)]).toEqual([false, false])
    }
  })

  test('can be read by its owner only', async () => {
    const modes = await Promise.all((await readdir(directory)).map(async (name) => stat(join(directory, name))))
    expect(modes.map(({ mode }) => mode & 0o077)).toEqual(modes.map(() => 0))
  })

  test('leaves no half-written file behind', async () => {
    expect((await readdir(directory)).filter((name) => !/^(?:keystore|[0-9a-f]{32})\.json$/.test(name))).toEqual([])
  })
})

describe('opening the key store', () => {
  test('makes the directory', async () => {
    const fresh = join(await makeDirectory(), 'deep', 'keys')
    await openFileKeyStore({ directory: fresh, passphrase })
    expect(await readdir(fresh)).toEqual(['keystore.json'])
  })

  let wrong: NodeError

  beforeAll(async () => {
    wrong = await rejectionOf(openFileKeyStore({ directory, passphrase: Secret.of('another passphrase') }))
  })

  test('with another passphrase is refused, and says which setting to look at', () => {
    expect([wrong.code, wrong.notes]).toEqual([
      'identity.key_store_closed',
      ['The passphrase does not open the key store: give the one it was made with (keys.passphraseFile).'],
    ])
  })

  test('keeps the passphrase out of the refusal', () => {
    expect(`${wrong.message} ${wrong.notes.join()} ${String(wrong.cause)}`).not.toContain('another passphrase')
  })

  test.each([
    ['is cut off', '{"version":1,"salt":"'],
    ['is of a later version', '{"version":2,"salt":"AAAAAAAAAAAAAAAAAAAAAA==","check":"AAAA"}'],
    ['is empty', ''],
  ])('is refused when its head %s, and does not blame the passphrase', async (_, text) => {
    const damaged = await makeDirectory()
    await writeFile(join(damaged, 'keystore.json'), text)
    const refusal = await rejectionOf(openFileKeyStore({ directory: damaged, passphrase }))
    expect([refusal.code, refusal.notes]).toEqual([
      'identity.key_store_closed',
      ['The file keystore.json of the key store is damaged: put it back from a backup.'],
    ])
  })

  test('is refused when its head cannot be read', async () => {
    const strange = await makeDirectory()
    await mkdir(join(strange, 'keystore.json'))
    const refusal = await rejectionOf(openFileKeyStore({ directory: strange, passphrase }))
    expect(refusal.code).toBe('identity.key_store_closed')
  })

  test('is refused where no directory can be', async () => {
    const refusal = await rejectionOf(openFileKeyStore({ directory: join(directory, 'keystore.json'), passphrase }))
    expect(refusal.code).toBe('identity.key_store_closed')
  })

  test('makes no key, and leaves nothing behind, when its directory went away', async () => {
    const place = await makeDirectory()
    const opened = await openFileKeyStore({ directory: place, passphrase })
    await rm(place, { recursive: true })
    expect((await rejectionOf(opened.createKey('key'))).code).toBe('identity.key_store_closed')
    await mkdir(place)
    expect((await rejectionOf(opened.sign('key', 'text'))).code).toBe('identity.key_unknown')
  })
})

describe('a damaged key file', () => {
  test.each([
    [
      'changed',
      (text: string) => text.replace(/"sealed":"(.)/, (_, first: string) => `"sealed":"${first === 'B' ? 'C' : 'B'}`),
    ],
    ['cut off', (text: string) => text.slice(0, -20)],
    ['of another key', (_text: string, other: string) => other],
  ])('that is %s is neither used nor replaced', async (what, damage) => {
    const fileOf = async (id: string): Promise<string> => {
      const before = await readdir(directory)
      await keyStore.createKey(id)
      return join(directory, (await readdir(directory)).find((name) => !before.includes(name)) ?? '')
    }
    const id = `damaged: ${what}`
    const file = await fileOf(id)
    const other = await readFile(await fileOf(`beside ${id}`), 'utf8')
    const damaged = damage(await readFile(file, 'utf8'), other)
    await writeFile(file, damaged)

    const reopened = await openFileKeyStore({ directory, passphrase })
    expect((await rejectionOf(reopened.sign(id, 'text'))).code).toBe('identity.key_store_closed')
    expect((await rejectionOf(reopened.createKey(id))).code).toBe('identity.key_store_closed')
    expect(await readFile(file, 'utf8')).toBe(damaged)
  })
})

describe('a secret for a purpose', () => {
  test('is 32 bytes, always the same, also after opening again', async () => {
    const reopened = await openFileKeyStore({ directory, passphrase })
    expect(keyStore.secretFor('audit')).toHaveLength(32)
    expect(reopened.secretFor('audit')).toEqual(keyStore.secretFor('audit'))
  })

  test('differs from that for another purpose and of another store', async () => {
    const other = await openFileKeyStore({ directory: await makeDirectory(), passphrase })
    const secrets = [keyStore.secretFor('audit'), keyStore.secretFor('audit '), other.secretFor('audit')]
    expect(new Set(secrets.map((secret) => secret.toString('hex'))).size).toBe(3)
  })
})

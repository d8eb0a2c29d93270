import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openFileKeyStore } from '../../../node/identity/file-key-store.js'
import type { KeyStore } from '../../../node/identity/key-store.js'
import type { NodeError } from '../../../node/kernel/errors.js'
import { Secret } from '../../../node/kernel/secret.js'
import { isSignatureUnder } from '../../contracts/key-store.js'
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

let directory: string
let keyStore: KeyStore

beforeAll(async () => {
  directory = await makeDirectory()
  keyStore = await openFileKeyStore({ directory, passphrase })
  await keyStore.createKey(keyId, 'ES256')
  await keyStore.createKey(`${keyId}-2`, 'EdDSA')
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
    const keys = await Promise.all(replicas.map((replica) => replica.createKey('same', 'ES256')))
    expect(keys).toEqual(keys.map(() => keys[0]))
    for (const replica of [...replicas, await open()]) {
      const signature = await replica.sign('same', 'text')
      expect(keys.map((key) => isSignatureUnder(key, 'text', signature))).not.toContain(false)
    }
    // Nothing is left beside the header and the key.
    expect(await readdir(shared)).toHaveLength(2)
  })

  test('sign at once with a key that another made', async () => {
    const open = () => openFileKeyStore({ directory, passphrase })
    const [first, second] = await Promise.all([open(), open()])
    const made = await first.createKey('made by the first', 'EdDSA')
    expect(isSignatureUnder(made, 'text', await second.sign('made by the first', 'text'))).toBe(true)
  })
})

describe('a key store whose directory', () => {
  test('is gone does not list or forget keys as if there were none', async () => {
    const place = await makeDirectory()
    const opened = await openFileKeyStore({ directory: place, passphrase })
    await opened.createKey(keyId, 'ES256')
    expect(await opened.listKeys()).toEqual([keyId])
    await rm(place, { recursive: true })
    for (const attempt of [opened.listKeys(), opened.deleteKey(keyId)]) {
      expect((await rejectionOf(attempt)).code).toBe('identity.key_store_closed')
    }
  })

  test('names a key that another replica took away meanwhile lists the others', async () => {
    const place = await makeDirectory()
    const opened = await openFileKeyStore({ directory: place, passphrase })
    await opened.createKey(keyId, 'ES256')
    // As it is between the reading of the names and that of the file.
    await symlink(join(place, 'gone'), join(place, `${'0'.repeat(32)}.json`))
    expect(await opened.listKeys()).toEqual([keyId])
  })
})

describe('a key in the key store', () => {
  test('is nowhere on disk in a form that can be read', async () => {
    // Every PKCS #8 key of these kinds begins with these bytes: the algorithm, and the curve.
    const headers = ['06072a8648ce3d020106082a8648ce3d030107', '300506032b6570'].map((hex) => Buffer.from(hex, 'hex'))
    for (const bytes of (await filesOf(directory)).values()) {
      const sealed: unknown = (JSON.parse(bytes.toString('utf8')) as Record<string, unknown>)['sealed'] ?? ''
      const texts = [bytes, Buffer.from(String(sealed), 'base64')]
      expect(texts.some((text) => headers.some((header) => text.includes(header)))).toBe(false)
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
    expect((await rejectionOf(opened.createKey('key', 'ES256'))).code).toBe('identity.key_store_closed')
    await mkdir(place)
    expect((await rejectionOf(opened.sign('key', 'text'))).code).toBe('identity.key_unknown')
  })
})

describe('a store of version 0.1.0', () => {
  test('opens, and its key signs as it did', async () => {
    const old = await makeDirectory()
    for (const [name, text] of Object.entries(storeOfVersion010)) await writeFile(join(old, name), text)
    const opened = await openFileKeyStore({ directory: old, passphrase })
    const publicKey = await opened.createKey(keyId, 'ES256')
    expect([publicKey, await opened.listKeys()]).toEqual([publicKeyOfVersion010, [keyId]])
    expect(isSignatureUnder(publicKey, 'text', await opened.sign(keyId, 'text'))).toBe(true)
    expect(opened.secretFor('audit').toString('hex')).toBe(secretOfVersion010)
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
      await keyStore.createKey(id, 'ES256')
      return join(directory, (await readdir(directory)).find((name) => !before.includes(name)) ?? '')
    }
    const id = `damaged: ${what}`
    const file = await fileOf(id)
    const other = await readFile(await fileOf(`beside ${id}`), 'utf8')
    const damaged = damage(await readFile(file, 'utf8'), other)
    await writeFile(file, damaged)

    const reopened = await openFileKeyStore({ directory, passphrase })
    expect((await rejectionOf(reopened.sign(id, 'text'))).code).toBe('identity.key_store_closed')
    expect((await rejectionOf(reopened.createKey(id, 'ES256'))).code).toBe('identity.key_store_closed')
    expect(await readFile(file, 'utf8')).toBe(damaged)
  })
})

/** Made once by that version, under the passphrase of this test. */
const storeOfVersion010 = {
  'keystore.json': JSON.stringify({
    version: 1,
    salt: '+HI/UStjNECAS8hf4yGcEA==',
    check: 'ASJzVsIuV+58a4ZgXQTSR0Gb4zQRsmeoPoEn/9AbKdwY9rXpuuDGdP3K7kO60g==',
  }),
  '81ffd7c8554fe6ec7a7bc36a91e999d3.json': JSON.stringify({
    version: 1,
    keyId,
    sealed:
      'AdUBj9ioIJN8sAyKflQZZERRhWOQFeKRwVU5JprApWbdEn9M/Vp2ue+6l48iyqhxOQ+ZoD9zE4yT+gYhkx0g0+wwRBJ4kFRMEvLGY8W5h2Lo' +
      '1FjejDPYJ7pwat2yNNEzUh3rLSgam9RAXKYJsGsL4R1l8nxtbjzfPjaZ2y5bNCPH8fXSBEBGXc5hTySjjDjtH4whqa8TTkb3/a4SH48WIK5g' +
      'M/qvxvw=',
  }),
}
const publicKeyOfVersion010 = {
  kty: 'EC',
  crv: 'P-256',
  x: '5rsDTo1yDIVpnRnN2e3mgINm98b_eH_FTpbtftj-Ebg',
  y: '2kp_n882tay0b0FbFHY2GAJ9tg_6wb8yoMYNPyYK4_E',
}
const secretOfVersion010 = '94f89bfdb2661c44448bfd3d452c436aa98437af1859f8f0d77f06d3bfcf05c0'

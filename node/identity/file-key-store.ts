import { createHash, createPrivateKey, hkdfSync } from 'node:crypto'
import { link, mkdir, open, readdir, readFile, rm, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { NodeError, systemCodeOf } from '../kernel/errors.js'
import { randomHex } from '../kernel/random.js'
import { deriveKey, open as openSealed, seal, type Secret } from '../kernel/secret.js'
import type { KeyStore } from './key-store.js'
import { createKeyring } from './keyring.js'

const headerSchema = z.strictObject({ version: z.literal(1), salt: z.base64(), check: z.base64() })
const keyFileSchema = z.strictObject({ version: z.literal(1), keyId: z.string(), sealed: z.base64() })
const keyFilePattern = /^[0-9a-f]{32}\.json$/
const checkText = 'bronnet key store'

/**
 * Opens the key store in `directory`, which it creates when absent. Every key file is encrypted with AES-256-GCM under
 * a key that scrypt makes from the passphrase.
 *
 * Replicas of a node share one: what one makes is there for the others at once, and of two that make the same file at the
 * same moment one does, and the other takes what the first made.
 * @throws `identity.key_store_closed` when the passphrase is not the one the store was made with, or a file is damaged or
 *   cannot be read or written
 */
export async function openFileKeyStore({
  directory,
  passphrase,
}: {
  readonly directory: string
  readonly passphrase: Secret
}): Promise<KeyStore> {
  await makeDirectory(directory)
  const masterKey = await openMasterKey(join(directory, 'keystore.json'), passphrase)
  const keyring = createKeyring({
    async read(keyId) {
      const text = await readIfPresent(keyFile(directory, keyId))
      if (text === undefined) return undefined
      const file = parseKeyFile(text)
      try {
        const der = openSealed(Buffer.from(file.sealed, 'base64'), masterKey, keyId)
        return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
      } catch (cause) {
        throw new NodeError('identity.key_store_closed', { cause, detail: 'a key file is damaged' })
      }
    },
    async create(keyId, privateKey) {
      const sealed = seal(privateKey.export({ format: 'der', type: 'pkcs8' }), masterKey, keyId)
      const text = JSON.stringify({ version: 1, keyId, sealed: sealed.toString('base64') })
      await createDurably(keyFile(directory, keyId), text)
    },
  })

  return {
    createKey: keyring.createKey,
    sign: keyring.sign,
    async listKeys() {
      const names = (await readNames(directory)).filter((name) => keyFilePattern.test(name))
      const texts = await Promise.all(names.map((name) => readIfPresent(join(directory, name))))
      return texts.flatMap((text) => (text === undefined ? [] : [parseKeyFile(text).keyId]))
    },
    async deleteKey(keyId) {
      keyring.forget(keyId)
      await removeDurably(keyFile(directory, keyId))
    },
    secretFor: (purpose) => Buffer.from(hkdfSync('sha256', masterKey, Buffer.alloc(0), `bronnet ${purpose}`, 32)),
  }
}

async function openMasterKey(path: string, passphrase: Secret): Promise<Buffer> {
  const text = (await readIfPresent(path)) ?? (await createHeader(path, passphrase))
  const { salt, check } = parseHeader(text)
  try {
    const masterKey = await deriveKey(passphrase, salt)
    openSealed(check, masterKey, checkText)
    return masterKey
  } catch (cause) {
    throw new NodeError('identity.key_store_closed', {
      cause,
      detail: 'the passphrase does not open the key store',
      notes: ['The passphrase does not open the key store: give the one it was made with (keys.passphraseFile).'],
    })
  }
}

/** Makes the header with a salt of its own, and returns the one that is there then: perhaps that of another replica. */
async function createHeader(path: string, passphrase: Secret): Promise<string> {
  const salt = Buffer.from(randomHex(16), 'hex')
  const check = seal(Buffer.from(checkText), await deriveKey(passphrase, salt), checkText)
  const header = JSON.stringify({ version: 1, salt: salt.toString('base64'), check: check.toString('base64') })
  await createDurably(path, header)
  return readPresent(path)
}

function parseHeader(text: string): { readonly salt: Buffer; readonly check: Buffer } {
  try {
    const { salt, check } = headerSchema.parse(JSON.parse(text))
    return { salt: Buffer.from(salt, 'base64'), check: Buffer.from(check, 'base64') }
  } catch (cause) {
    throw new NodeError('identity.key_store_closed', {
      cause,
      detail: 'keystore.json is damaged',
      notes: ['The file keystore.json of the key store is damaged: put it back from a backup.'],
    })
  }
}

/** Key ids hold characters that a file name cannot. */
function keyFile(directory: string, keyId: string): string {
  return join(directory, `${createHash('sha256').update(keyId).digest('hex').slice(0, 32)}.json`)
}

function parseKeyFile(text: string): z.output<typeof keyFileSchema> {
  try {
    return keyFileSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new NodeError('identity.key_store_closed', { cause, detail: 'a key file is damaged' })
  }
}

async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new NodeError('identity.key_store_closed', { cause, detail: 'the directory cannot be made' })
  }
}

async function readPresent(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new NodeError('identity.key_store_closed', { cause, detail: 'a key file cannot be read' })
  }
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readPresent(path)
  } catch (refusal) {
    if (NodeError.is(refusal) && systemCodeOf(refusal.cause) === 'ENOENT') return undefined
    throw refusal
  }
}

async function readNames(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory)
  } catch (cause) {
    throw new NodeError('identity.key_store_closed', { cause, detail: 'the directory cannot be read' })
  }
}

/**
 * Makes a file that is not there yet; leaves one that is there as it is. Whole or not at all, also when the machine stops
 * half-way or another process makes it: write aside, sync, link, sync the directory.
 */
async function createDurably(path: string, text: string): Promise<void> {
  const aside = `${path}.${randomHex(4)}.new`
  try {
    await useFile(await open(aside, 'wx', 0o600), async (file) => {
      await file.writeFile(text)
      await file.sync()
    })
    // Unlike a rename, a link does not take the place of what is there.
    await link(aside, path).catch((cause: unknown) => {
      if (systemCodeOf(cause) !== 'EEXIST') throw cause
    })
    await syncDirectoryOf(path)
  } catch (cause) {
    throw new NodeError('identity.key_store_closed', { cause, detail: 'a key file cannot be written' })
  } finally {
    // Continues on purpose: what is left aside helps nobody and harms nothing.
    await rm(aside, { force: true }).catch(() => undefined)
  }
}

async function removeDurably(path: string): Promise<void> {
  try {
    await rm(path, { force: true })
    await syncDirectoryOf(path)
  } catch (cause) {
    throw new NodeError('identity.key_store_closed', { cause, detail: 'a key file cannot be removed' })
  }
}

async function syncDirectoryOf(path: string): Promise<void> {
  await useFile(await open(dirname(path), 'r'), (directory) => directory.sync())
}

async function useFile(file: FileHandle, use: (file: FileHandle) => Promise<void>): Promise<void> {
  try {
    await use(file)
  } finally {
    await file.close()
  }
}

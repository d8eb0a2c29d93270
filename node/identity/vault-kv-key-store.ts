import { createPrivateKey, hkdfSync } from 'node:crypto'
import { z } from 'zod'
import { randomHex } from '../kernel/random.js'
import type { KeyStore } from './key-store.js'
import { createKeyring } from './keyring.js'
import { publicHalf } from './private-key.js'
import { closed, type Vault } from './vault.js'
import { idOfVaultName, vaultNameOf } from './vault-names.js'

const listSchema = z.object({ keys: z.array(z.string()) })
const keysFolder = 'nuts-private-keys'
const secretName = 'bronnet-node-secret'
const keptInNames = /[:#.-]/

/** A place for small records in a key-value engine of Vault, of either version. */
interface KeyValues {
  /** The record's members, or `undefined` when it is absent. */
  read(path: readonly string[]): Promise<Readonly<Record<string, unknown>> | undefined>
  /** Writes a record that is absent; leaves one that is there, as far as the version of the engine can. */
  create(path: readonly string[], record: Readonly<Record<string, string>>): Promise<void>
  list(folder: string): Promise<readonly string[]>
  remove(path: readonly string[]): Promise<void>
}

/**
 * A key store that keeps keys as PEM in a key-value engine of Vault and signs with them in memory. Version 1 of the
 * engine is laid out as nuts-node v6 does it: `<mount>/nuts-private-keys/<id>`, member `key`.
 *
 * Version 1 cannot tell which of two replicas makes a key first; of two that make the same one at the same moment, the
 * first can be left with a key that is not kept. Keys of parties have random ids, so only the very first start of a node
 * must be one replica's.
 * @throws `identity.key_store_closed`
 * @see HashiCorp Vault HTTP API, KV secrets engine versions 1 and 2
 */
export async function openVaultKvKeyStore({
  vault,
  mount,
  version,
}: {
  readonly vault: Vault
  readonly mount: string
  readonly version: 1 | 2
}): Promise<KeyStore> {
  const values = version === 1 ? createVersion1(vault, mount) : createVersion2(vault, mount)
  const pathOf = (keyId: string): readonly string[] => [keysFolder, fileNameOf(keyId)]
  const keyring = createKeyring({
    async read(keyId) {
      const record = await values.read(pathOf(keyId))
      if (record === undefined) return undefined
      try {
        const key = createPrivateKey(String(record['key']))
        publicHalf(key)
        return key
      } catch (cause) {
        throw closed('a key in Vault is damaged or of a kind that the node does not use', cause)
      }
    },
    create: (keyId, privateKey) =>
      values.create(pathOf(keyId), { key: String(privateKey.export({ format: 'pem', type: 'pkcs8' })) }),
  })

  async function getSecret(): Promise<Buffer> {
    const find = async (): Promise<unknown> => (await values.read([secretName]))?.['secret']
    if ((await find()) === undefined) await values.create([secretName], { secret: randomHex(32) })
    const text = await find()
    if (typeof text !== 'string' || !/^[0-9a-f]{64}$/.test(text)) throw closed('the secret of the node is damaged')
    return Buffer.from(text, 'hex')
  }

  const secret = await getSecret()

  return {
    createKey: keyring.createKey,
    sign: keyring.sign,
    listKeys: async () => (await values.list(keysFolder)).map(idOfVaultName),
    async deleteKey(keyId) {
      keyring.forget(keyId)
      await values.remove(pathOf(keyId))
    },
    secretFor: (purpose) => Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), `bronnet ${purpose}`, 32)),
  }
}

/** A name that is nothing but an id for Vault: no dot in front. */
function fileNameOf(keyId: string): string {
  return vaultNameOf(keyId, keptInNames).replace(/^\./, '_2E')
}

function createVersion1(vault: Vault, mount: string): KeyValues {
  const engine = mount.split('/')
  return {
    async read(path) {
      const { status, data } = await vault.call({ method: 'GET', path: [...engine, ...path] })
      return status === 200 ? data : undefined
    },
    async create(path, record) {
      expectDone((await vault.call({ method: 'POST', path: [...engine, ...path], body: record })).status)
    },
    list: async (folder) => listIn(vault, [...engine, folder]),
    async remove(path) {
      await vault.call({ method: 'DELETE', path: [...engine, ...path] })
    },
  }
}

function createVersion2(vault: Vault, mount: string): KeyValues {
  const engine = mount.split('/')
  const read: KeyValues['read'] = async (path) => {
    const { status, data } = await vault.call({ method: 'GET', path: [...engine, 'data', ...path] })
    const record = data['data']
    return status === 200 && typeof record === 'object' && record !== null ? { ...record } : undefined
  }
  return {
    read,
    async create(path, record) {
      const body = { options: { cas: 0 }, data: record }
      const { status } = await vault.call({ method: 'POST', path: [...engine, 'data', ...path], body })
      // 400 is also the answer when another was quicker.
      if (status === 400 && (await read(path)) !== undefined) return
      expectDone(status)
    },
    list: async (folder) => listIn(vault, [...engine, 'metadata', folder]),
    async remove(path) {
      // With its metadata: every version of the record is destroyed.
      await vault.call({ method: 'DELETE', path: [...engine, 'metadata', ...path] })
    },
  }
}

async function listIn(vault: Vault, path: readonly string[]): Promise<readonly string[]> {
  const { status, data } = await vault.call({ method: 'GET', path, query: 'list=true' })
  if (status === 404) return []
  const parsed = listSchema.safeParse(data)
  if (!parsed.success) throw closed('Vault answered in another form than its interface promises')
  return parsed.data.keys
}

function expectDone(status: number): void {
  if (status >= 400)
    throw closed(`Vault does not do it (${String(status)}): is the engine enabled at keys.vault.mount?`)
}

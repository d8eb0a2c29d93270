import { createPublicKey, hkdfSync } from 'node:crypto'
import { z } from 'zod'
import { NodeError } from '../kernel/errors.js'
import { publicKeySchema, type PublicKey } from '../../schemas/jwk.js'
import type { SignatureAlgorithm } from './public-key.js'
import type { KeyStore } from './key-store.js'
import { algorithmOf } from './private-key.js'
import { closed, type Vault, type VaultAnswer } from './vault.js'
import { idOfVaultName, vaultNameOf } from './vault-names.js'

/** A key that Vault's operator rotated has more versions; what is published is the first. */
const version = 1
const keySchema = z.object({ keys: z.object({ [version]: z.object({ public_key: z.string() }) }) })
const listSchema = z.object({ keys: z.array(z.string()) })
const signatureSchema = z.object({ signature: z.string().regex(/^vault:v1:[\w+/=-]+$/) })
const hmacSchema = z.object({ hmac: z.string().regex(/^vault:v1:[\w+/=]+$/) })

const types = { ES256: 'ecdsa-p256', EdDSA: 'ed25519' } as const
/** Besides letters and digits, transit names may hold these in the middle only. */
const keptInNames = /(?!)/

/**
 * A key store whose keys stay in the transit engine of Vault, which signs with them. Names begin with `prefix`, so that
 * several nodes can share an engine. Secrets for purposes derive from an HMAC under a key of the engine.
 * @throws `identity.key_store_closed`
 * @see HashiCorp Vault HTTP API, transit secrets engine
 */
export async function openVaultTransitKeyStore({
  vault,
  mount,
  prefix,
}: {
  readonly vault: Vault
  readonly mount: string
  /** Letters, digits and hyphens. */
  readonly prefix: string
}): Promise<KeyStore> {
  const engine = mount.split('/')
  const namePrefix = `${prefix}-`
  const known = new Map<string, PublicKey>()
  const nameOf = (keyId: string): string => `${namePrefix}${vaultNameOf(keyId, keptInNames)}`

  const post = (path: readonly string[], body: unknown): Promise<VaultAnswer> =>
    vault.call({ method: 'POST', path: [...engine, ...path], body })

  async function findKey(keyId: string): Promise<PublicKey | undefined> {
    const cached = known.get(keyId)
    if (cached !== undefined) return cached
    const { status, data } = await vault.call({ method: 'GET', path: [...engine, 'keys', nameOf(keyId)] })
    if (status === 404) return undefined
    const publicKey = parsePublicKey(data)
    known.set(keyId, publicKey)
    return publicKey
  }

  async function makeSecret(): Promise<Buffer> {
    // No id of a key encodes to a name with a dot.
    const name = `${prefix}.secret`
    await expectDone(post(['keys', name], { type: 'aes256-gcm96' }))
    const input = Buffer.from('bronnet key store').toString('base64')
    const { data } = await expectDone(post(['hmac', name, 'sha2-256'], { input, key_version: version }))
    return Buffer.from(parse(hmacSchema, data).hmac.slice('vault:v1:'.length), 'base64')
  }

  const secret = await makeSecret()

  return {
    async createKey(keyId, algorithm) {
      // Vault leaves a key that is there as it is.
      if ((await findKey(keyId)) === undefined) {
        await expectDone(post(['keys', nameOf(keyId)], { type: types[algorithm], exportable: false }))
      }
      const publicKey = await findKey(keyId)
      if (publicKey === undefined) throw closed('Vault made a key and does not have it')
      if (algorithmOf(publicKey) === algorithm) return publicKey
      throw new NodeError('identity.key_exists', { detail: 'the key under this id is of another algorithm' })
    },
    async sign(keyId, data) {
      const publicKey = await findKey(keyId)
      if (publicKey === undefined) throw unknownKey()
      const answer = await post(['sign', nameOf(keyId)], signRequest(algorithmOf(publicKey), data))
      if (answer.status === 200) {
        // Base64url for `jws`, base64 otherwise; both are read.
        const signature = Buffer.from(parse(signatureSchema, answer.data).signature.slice('vault:v1:'.length), 'base64')
        if (signature.length !== 64) throw closed('Vault gave a signature of another form')
        return signature
      }
      // Perhaps another replica removed it.
      known.delete(keyId)
      throw (await findKey(keyId)) === undefined ? unknownKey() : closed('Vault does not sign with the key')
    },
    async listKeys() {
      const { status, data } = await vault.call({ method: 'GET', path: [...engine, 'keys'], query: 'list=true' })
      if (status === 404) return []
      return parse(listSchema, data)
        .keys.filter((name) => name.startsWith(namePrefix))
        .map((name) => idOfVaultName(name.slice(namePrefix.length)))
    },
    async deleteKey(keyId) {
      known.delete(keyId)
      if ((await findKey(keyId)) === undefined) return
      known.delete(keyId)
      const name = nameOf(keyId)
      await expectDone(post(['keys', name, 'config'], { deletion_allowed: true }))
      await expectDone(vault.call({ method: 'DELETE', path: [...engine, 'keys', name] }))
    },
    secretFor: (purpose) => Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), `bronnet ${purpose}`, 32)),
  }
}

function signRequest(algorithm: SignatureAlgorithm, data: string | Buffer): Readonly<Record<string, unknown>> {
  const common = { input: Buffer.from(data).toString('base64'), key_version: version }
  return algorithm === 'EdDSA' ? common : { ...common, hash_algorithm: 'sha2-256', marshaling_algorithm: 'jws' }
}

/** PEM for P-256; the bare 32 bytes, in base64, for Ed25519. */
function parsePublicKey(data: unknown): PublicKey {
  const { public_key: text } = parse(keySchema, data).keys[version]
  try {
    if (text.startsWith('-----BEGIN')) return publicKeySchema.parse(createPublicKey(text).export({ format: 'jwk' }))
    return publicKeySchema.parse({ kty: 'OKP', crv: 'Ed25519', x: Buffer.from(text, 'base64').toString('base64url') })
  } catch (cause) {
    throw closed('a key in Vault is of a kind that the node does not make', cause)
  }
}

function parse<T extends z.ZodType>(schema: T, data: unknown): z.output<T> {
  const parsed = schema.safeParse(data)
  if (!parsed.success) throw closed('Vault answered in another form than its interface promises')
  return parsed.data
}

async function expectDone(answer: Promise<VaultAnswer>): Promise<VaultAnswer> {
  const { status, data } = await answer
  if (status >= 400)
    throw closed(`Vault does not do it (${String(status)}): is the engine enabled at keys.vault.mount?`)
  return { status, data }
}

function unknownKey(): NodeError {
  return new NodeError('identity.key_unknown', { detail: 'no private key under this id' })
}

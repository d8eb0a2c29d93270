import type { KeyObject } from 'node:crypto'
import { NodeError } from '../kernel/errors.js'
import type { SignatureAlgorithm } from './public-key.js'
import type { KeyStore } from './key-store.js'
import { generatePrivateKey, publicHalfFor, signWith } from './private-key.js'

/** Where a keyring keeps its keys. */
export interface KeyPlace {
  read(keyId: string): Promise<KeyObject | undefined>
  /** Keeps a key that is not there; leaves one that is there as it is. */
  create(keyId: string, privateKey: KeyObject): Promise<void>
}

/** The keys of a key store that signs in memory, each read once. */
export interface Keyring extends Pick<KeyStore, 'createKey' | 'sign'> {
  forget(keyId: string): void
}

/** Makes keys in `place` and signs with those that are there. */
export function createKeyring(place: KeyPlace): Keyring {
  const privateKeys = new Map<string, KeyObject>()
  const underway = new Map<string, Promise<KeyObject>>()

  async function loadKey(keyId: string): Promise<KeyObject | undefined> {
    const key = privateKeys.get(keyId) ?? (await place.read(keyId))
    if (key !== undefined) privateKeys.set(keyId, key)
    return key
  }

  async function getOrMakeKey(keyId: string, algorithm: SignatureAlgorithm): Promise<KeyObject> {
    const present = await loadKey(keyId)
    if (present !== undefined) return present
    await place.create(keyId, generatePrivateKey(algorithm))
    // What is kept counts: another replica may have made it a moment before.
    const kept = await loadKey(keyId)
    if (kept === undefined) throw new NodeError('identity.key_store_closed', { detail: 'a new key is gone' })
    return kept
  }

  return {
    async createKey(keyId, algorithm) {
      // Of two calls at the same moment one would make a key for nothing.
      const running = underway.get(keyId) ?? getOrMakeKey(keyId, algorithm).finally(() => underway.delete(keyId))
      underway.set(keyId, running)
      return publicHalfFor(algorithm, await running)
    },
    async sign(keyId, data) {
      const key = await loadKey(keyId)
      if (key === undefined) throw new NodeError('identity.key_unknown', { detail: 'no private key under this id' })
      return signWith(key, data)
    },
    forget(keyId) {
      privateKeys.delete(keyId)
    },
  }
}

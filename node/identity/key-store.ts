import type { PublicKey } from '../../schemas/jwk.js'
import type { SignatureAlgorithm } from './public-key.js'

/** Where private keys live. No call returns one. */
export interface KeyStore {
  /**
   * Makes a key under `keyId`, P-256 for ES256 or Ed25519 for EdDSA, or returns the public half of the one that is there.
   * Durable when it returns.
   * @throws `identity.key_exists` when the one that is there is of the other kind, `identity.key_store_closed` when the
   *   store is damaged, or cannot be read or written
   */
  createKey(keyId: string, algorithm: SignatureAlgorithm): Promise<PublicKey>
  /**
   * A signature of 64 bytes by the algorithm of the key: `r‖s` for ES256.
   * @throws `identity.key_unknown`, `identity.key_store_closed`
   * @see RFC 7518 section 3.4, RFC 8037 section 3.1
   */
  sign(keyId: string, data: string | Buffer): Promise<Buffer>
  /** The ids of all keys, in no order that means anything. @throws `identity.key_store_closed` */
  listKeys(): Promise<readonly string[]>
  /** Forgets a key for good; one that is not there is gone already. @throws `identity.key_store_closed` */
  deleteKey(keyId: string): Promise<void>
  /** 32 secret bytes for one purpose of this node, always the same for the same purpose. */
  secretFor(purpose: string): Buffer
}

import type { DIDResolver } from 'did-resolver'
import { NodeError } from '../kernel/errors.js'
import { publicKeyOfMultibase } from './multikey.js'
import { singleMultikeyResult } from './single-key.js'

/**
 * Resolves did:key for P-256 and Ed25519 without any call out. Derives no key for key agreement: the node has no use for
 * one.
 * @throws `identity.did_malformed`
 * @see did:key method specification 0.7 sections 3.1.1 and 3.1.2
 */
export const resolveDidKey: DIDResolver = async (did) => {
  const multibase = did.slice('did:key:'.length)
  if (publicKeyOfMultibase(multibase) === undefined) {
    throw new NodeError('identity.did_malformed', { detail: 'did:key is no key of a kind that is supported' })
  }
  return singleMultikeyResult(did, `${did}#${multibase}`, multibase)
}

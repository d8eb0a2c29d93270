import type { DIDResolver } from 'did-resolver'
import { NodeError } from '../kernel/errors.js'
import { parseGuardedJson } from '../kernel/json-guard.js'
import { singleKeyResult } from './did-key.js'

const maxEncodedLength = 1024

/**
 * Resolves did:jwk without any call out. Both base64 alphabets are read, because both occur.
 * @see did:jwk method specification
 */
export const resolveDidJwk: DIDResolver = (did) => {
  const encoded = did.slice('did:jwk:'.length)
  if (!/^[A-Za-z0-9_+/-]+$/.test(encoded) || encoded.length > maxEncodedLength) {
    throw new NodeError('identity.did_malformed', { detail: 'did:jwk is not base64url' })
  }
  const jwk = parseGuardedJson(Buffer.from(encoded, 'base64url').toString('utf8'))
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk) || 'd' in jwk) {
    throw new NodeError('identity.did_malformed', { detail: 'did:jwk does not hold a public key' })
  }
  return Promise.resolve(singleKeyResult(did, `${did}#0`, { ...jwk }))
}

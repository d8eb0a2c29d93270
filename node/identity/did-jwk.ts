import type { DIDResolver } from 'did-resolver'
import { NodeError } from '../kernel/errors.js'
import { decodeUtf8, parseGuardedJson } from '../kernel/json-guard.js'
import { singleKeyResult } from './single-key.js'

const maxEncodedLength = 1024

/**
 * Resolves did:jwk without any call out. Both base64 alphabets are read, because both occur. (`+` and `/` are no part of
 * a DID, so the resolver above refuses them; only text outside the letters and digits of a key ever encodes to them.)
 *
 * Refuses a key with its private half. Does not check that the key is one we can use.
 * @throws `identity.did_malformed`
 * @see did:jwk method specification
 */
export const resolveDidJwk: DIDResolver = async (did) => {
  const encoded = did.slice('did:jwk:'.length)
  if (!/^[A-Za-z0-9_+/-]+$/.test(encoded) || encoded.length > maxEncodedLength) {
    throw new NodeError('identity.did_malformed', { detail: 'did:jwk is not base64url' })
  }
  const jwk = parseJwk(Buffer.from(encoded, 'base64url'))
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk) || 'd' in jwk) {
    throw new NodeError('identity.did_malformed', { detail: 'did:jwk does not hold a public key' })
  }
  return singleKeyResult(did, `${did}#0`, { ...jwk }, relationshipsOf(jwk))
}

/** What the key may be used for, as far as it says so itself. */
function relationshipsOf(jwk: object): readonly string[] {
  const use = 'use' in jwk ? jwk.use : undefined
  const signing = ['assertionMethod', 'authentication', 'capabilityInvocation', 'capabilityDelegation']
  if (use === 'enc') return ['keyAgreement']
  return use === 'sig' ? signing : [...signing, 'keyAgreement']
}

function parseJwk(bytes: Buffer): unknown {
  try {
    return parseGuardedJson(decodeUtf8(bytes))
  } catch (cause) {
    throw new NodeError('identity.did_malformed', { cause, detail: 'did:jwk does not hold acceptable JSON' })
  }
}

import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls'
import { LRUCache } from 'lru-cache'

/** There are many authorities, and reading them takes longer than a handshake; every outbound of a node trusts the same. */
const kept = new LRUCache<string, SecureContext>({ max: 10 })

/** What a client needs to trust `authorities` beside those of the platform, from TLS 1.2 on. @param authorities PEM */
export function trustAlso(authorities: readonly string[]): SecureContext {
  const key = authorities.join('\n')
  const found = kept.get(key)
  if (found !== undefined) return found
  const made = createSecureContext({ minVersion: 'TLSv1.2', ca: [...rootCertificates, ...authorities] })
  kept.set(key, made)
  return made
}

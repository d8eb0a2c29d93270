import { parentPort } from 'node:worker_threads'
import { LRUCache } from 'lru-cache'
import { importJwk, type JwkMembers, type PublicKey } from '../identity/public-key.js'
import type { SignatureAnswer, SignatureQuestion } from './signature-thread.js'
import { hasGoodSignature } from './signature.js'

/**
 * A thread that checks signatures of what is read in bulk, and imports the keys for it: of all that reading a list takes,
 * these are what the thread that answers requests need not do. It imports little, so that it starts at once. Made and ended
 * by `signature-thread.ts`.
 */

/** Many registrations hold a credential of the same issuer. */
const keys = new LRUCache<string, { readonly key: PublicKey | undefined }>({ max: 500 })

function keyOf(jwk: JwkMembers): PublicKey | undefined {
  const text = JSON.stringify(jwk)
  const known = keys.get(text)
  if (known !== undefined) return known.key
  const key = importJwk(jwk)
  keys.set(text, { key })
  return key
}

parentPort?.on('message', (questions: readonly SignatureQuestion[]) => {
  const answers = questions.map(({ jwt, jwk }) => {
    const key = keyOf(jwk)
    return key !== undefined && hasGoodSignature(jwt, key)
  })
  parentPort?.postMessage(answers satisfies SignatureAnswer)
})
parentPort?.postMessage([] satisfies SignatureAnswer)

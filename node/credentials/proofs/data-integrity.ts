import { createHash } from 'node:crypto'
import { NodeError } from '../../kernel/errors.js'
import { decodeBase58 } from '../../identity/base58.js'
import type { SignatureAlgorithm } from '../../identity/public-key.js'
import { asArray, type JsonObject } from '../credential.js'
import { toCanonicalJson } from './jcs.js'
import type { LinkedData, Undefined } from './linked-data.js'

/** Cryptosuites of the node, a closed list. @see Data Integrity EdDSA Cryptosuites 1.0, ECDSA Cryptosuites 1.0 */
export const cryptosuites = ['eddsa-rdfc-2022', 'eddsa-jcs-2022', 'ecdsa-rdfc-2019'] as const
export type Cryptosuite = (typeof cryptosuites)[number]

const algorithms: Readonly<Record<Cryptosuite, SignatureAlgorithm>> = {
  'eddsa-rdfc-2022': 'EdDSA',
  'eddsa-jcs-2022': 'EdDSA',
  'ecdsa-rdfc-2019': 'ES256',
}

/** The one algorithm of a suite. */
export function algorithmOf(cryptosuite: Cryptosuite): SignatureAlgorithm {
  return algorithms[cryptosuite]
}

export function isCryptosuite(name: unknown): name is Cryptosuite {
  return cryptosuites.some((known) => known === name)
}

/** What is signed: the document without its proof, and the proof without its value. */
export interface Unsigned {
  readonly document: JsonObject
  readonly proof: JsonObject
}

/**
 * The bytes that a suite signs: the SHA-256 of the proof, then that of the document.
 * @throws `proof.too_large`, `credential.context`, `proof.malformed` for contexts that are not those of the document
 * @see Data Integrity EdDSA Cryptosuites 1.0 sections 3.2 and 3.3
 */
export async function signedBytes(
  cryptosuite: Cryptosuite,
  { document, proof }: Unsigned,
  { linkedData, undefinedTerms }: { readonly linkedData: LinkedData; readonly undefinedTerms: Undefined },
): Promise<Buffer> {
  if (cryptosuite === 'eddsa-jcs-2022') {
    const context = contextOfProof(document, proof)
    const unsecured = context === undefined ? document : { ...document, '@context': context }
    return hashBoth(toCanonicalJson(proof), toCanonicalJson(unsecured))
  }
  const config = { ...proof, '@context': document['@context'] }
  return hashBoth(
    await linkedData.canonicalize(config, { undefinedTerms }),
    await linkedData.canonicalize(document, { undefinedTerms }),
  )
}

/** The contexts that the proof names must be those with which the document begins. */
function contextOfProof(document: JsonObject, proof: JsonObject): unknown {
  const context = proof['@context']
  if (context === undefined) return undefined
  const own = asArray<unknown>(document['@context']).map(toCanonicalJson)
  if (asArray<unknown>(context).some((item, index) => toCanonicalJson(item) !== own[index])) {
    throw new NodeError('proof.malformed', { detail: 'the contexts of the proof are not those of the document' })
  }
  return context
}

export function hashBoth(proof: string, document: string): Buffer {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest()
  return Buffer.concat([hash(proof), hash(document)])
}

/** The 64 bytes of a `proofValue`. @throws `proof.malformed` @see Data Integrity 1.0 section 2.1: base58btc multibase */
export function decodeProofValue(value: unknown): Buffer {
  const text = typeof value === 'string' && value.length <= 96 && value.startsWith('z') ? value.slice(1) : ''
  const bytes = decodeBase58(text)
  if (bytes?.length !== 64)
    throw new NodeError('proof.malformed', { detail: 'proofValue is not 64 bytes in base58btc' })
  return bytes
}

import { z } from 'zod'
import { NodeError } from '../../kernel/errors.js'
import { decodeUtf8, parseGuardedJson } from '../../kernel/json-guard.js'
import type { SignatureAlgorithm } from '../../identity/public-key.js'
import type { JsonObject } from '../credential.js'
import { hashBoth, type Unsigned } from './data-integrity.js'
import type { LinkedData, Undefined } from './linked-data.js'

export const jws2020Context = 'https://w3c-ccg.github.io/lds-jws2020/contexts/lds-jws2020-v1.json'
export const jws2020Type = 'JsonWebSignature2020'

const headerSchema = z.object({ alg: z.string(), b64: z.literal(false), crit: z.tuple([z.literal('b64')]) })
const partPattern = /^[A-Za-z0-9_-]{1,4096}$/

/**
 * The bytes under a JsonWebSignature2020: the SHA-256 of the proof, then that of the document. The proof has its own
 * context, and what that does not define in it is left out, as nuts-node does.
 * @throws `proof.too_large`, `credential.context`
 * @see nuts-node v6 linked-data proofs; JSON Web Signature 2020
 */
export async function jwsSignedBytes(
  { document, proof }: Unsigned,
  { linkedData, undefinedTerms }: { readonly linkedData: LinkedData; readonly undefinedTerms: Undefined },
): Promise<Buffer> {
  const { jws: _jws, proofValue: _value, signature: _signature, ...options } = proof
  const config: JsonObject = { ...options, '@context': [jws2020Context], '@type': proof['type'] }
  return hashBoth(
    await linkedData.canonicalize(config, { undefinedTerms: 'drop' }),
    await linkedData.canonicalize(document, { undefinedTerms }),
  )
}

/** The header and signature of a detached JWS, with the input that was signed. */
export interface DetachedJws {
  readonly algorithm: string
  readonly signature: Buffer
  /** @see RFC 7797 section 5.2: the payload as it is, not encoded */
  readonly inputOver: (payload: Buffer) => Buffer
}

/** @throws `proof.malformed` for anything but a header that says `b64: false`, no payload, and a signature */
export function parseDetachedJws(jws: unknown): DetachedJws {
  const [header, payload, signature, ...others] = typeof jws === 'string' ? jws.split('.') : []
  if (
    header === undefined ||
    payload !== '' ||
    signature === undefined ||
    others.length > 0 ||
    !partPattern.test(header) ||
    !partPattern.test(signature)
  ) {
    throw new NodeError('proof.malformed', { detail: 'not a detached JWS' })
  }
  return {
    algorithm: readAlgorithm(header),
    signature: Buffer.from(signature, 'base64url'),
    inputOver: (bytes) => Buffer.concat([Buffer.from(`${header}.`), bytes]),
  }
}

function readAlgorithm(header: string): string {
  try {
    return headerSchema.parse(parseGuardedJson(decodeUtf8(Buffer.from(header, 'base64url')))).alg
  } catch (cause) {
    throw new NodeError('proof.malformed', { cause, detail: 'the header of a JWS is not one for detached payloads' })
  }
}

/** Signs as nuts-node v6 does: the members of the header in order. `sign` gets the input and returns the raw signature. */
export async function signDetachedJws(options: {
  readonly algorithm: SignatureAlgorithm
  readonly keyId: string
  readonly payload: Buffer
  readonly sign: (input: Buffer) => Promise<Buffer>
}): Promise<string> {
  const header = JSON.stringify({ alg: options.algorithm, b64: false, crit: ['b64'], kid: options.keyId })
  const encoded = Buffer.from(header).toString('base64url')
  const signature = await options.sign(Buffer.concat([Buffer.from(`${encoded}.`), options.payload]))
  return `${encoded}..${signature.toString('base64url')}`
}

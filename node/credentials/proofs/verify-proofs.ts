import type { Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import { pathOfFault } from '../../kernel/schema-faults.js'
import type { VerificationKey } from '../../identity/did-document.js'
import type { DidResolver } from '../../identity/resolve-did.js'
import { proofSchema, type ProofData } from '../../../schemas/credentials/proof.js'
import { asArray, findDate, type JsonObject } from '../credential.js'
import { getKey } from '../get-key.js'
import { isGoodSignature } from '../signature.js'
import { algorithmOf, decodeProofValue, isCryptosuite, signedBytes } from './data-integrity.js'
import { jws2020Type, jwsSignedBytes, parseDetachedJws } from './json-web-signature.js'
import type { LinkedData, Undefined } from './linked-data.js'

/** Clocks of two nodes may differ this much. */
const skewMilliseconds = 5_000
const maxProofs = 8

/** What the proofs of a document must be for. */
export interface ProofDemands {
  readonly purpose: 'assertionMethod' | 'authentication'
  /** The DID that must have made at least one of the proofs. */
  readonly controller?: string | undefined
  readonly domain?: string | undefined
  readonly challenge?: string | undefined
  /** What becomes of terms that mean nothing under a JsonWebSignature2020: refused unless told otherwise. */
  readonly undefinedTerms?: Undefined
}

/**
 * Verifies every proof of a document: a set, or chains in which a proof covers those that it names. Cheap before costly.
 * The same object under the same keys is verified once; purpose, times, domain and challenge are looked at every time.
 *
 * Does not check what the document says, nor what its controller may say.
 * @throws `proof.*`, `credential.context`, `credential.controller`, `identity.*` when a key cannot be had
 * @see Data Integrity 1.0 sections 4.4 and 4.5
 */
export type VerifyProofs = (document: JsonObject, demands: ProofDemands) => Promise<void>

export interface VerifyProofsDeps {
  readonly clock: Clock
  readonly resolver: DidResolver
  readonly linkedData: LinkedData
}

/** One proof with the document that it covers. */
interface Covering {
  readonly proof: ProofData
  readonly covered: JsonObject
}

interface Prepared extends Covering {
  readonly key: VerificationKey
}

export function createVerifyProofs({ clock, resolver, linkedData }: VerifyProofsDeps): VerifyProofs {
  const goodUnder = new WeakMap<JsonObject, readonly VerificationKey[]>()

  async function check({ proof, key, covered }: Prepared, demands: ProofDemands): Promise<void> {
    if (proof.type === jws2020Type) {
      const jws = parseDetachedJws(proof.jws)
      // The algorithm is the key's; a header that names another one is a mistake or worse.
      if (jws.algorithm !== key.algorithm)
        throw new NodeError('proof.unsupported', { detail: 'not the algorithm of the key' })
      const undefinedTerms = demands.undefinedTerms ?? 'refuse'
      const bytes = await jwsSignedBytes({ document: covered, proof }, { linkedData, undefinedTerms })
      if (!isGoodSignature(key, jws.inputOver(bytes), jws.signature)) throw new NodeError('proof.signature')
      return
    }
    const { proofValue, ...unsigned } = proof
    const { cryptosuite } = proof
    if (!isCryptosuite(cryptosuite) || algorithmOf(cryptosuite) !== key.algorithm)
      throw new NodeError('proof.unsupported', { detail: 'cryptosuite and key do not go together' })
    const signature = decodeProofValue(proofValue)
    const bytes = await signedBytes(
      cryptosuite,
      { document: covered, proof: unsigned },
      { linkedData, undefinedTerms: 'refuse' },
    )
    if (!isGoodSignature(key, bytes, signature)) throw new NodeError('proof.signature')
  }

  return async (document, demands) => {
    const { proof: written, ...unsecured } = document
    const proofs = parseProofs(written)
    for (const proof of proofs) checkDemands(proof, demands, clock.now())
    const covering = proofs.map((proof): Covering => ({ proof, covered: coveredBy(proof, proofs, unsecured) }))
    const { controller } = demands
    if (controller !== undefined && !proofs.some((proof) => proof.verificationMethod.startsWith(`${controller}#`))) {
      throw new NodeError('credential.controller', { detail: 'no proof is of a key of the issuer' })
    }
    const prepared: Prepared[] = []
    const use = { use: demands.purpose, wrongUse: 'proof.purpose' } as const
    for (const one of covering) {
      prepared.push({ ...one, key: await getKey(resolver, one.proof.verificationMethod, use) })
    }
    const keys = prepared.map(({ key }) => key)
    const before = goodUnder.get(document)
    if (before?.length === keys.length && keys.every((key, index) => key === before[index])) return
    for (const one of prepared) await check(one, demands)
    goodUnder.set(document, keys)
  }
}

function parseProofs(written: unknown): readonly ProofData[] {
  const list = asArray<unknown>(written)
  if (list.length === 0 || list.length > maxProofs) throw malformed('there is no proof, or there are too many')
  return list.map((value) => {
    const parsed = proofSchema.safeParse(value)
    if (!parsed.success) throw malformed(pathOfFault(parsed.error))
    const proof = parsed.data
    if (proof.type !== jws2020Type && (proof.type !== 'DataIntegrityProof' || !isCryptosuite(proof.cryptosuite))) {
      throw new NodeError('proof.unsupported', { detail: 'type or cryptosuite is not in the list' })
    }
    // As it was written: a schema may leave something out, and everything is signed.
    return value as ProofData
  })
}

function checkDemands(proof: ProofData, demands: ProofDemands, now: number): void {
  if (proof.proofPurpose !== demands.purpose) throw new NodeError('proof.purpose', { detail: 'another purpose' })
  const [created, expires] = [proof.created, proof.expires].map((text) => {
    if (text === undefined) return undefined
    const instant = findDate(text)
    if (instant === undefined) throw malformed('a date without zone, or none at all')
    return instant
  })
  if ((created !== undefined && created > now + skewMilliseconds) || (expires !== undefined && expires <= now)) {
    throw new NodeError('proof.expired')
  }
  const domains = proof.domain === undefined ? [] : asArray(proof.domain)
  if (
    (demands.domain !== undefined && !domains.includes(demands.domain)) ||
    (demands.challenge !== undefined && proof.challenge !== demands.challenge)
  ) {
    throw new NodeError('proof.binding')
  }
}

/**
 * What a proof covers: the document, and the proofs that it says came before it.
 * @throws `proof.chain` when one of them is not there, is there twice, or leads back to the proof
 */
function coveredBy(proof: ProofData, proofs: readonly ProofData[], unsecured: JsonObject): JsonObject {
  if (proof.previousProof === undefined) return unsecured
  const previous = previousOf(proof, proofs)
  for (const [seen, pending] = [new Set<ProofData>(), [...previous]]; pending.length > 0;) {
    const next = pending.pop()
    if (next === proof) throw new NodeError('proof.chain', { detail: 'a circle' })
    if (next === undefined || seen.has(next)) continue
    seen.add(next)
    pending.push(...previousOf(next, proofs))
  }
  return { ...unsecured, proof: previous }
}

function previousOf(proof: ProofData, proofs: readonly ProofData[]): readonly ProofData[] {
  return (proof.previousProof === undefined ? [] : asArray(proof.previousProof)).map((id) => {
    const [found, ...others] = proofs.filter((other) => other.id === id)
    if (found === undefined || others.length > 0) throw new NodeError('proof.chain', { detail: 'not there, or twice' })
    return found
  })
}

function malformed(detail: string): NodeError {
  return new NodeError('proof.malformed', { detail })
}

import { NodeError } from '../../kernel/errors.js'
import type { Catalogue } from '../../catalogue/catalogue.js'
import type { ReadCatalogueDocument } from '../../catalogue/read-catalogue.js'
import type { CatalogueCheck, Evidence, HeldCatalogue, Pointer } from './entry.js'
import type { FetchCatalogue } from './fetch-catalogue.js'
import type { VerifyProof } from './verify-proof.js'

/** What was known before a look. */
export interface KnownCatalogue {
  readonly held: HeldCatalogue | undefined
  readonly check: CatalogueCheck | undefined
  /** False while the discovery list is stale: then only what is held already counts. */
  readonly mayTakeNew: boolean
}

/** A document that is what its publisher signed, and holds to the rules of the network. */
export interface SeenCatalogue {
  readonly catalogue: Catalogue
  readonly evidence: Evidence
  readonly newest: NonNullable<CatalogueCheck['newest']>
  readonly etag: string | undefined
  readonly bodyDigest: string | undefined
}

/**
 * Looks at the catalogue of `did`, and says what it found or why it does not count.
 *
 * The document counts when its digest is the one in the registration, or that of a proof beside it; never when that is
 * older than what counted before. A document that is still the same is not read again.
 * @throws `catalogue.*`, `outbound.*`, `identity.*`, `json.*`
 */
export type LookAtCatalogue = (did: string, pointer: Pointer, known: KnownCatalogue) => Promise<SeenCatalogue>

export function createLookAtCatalogue(deps: {
  readonly fetch: FetchCatalogue
  readonly read: ReadCatalogueDocument
  readonly verifyProof: VerifyProof
}): LookAtCatalogue {
  const { fetch, read, verifyProof } = deps

  async function findEvidence(did: string, pointer: Pointer, digest: string): Promise<Evidence> {
    if (pointer.digest === digest) return evidenceOf(pointer)
    const proof = await fetch.proof(pointer.url)
    if (proof === undefined) throw new NodeError('catalogue.integrity', { notes: ['there is no proof beside it'] })
    const evidence = await verifyProof(proof, { did, url: pointer.url })
    if (evidence.digest !== digest)
      throw new NodeError('catalogue.integrity', { notes: ['its proof is of another document'] })
    return evidence
  }

  /** What is at the URL now, by its digest; read only when it may be another than what is held. */
  async function readNow(pointer: Pointer, { held, check }: KnownCatalogue, past?: 'caches') {
    const same = held !== undefined && held.url === pointer.url ? held.catalogue : undefined
    const etag = same === undefined || past !== undefined ? undefined : check?.etag
    const fetched = await fetch.document(pointer.url, past === undefined ? { etag } : { past })
    if (fetched === 'unchanged') {
      if (same === undefined) throw new NodeError('catalogue.not_served', { notes: ['304 to who has nothing'] })
      return {
        document: { conforms: true, digest: same.digest, catalogue: same } as const,
        etag,
        bodyDigest: check?.bodyDigest,
      }
    }
    const { text, mediaType, bodyDigest } = fetched
    const document =
      same !== undefined && bodyDigest === check?.bodyDigest
        ? ({ conforms: true, digest: same.digest, catalogue: same } as const)
        : await read(text, mediaType)
    return { document, etag: fetched.etag, bodyDigest }
  }

  async function attempt(
    did: string,
    pointer: Pointer,
    known: KnownCatalogue,
    past?: 'caches',
  ): Promise<SeenCatalogue> {
    const { document, etag, bodyDigest } = await readNow(pointer, known, past)
    const evidence = await findEvidence(did, pointer, document.digest)
    const newest = checkNotOlder(evidence, known.check?.newest)
    if (!known.mayTakeNew && document.digest !== known.held?.catalogue.digest) {
      throw new NodeError('catalogue.stale_list')
    }
    if (!document.conforms) throw new NodeError('catalogue.invalid', { notes: document.violations })
    const { catalogue } = document
    if (catalogue.publisher.did !== did) throw new NodeError('catalogue.publisher')
    if (new URL(catalogue.id).origin !== new URL(pointer.url).origin) throw new NodeError('catalogue.foreign_host')
    return { catalogue, evidence, newest, etag, bodyDigest }
  }

  return async (did, pointer, known) => {
    await fetch.checkHost(pointer.url, did)
    try {
      return await attempt(did, pointer, known)
    } catch (cause) {
      // A cache on the way may have kept the one before.
      if (NodeError.codeOf(cause) !== 'catalogue.integrity') throw cause
      return attempt(did, pointer, known, 'caches')
    }
  }
}

/** What the registration itself proves. */
export function evidenceOf({ digest, signedAt, expiresAt, presentation }: Pointer): Evidence {
  return { kind: 'listing', compact: presentation, digest, signedAt, expiresAt }
}

/**
 * The newest evidence from now on.
 * @throws `catalogue.rollback` for a proof with a lower number than before, and for another document than before that was
 *   signed earlier or, by its number, not later
 */
function checkNotOlder(evidence: Evidence, before: CatalogueCheck['newest']): NonNullable<CatalogueCheck['newest']> {
  const { digest, signedAt, sequence } = evidence
  const lastSequence = before?.sequence
  const number = sequence ?? lastSequence
  const newest = { digest, ...(number === undefined ? {} : { sequence: number }) }
  if (before === undefined) return { ...newest, signedAt }
  const isSame = digest === before.digest
  if (sequence !== undefined && lastSequence !== undefined) {
    if (sequence < lastSequence || (sequence === lastSequence && !isSame)) throw new NodeError('catalogue.rollback')
  }
  if (!isSame && signedAt < before.signedAt) throw new NodeError('catalogue.rollback')
  return { ...newest, signedAt: Math.max(signedAt, before.signedAt) }
}

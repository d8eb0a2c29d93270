import { LRUCache } from 'lru-cache'
import { digestOf, Undigestible } from './catalogue-digest.js'
import type { Caller, CallOptions, Operation } from './call.js'
import { parseCatalogue, type Catalogue } from './catalogue-document.js'
import { RegistryError } from './error.js'
import { parseJson, protocolFailure, type Received } from './failure.js'
import { parseAddress } from './url.js'

/** A catalogue, as it was read. */
export interface ReadCatalogue {
  readonly catalogue: Catalogue
  /** The document itself: JSON-LD. */
  readonly document: Readonly<Record<string, unknown>>
  /** The digest of what it says, when it was compared with the expected one; otherwise nothing was compared. */
  readonly digest: string | undefined
  /** When it was last seen at its address: milliseconds since 1970. */
  readonly seenAt: number
  /** True when its address did not answer now, and what was kept is given instead. */
  readonly stale: boolean
}

/** How a catalogue is read. */
export interface CatalogueOptions extends CallOptions {
  /**
   * The digest that its publisher signed, as the index of the own node gives it. Another document is refused. Without it
   * nothing says that the publisher wrote what is read, but for TLS.
   */
  readonly digest?: string
  /** Asks its address, also when what is kept is new enough. */
  readonly fresh?: boolean
  /** How old a kept document may be that is given when its address does not answer; 0 unless given. */
  readonly acceptStaleSeconds?: number
}

/**
 * Reads the catalogue at an address: which datasets and services a party has, and its rules. What is kept is asked for
 * again with its ETag, and not at all within the time that its address allows, or when its digest is the expected one.
 * @throws RegistryError `protocol` for another document than was signed, `unavailable`, `not_found`
 * @see DCAT-AP-NL 3
 */
export type ReadCatalogueAt = (url: string, options?: CatalogueOptions) => Promise<ReadCatalogue>

interface Kept {
  readonly text: string
  readonly document: Readonly<Record<string, unknown>>
  readonly catalogue: Catalogue
  readonly etag: string | undefined
  readonly seenAt: number
  /** Milliseconds since 1970. */
  readonly freshUntil: number
  /** Once it was computed. */
  readonly digest?: string
}

const mostBytes = 256 * 1024
/** However long its address allows. */
const longestFreshSeconds = 3_600
const mediaType = 'application/ld+json'

/** Makes the verb `catalogue` of a client, which keeps at most `capacity` catalogues. */
export function createReadCatalogueAt(deps: { readonly caller: Caller; readonly capacity: number }): ReadCatalogueAt {
  const { caller } = deps
  const all = new LRUCache<string, Kept>({ max: deps.capacity })

  async function load(operation: Operation, url: URL, kept: Kept | undefined, bypass: boolean): Promise<Kept> {
    const headers = {
      accept: mediaType,
      ...(bypass ? { 'cache-control': 'no-cache' } : {}),
      ...(kept?.etag === undefined || bypass ? {} : { 'if-none-match': kept.etag }),
    }
    const expect = { to: 'catalogue', accept: [304], maxBytes: mostBytes } as const
    const received = await caller.send(operation, () => ({ url, method: 'GET', headers }), expect)
    const now = operation.clock.now()
    const times = { seenAt: now, freshUntil: now + freshSeconds(received) * 1000 }
    const etag = received.headers.get('etag') ?? undefined
    if (received.status === 304) {
      if (kept === undefined)
        throw protocolFailure('catalogue', 304, 'it says that nothing changed, to who had nothing')
      return { ...kept, ...times }
    }
    // The same text again is not read again, and its digest is known.
    if (kept !== undefined && kept.text === received.text) return { ...kept, ...times, etag }
    const document = parseJson(received.text)
    const catalogue = parseCatalogue(document)
    if (catalogue === undefined || typeof document !== 'object' || document === null)
      throw protocolFailure('catalogue', received.status, 'it is no catalogue document')
    // An object, as was just seen.
    return { text: received.text, document: document as Kept['document'], catalogue, etag, ...times }
  }

  async function withDigest(kept: Kept): Promise<Kept & { readonly digest: string }> {
    if (kept.digest !== undefined) return { ...kept, digest: kept.digest }
    try {
      return { ...kept, digest: await digestOf(kept.document) }
    } catch (cause) {
      if (!(cause instanceof Undigestible)) throw cause
      throw protocolFailure('catalogue', 200, `its digest cannot be made: ${cause.message}`)
    }
  }

  return async (address, options = {}) => {
    const { digest: expected, fresh = false, acceptStaleSeconds = 0 } = options
    const url = parseAddress(address, 'The address of the catalogue')
    const operation = caller.begin(options)
    const keep = (kept: Kept): Kept => {
      all.set(url.href, kept)
      return kept
    }
    const known = all.get(url.href)
    if (known !== undefined && !fresh) {
      const isSigned = expected !== undefined && known.digest === expected
      const isFresh = expected === undefined && known.freshUntil > operation.clock.now()
      if (isSigned || isFresh) return toRead(known, expected, false)
    }
    let kept: Kept
    try {
      kept = keep(await load(operation, url, known, false))
    } catch (failure) {
      const isUsable = known !== undefined && operation.clock.now() - known.seenAt < acceptStaleSeconds * 1000
      if (!isUsable || !(failure instanceof RegistryError) || failure.code !== 'unavailable') throw failure
      if (expected !== undefined && known.digest !== expected) throw failure
      return toRead(known, expected, true)
    }
    if (expected === undefined) return toRead(kept, expected, false)
    let digested = await withDigest(kept)
    // A cache between us may hold an older version: once past all of them.
    if (digested.digest !== expected) digested = await withDigest(await load(operation, url, undefined, true))
    keep(digested)
    if (digested.digest !== expected)
      throw protocolFailure('catalogue', 200, 'it is not the document that its publisher signed')
    return toRead(digested, expected, false)
  }
}

function toRead(kept: Kept, expected: string | undefined, stale: boolean): ReadCatalogue {
  const { catalogue, document, seenAt } = kept
  return { catalogue, document, digest: expected, seenAt, stale }
}

/** How long it may be used without asking. @see RFC 9111 section 5.2.2 */
function freshSeconds({ headers }: Received): number {
  const cacheControl = headers.get('cache-control') ?? ''
  if (/\bno-(store|cache)\b/.test(cacheControl)) return 0
  const seconds = /\bmax-age=(\d{1,9})\b/.exec(cacheControl)?.[1]
  return Math.min(longestFreshSeconds, Number(seconds ?? 0))
}

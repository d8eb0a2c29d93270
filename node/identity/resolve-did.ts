import { LRUCache } from 'lru-cache'
import { Resolver, type DIDResolver } from 'did-resolver'
import type { Clock, Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import {
  badDocument,
  importKeys,
  parseDidDocument,
  type Relationship,
  type ResolvedDid,
  type VerificationKey,
} from './did-document.js'
import { didOfKeyId } from './did-url.js'
import type { JwkMembers } from './public-key.js'

const keepMilliseconds = 5 * 60_000
const keepFailureMilliseconds = 30_000
/** Nobody answered at once: a node that starts or is started again, which must not be unknown for half a minute. */
const keepUnreachableMilliseconds = 250
/** Short, because another replica may add a key; long enough to spare the import of a key per request. */
const keepOwnMilliseconds = 5_000
/** Peers that are nodes like this one notice a new key at the latest this long after it was published. */
export const minimumAgeForRefetchMilliseconds = 10_000
const maxCachedDids = 10_000
const didPattern = /^did:([a-z0-9]+):[A-Za-z0-9._:%-]{1,2000}$/

/** What came with the DID. */
export interface ResolveOptions {
  /** The `x5c` header of the signature: certificates in base64, leaf first. Other methods than x509 do not look at it. */
  readonly chain?: readonly string[] | undefined
}

/** Resolves a DID from a certificate chain that came with it. Keeps what may be kept by itself. */
export type ChainedDidResolver = (did: string, chain: readonly string[]) => Promise<ResolvedDid>

/** Finds DID documents and their keys. */
export interface DidResolver {
  /**
   * @throws `identity.did_malformed`, `identity.did_method_unsupported`, `identity.did_deactivated`,
   *   `identity.did_unresolvable`, of which the code of the cause says more: `identity.did_not_found`,
   *   `identity.did_document_invalid`, or how the call out failed
   */
  resolve(did: string, options?: ResolveOptions): Promise<ResolvedDid>
  /**
   * The key that `keyId` names, when the DID lists it under `relationship`. A key id that is not in a cached document
   * makes one look at the source, so that a new key works at once.
   * @throws as `resolve`, and `identity.key_unknown`
   */
  keyFor(keyId: string, relationship: Relationship, options?: ResolveOptions): Promise<VerificationKey>
  /**
   * The same key before it is imported, for who imports it in another thread. `undefined` when only `keyFor` can say more:
   * the document does not list it, or the method needs a chain. What is listed may be no key at all.
   * @throws as `resolve`
   */
  findListed(keyId: string, relationship: Relationship): Promise<JwkMembers | undefined>
  /** Names of the methods that resolve, for metadata. */
  readonly methods: readonly string[]
}

interface Cached {
  readonly until: Instant
  /** When the source was last asked, with whatever outcome. */
  readonly askedAt: Instant
  readonly outcome: { readonly resolved: ResolvedDid } | { readonly failure: NodeError }
}

/**
 * Resolves over a closed table of methods. Documents are kept for at most five minutes and failures for thirty seconds;
 * of many calls for one DID at the same moment one goes out. A look for a new key that fails leaves the document as it
 * was, so that nobody can make a DID unknown by naming keys that it does not have.
 */
export function createDidResolver(deps: {
  readonly clock: Clock
  readonly methods: Readonly<Record<string, DIDResolver>>
  /** Methods that need a certificate chain. */
  readonly chainedMethods?: Readonly<Record<string, ChainedDidResolver>>
  /** DIDs of this node itself: asked first, kept for seconds. */
  readonly own: (did: string) => Promise<ResolvedDid | undefined>
}): DidResolver {
  const resolver = new Resolver({ ...deps.methods })
  const cache = new LRUCache<string, Cached>({ max: maxCachedDids })
  const underway = new Map<string, Promise<ResolvedDid>>()
  const { chainedMethods = {} } = deps
  const findChained = (method: string | undefined): ChainedDidResolver | undefined =>
    method !== undefined && Object.hasOwn(chainedMethods, method) ? chainedMethods[method] : undefined

  async function fetch(did: string): Promise<ResolvedDid> {
    const result = await resolver.resolve(did)
    const { error } = result.didResolutionMetadata
    if (error === 'invalidDid') throw new NodeError('identity.did_malformed', { detail: 'not a DID' })
    if (error !== undefined) {
      const cause = error === 'notFound' ? new NodeError('identity.did_not_found') : undefined
      throw new NodeError('identity.did_unresolvable', { cause, detail: `resolver says ${error}` })
    }
    const resolved = importKeys(parseDidDocument(result.didDocument))
    if (resolved.did !== did) throw badDocument('the document is about another DID')
    return resolved
  }

  async function fetchAndKeep(did: string): Promise<ResolvedDid> {
    const askedAt = deps.clock.now()
    try {
      const resolved = await fetch(did)
      cache.set(did, { until: askedAt + keepMilliseconds, askedAt, outcome: { resolved } })
      return resolved
    } catch (cause) {
      const failure = asResolutionFailure(cause)
      const keep = NodeError.codeOf(cause) === 'outbound.failed' ? keepUnreachableMilliseconds : keepFailureMilliseconds
      const kept = fresh(did) ?? { until: askedAt + keep, outcome: { failure } }
      cache.set(did, { ...kept, askedAt })
      throw failure
    }
  }

  function fetchOnce(did: string): Promise<ResolvedDid> {
    const running = underway.get(did)
    if (running !== undefined) return running
    const started = fetchAndKeep(did).finally(() => underway.delete(did))
    underway.set(did, started)
    return started
  }

  function fresh(did: string): Cached | undefined {
    const cached = cache.get(did)
    const now = deps.clock.now()
    return cached !== undefined && cached.until > now && cached.askedAt <= now ? cached : undefined
  }

  /** What is known of a DID, without a look anywhere. */
  function findKept(did: string): ResolvedDid | undefined {
    const outcome = fresh(did)?.outcome
    if (outcome === undefined) return undefined
    if ('resolved' in outcome) return outcome.resolved
    throw outcome.failure
  }

  async function resolve(did: string, { chain }: ResolveOptions = {}): Promise<ResolvedDid> {
    const kept = findKept(did)
    if (kept !== undefined) return kept
    const method = methodOf(did)
    // What came with a chain is never in the cache: another chain says something else.
    const chained = findChained(method)
    if (chained !== undefined) return resolveFromChain(chained, did, chain)
    if (method === undefined) throw new NodeError('identity.did_malformed', { detail: 'not a DID' })
    if (!Object.hasOwn(deps.methods, method)) {
      throw new NodeError('identity.did_method_unsupported', { detail: 'DID method is not in the table' })
    }
    return (await askOwn(did)) ?? fetchOnce(did)
  }

  async function askOwn(did: string): Promise<ResolvedDid | undefined> {
    const own = await deps.own(did)
    if (own === undefined) return undefined
    const askedAt = deps.clock.now()
    cache.set(did, { until: askedAt + keepOwnMilliseconds, askedAt, outcome: { resolved: own } })
    return own
  }

  /** The document as it is now, for a key that the cached one does not have; `undefined` when it is too soon to ask. */
  async function askAgain(did: string): Promise<ResolvedDid | undefined> {
    if (findChained(methodOf(did)) !== undefined) return undefined
    // Our own store is asked at once: the key may be seconds old, and nothing goes out.
    const own = await askOwn(did)
    if (own !== undefined) return own
    const cached = fresh(did)
    return cached !== undefined && deps.clock.now() - cached.askedAt >= minimumAgeForRefetchMilliseconds
      ? fetchOnce(did)
      : undefined
  }

  /** A DID URL of a key, taken apart. */
  function partsOf(keyId: string): { readonly did: string; readonly absoluteKeyId: string } {
    const did = didOfKeyId(keyId)
    // A did:jwk has one key, and some holders leave its fragment out.
    return { did, absoluteKeyId: did === keyId && did.startsWith('did:jwk:') ? `${did}#0` : keyId }
  }

  return {
    resolve,
    methods: [...Object.keys(deps.methods), ...Object.keys(chainedMethods)],
    async keyFor(keyId, relationship, options) {
      const { did, absoluteKeyId } = partsOf(keyId)
      const key = (findKept(did) ?? (await resolve(did, options))).keys[relationship].get(absoluteKeyId)
      if (key !== undefined) return key
      const refetched = (await askAgain(did))?.keys[relationship].get(absoluteKeyId)
      if (refetched !== undefined) return refetched
      throw new NodeError('identity.key_unknown', {
        detail: `the DID document does not list the key under ${relationship}`,
      })
    },
    async findListed(keyId, relationship) {
      const { did, absoluteKeyId } = partsOf(keyId)
      if (findChained(methodOf(did)) !== undefined) return undefined
      const { listed } = findKept(did) ?? (await resolve(did))
      return listed[relationship].find((entry) => entry.keyId === absoluteKeyId)?.jwk
    },
  }
}

/** The method of a DID; `undefined` for a text that is none. */
function methodOf(did: string): string | undefined {
  return didPattern.exec(did)?.[1]
}

function resolveFromChain(
  resolver: ChainedDidResolver,
  did: string,
  chain: readonly string[] | undefined,
): Promise<ResolvedDid> {
  if (chain !== undefined) return resolver(did, chain)
  const cause = new NodeError('identity.did_feature_unsupported')
  return Promise.reject(
    new NodeError('identity.did_unresolvable', { cause, detail: 'no certificate chain came with it' }),
  )
}

function asResolutionFailure(cause: unknown): NodeError {
  if (NodeError.is(cause) && cause.code.startsWith('identity.')) return cause
  return new NodeError('identity.did_unresolvable', {
    cause,
    detail: `the DID document could not be had (${NodeError.codeOf(cause)})`,
  })
}

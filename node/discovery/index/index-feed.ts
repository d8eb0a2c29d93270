import { LRUCache } from 'lru-cache'
import { NodeError } from '../../kernel/errors.js'
import { toRfc3339 } from '../../kernel/clock.js'
import type { Store, Stored } from '../../stores/contracts.js'
import { cursorAfter, numberPart } from '../../stores/numbered-keys.js'
import type { IndexFeedPage } from '../../../schemas/wire/index-feed.js'
import {
  changePrefix,
  changes,
  checks,
  endOfListings,
  entries,
  stateKey,
  states,
  type IndexChange,
  type IndexState,
} from './entry.js'

/**
 * The changes of the index after `since`, ascending, at most `limit` (1 to 500): what another index needs to be the same.
 * Of each party the last change only. Every entry carries what its publisher signed, so the reader verifies it and need
 * not trust this node.
 * @throws `discovery.index_gone` when deletions after `since` are forgotten; `store.unavailable`
 */
export type ReadIndexFeed = (since: number, limit: number) => Promise<IndexFeedPage>

/** Anybody may ask, and a page costs as many reads as it is long: readers that are as far as each other share it. */
const sharedPages = { max: 16, ttl: 10_000 }

export function createReadIndexFeed({ store }: { readonly store: Pick<Store, 'records'> }): ReadIndexFeed {
  const pages = new LRUCache<string, Promise<IndexFeedPage>>(sharedPages)

  async function show({ key, value }: Stored<IndexChange>): Promise<IndexFeedPage['entries'][number] | undefined> {
    const seq = Number(key.at(-1))
    const { op, did, at } = value
    if (op === 'delete') return { seq, op, did, deletedAt: toRfc3339(at) }
    const [entry, check] = await Promise.all([store.records.get(entries, [did]), store.records.get(checks, [did])])
    // Replaced or deleted since the page was read: a later change says so.
    if (entry?.value.sequence !== seq) return undefined
    const { held, listings } = entry.value
    const parts = Object.values(listings).sort((a, b) => b.signedAt - a.signedAt)
    const vp = held?.evidence.kind === 'listing' ? held.evidence.compact : (parts[0]?.presentation ?? '')
    const checkedAt = check?.value.checkedAt
    return {
      seq,
      op,
      did,
      vp,
      expires: toRfc3339(endOfListings(entry.value)),
      ...(held === undefined
        ? {}
        : { catalogURL: held.url, digest: held.catalogue.digest, version: held.catalogue.version }),
      ...(held?.evidence.kind === 'proof' ? { proof: held.evidence.compact } : {}),
      ...(held === undefined || checkedAt === undefined ? {} : { verifiedAt: toRfc3339(checkedAt) }),
    }
  }

  async function readPage({ seed, sequence }: IndexState, since: number, limit: number): Promise<IndexFeedPage> {
    const page = await store.records.list(changes, {
      prefix: changePrefix,
      after: cursorAfter([...changePrefix, numberPart(since)]),
      limit,
    })
    const shown = await Promise.all(page.items.map(show))
    const last = page.items.at(-1)?.key.at(-1)
    return {
      seed,
      seq: last === undefined ? Math.min(since, sequence) : Number(last),
      more: page.next !== undefined,
      entries: shown.filter((entry) => entry !== undefined),
    }
  }

  return async (since, limit) => {
    const state = (await store.records.get(states, stateKey))?.value
    if (state === undefined) return { seed: '', seq: 0, more: false, entries: [] }
    if (since > 0 && since < state.forgotten) throw new NodeError('discovery.index_gone')
    const name = [state.seed, state.sequence, state.forgotten, since, limit].join(' ')
    const page = pages.get(name) ?? readPage(state, since, limit)
    pages.set(name, page)
    return page.catch((cause: unknown) => {
      pages.delete(name)
      throw cause
    })
  }
}

import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { LRUCache } from 'lru-cache'
import type { Clock, Instant } from '../kernel/clock.js'
import type { Store, Stored } from '../stores/contracts.js'
import { cursorAfter, numberPart } from '../stores/numbered-keys.js'
import { entries, type ListState } from './list-records.js'

/** A page stays well below the 1 MiB at which nuts-node v6 drops the whole answer. */
const maxPageBytes = 900_000
/** What stands around an entry on a page. */
const entryOverheadBytes = 32
const readAtOnce = 100
const cacheBytes = 64 * 1024 * 1024

/** Which part of a list. */
export interface PageRequest {
  /** Only entries with a higher number. */
  readonly after: number
  /** At most so many entries, and the page says whether there are more. As many as fit unless given. */
  readonly limit?: number | undefined
}

/** A page of a list, ready to be sent. */
export interface ServedPage {
  readonly body: Buffer
  /** Names this content, packed or not. @see RFC 9110 section 8.8.3 */
  readonly etag: string
  /** The same in gzip; packed once. */
  packed(): Promise<Buffer>
}

/** A page as long as it is what the list says. */
interface CachedPage {
  readonly version: string
  /** When the first entry on it expires. */
  readonly until: Instant
  readonly page: Promise<ServedPage>
}

/**
 * Gives pages of the list that `state` belongs to, from memory while the list is the same and nothing on the page has
 * expired. Pages are built once for all who ask together, and hold what they have in 64 MiB.
 *
 * Entries come lowest first, at most 900 kB of them and at least one; the page's own timestamp is that of the last entry on
 * it when there are more, so that the next call goes on there, and otherwise that of the list.
 * @throws `store.unavailable`
 * @see Nuts RFC022 section 3.3; nuts-node v6 `GET /discovery/{service}`
 */
export type GivePage = (service: string, state: Stored<ListState>, request: PageRequest) => Promise<ServedPage>

export function createGivePage({
  store,
  clock,
}: {
  readonly store: Pick<Store, 'records'>
  readonly clock: Clock
}): GivePage {
  const cache = new LRUCache<string, CachedPage>({
    maxSize: cacheBytes,
    maxEntrySize: 4 * maxPageBytes,
    // Until it is built it counts for the most that it can be.
    sizeCalculation: () => 2 * maxPageBytes,
  })

  async function build(service: string, { value: state }: Stored<ListState>, { after, limit }: PageRequest) {
    const now = clock.now()
    const parts: string[] = []
    let bytes = 0
    let last = after
    let until = Number.POSITIVE_INFINITY
    let isMore = false
    let cursor: string | undefined = cursorAfter([service, numberPart(after)])
    while (cursor !== undefined && !isMore) {
      const read: Awaited<ReturnType<typeof list>> = await list(service, cursor)
      for (const { value: entry } of read.items) {
        // What came in while this read went on belongs to a later state, and is read again then.
        if (entry.timestamp > state.timestamp || entry.expiresAt <= now) continue
        const size = entry.presentation.length + entryOverheadBytes
        isMore = parts.length > 0 && (bytes + size > maxPageBytes || parts.length === limit)
        if (isMore) break
        bytes += size
        last = entry.timestamp
        until = Math.min(until, entry.expiresAt)
        parts.push(`"${String(entry.timestamp)}":${JSON.stringify(entry.presentation)}`)
      }
      cursor = read.next
    }
    const timestamp = isMore ? last : state.timestamp
    const more = limit === undefined ? '' : `,"more":${String(isMore)}`
    const head = `{"seed":${JSON.stringify(state.seed)},"timestamp":${String(timestamp)}${more},"entries":{`
    return { page: toServed(Buffer.from(`${head}${parts.join(',')}}}`)), until }
  }

  const list = (service: string, after: string) =>
    store.records.list(entries, { prefix: [service], after, limit: readAtOnce })

  return async (service, state, request) => {
    const { after, limit } = request
    const key = `${service} ${String(after)} ${String(limit ?? '')}`
    const version = `${state.value.seed} ${String(state.version)}`
    const cached = cache.get(key)
    if (cached?.version === version && cached.until > clock.now()) return cached.page
    const built = build(service, state, request)
    const page = built.then((made) => made.page)
    cache.set(key, { version, until: Number.POSITIVE_INFINITY, page })
    try {
      const { until } = await built
      // Only now is known how large it is and for how long it holds.
      if (cache.peek(key)?.page === page) {
        const size = Math.max(4096, 2 * (await page).body.length)
        cache.set(key, { version, until, page }, { size })
      }
    } catch (cause) {
      if (cache.peek(key)?.page === page) cache.delete(key)
      throw cause
    }
    return page
  }
}

function toServed(body: Buffer): ServedPage {
  let packing: Promise<Buffer> | undefined
  return {
    body,
    etag: `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`,
    packed: () => (packing ??= promisify(gzip)(body)),
  }
}

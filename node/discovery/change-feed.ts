import type { Clock, Instant } from '../kernel/clock.js'
import type { Store, Stored } from '../stores/contracts.js'
import { cursorAfter, numberPart } from '../stores/numbered-keys.js'
import type { Listing } from './listing.js'
import { changes, copies, listings, toListing, type ChangeRecord } from './copy-records.js'

/** What happened to the listing of one party. */
export type ListingChange =
  | { readonly sequence: number; readonly kind: 'listed'; readonly signer: string; readonly listing: Listing }
  | { readonly sequence: number; readonly kind: 'gone'; readonly signer: string; readonly at: Instant }

/** Where a reader of the feed is. */
export interface FeedPosition {
  /** Which feed its numbers are of. */
  readonly feed: string
  /** The sequence through which it has read. */
  readonly sequence: number
}

/** A part of the feed. */
export interface ChangePage extends FeedPosition {
  /**
   * True when these are the first changes of the feed although the reader asked for later ones: it must forget all that
   * it has of the service before it takes them in.
   */
  readonly startsAnew: boolean
  /** Ascending. */
  readonly changes: readonly ListingChange[]
  /** True when there is more to read now. */
  readonly more: boolean
}

/**
 * The changes of the verified copies of lists, in the order in which they were committed: what builds on the copies
 * follows this, and need not read them again.
 *
 * A reader keeps the position of the page that it took in, best in the batch in which it writes what it made of it, and
 * asks for what comes after. It then has seen every listing that is there now, in its last form, and the departure of
 * every listing that it saw and that is there no more, also after a stop at any moment. Changes that others made
 * needless are left out: a listing that was renewed twice shows once, and one that came and went between two pages
 * shows as a departure only. So taking in a change must not depend on the one before: `listed` is put in the place of what
 * is known of the signer, `gone` removes it if it is there.
 *
 * Renewals, withdrawals, expiry (within a minute), revocation and loss of trust are all here, also when a list starts anew
 * under another seed: that is no new feed. Departures are kept for a month; who comes back later than that starts anew.
 */
export interface ChangeFeed {
  /**
   * At most `limit` (1 to 500) changes of one service after `position`; without one from the beginning. A service that was
   * never read has an empty feed. Costs one read per listing that is shown.
   * @throws `store.unavailable`, `store.bad_input`
   */
  changesSince(service: string, position: FeedPosition | undefined, limit: number): Promise<ChangePage>
  /**
   * Calls `wake` with the name of the service after changes were committed by this process, and returns what ends that.
   * A hint to look at the feed sooner and no more: it is not called for what other replicas of the node commit, so look
   * at the feed by the clock as well. `wake` must not throw and should return at once.
   */
  onCommit(wake: (service: string) => void): () => void
}

/** The feed as it stands in the store. */
export function createChangesSince({
  store,
  clock,
}: {
  readonly store: Pick<Store, 'records'>
  readonly clock: Clock
}): ChangeFeed['changesSince'] {
  async function show({ key, value }: Stored<ChangeRecord>): Promise<ListingChange | undefined> {
    const [service = '', number] = key
    const { kind, signer } = value
    const sequence = Number(number)
    if (kind === 'gone') return { sequence, kind, signer, at: value.at }
    const listing = await store.records.get(listings, [service, signer])
    // Replaced or gone since the page was read, or about to go: a later change says so.
    if (listing?.value.sequence !== sequence || listing.value.expiresAt <= clock.now()) return undefined
    return { sequence, kind, signer, listing: toListing(listing.value) }
  }

  return async (service, position, limit) => {
    const copy = (await store.records.get(copies, [service]))?.value
    if (copy === undefined) {
      return { feed: '', sequence: 0, startsAnew: (position?.sequence ?? 0) > 0, changes: [], more: false }
    }
    const { feed, forgotten } = copy
    const isKnown = position?.feed === feed && position.sequence >= forgotten && position.sequence <= copy.sequence
    const after = position !== undefined && isKnown ? position.sequence : 0
    const page = await store.records.list(changes, {
      prefix: [service],
      after: cursorAfter([service, numberPart(after)]),
      limit,
    })
    const shown = await Promise.all(page.items.map(show))
    const last = page.items.at(-1)?.key[1]
    return {
      feed,
      sequence: last === undefined ? after : Number(last),
      startsAnew: position !== undefined && !isKnown && position.sequence > 0,
      changes: shown.filter((change) => change !== undefined),
      more: page.next !== undefined,
    }
  }
}

import { setTimeout } from 'node:timers/promises'
import type { Inbox, InboxUser } from './inbox.js'
import type { InboxWriter } from './inbox-writer.js'
import type { InboxEntry } from './inbox-records.js'

/** Where a follower of an inbox is: the feed that its numbers are of, and the last that it has. */
export interface InboxPosition {
  readonly feed: string
  readonly number: number
}

/** Waits for what comes into an inbox. */
export interface InboxWaits {
  /** How often messages of the party were committed by this process. Take it before looking into the store. */
  commits(party: string): number
  /**
   * Returns when there are more commits than `seen`, which may be so already, and after `milliseconds` at the latest,
   * because other replicas write too.
   * @throws what `signal` says when it is aborted
   */
  untilMore(party: string, seen: number, milliseconds: number, signal: AbortSignal): Promise<void>
}

/** Other replicas do not tell each other. */
export const lookAgainMilliseconds = 1_000

export function createInboxWaits(writer: Pick<InboxWriter, 'onCommit'>): InboxWaits {
  const counts = new Map<string, number>()
  const commits = (party: string): number => counts.get(party) ?? 0
  writer.onCommit((party) => void counts.set(party, commits(party) + 1))
  return {
    commits,
    async untilMore(party, seen, milliseconds, signal) {
      if (commits(party) > seen) return
      const woken = new AbortController()
      const end = writer.onCommit((committed) => {
        if (committed === party && commits(party) > seen) woken.abort()
      })
      try {
        await setTimeout(milliseconds, undefined, { signal: AbortSignal.any([woken.signal, signal]), ref: false })
      } catch {
        // Woken, or told to stop.
        signal.throwIfAborted()
      } finally {
        end()
      }
    },
  }
}

const pageSize = 100
/** Proxies close a connection on which nothing happens. */
const signOfLifeMilliseconds = 15_000

/** What a follower gets: messages that were not handed over before they were written down to be, or a sign of life. */
export type StreamPart =
  | { readonly kind: 'entries'; readonly feed: string; readonly entries: readonly InboxEntry[] }
  | { readonly kind: 'alive' }

/**
 * Follows an inbox from a position on, as long as `signal` allows. It goes by the numbers in the store, so nothing is left
 * out, whatever happens between two connections: who keeps the number of the last message that it processed gets every one
 * after it. Without a position, or with one of before a restore, it begins at the oldest message that waits to be
 * acknowledged.
 */
export async function* followInbox(options: {
  readonly party: string
  readonly from: InboxPosition | undefined
  readonly inbox: Pick<Inbox, 'read' | 'handOver' | 'head'>
  readonly waits: InboxWaits
  readonly user: InboxUser
  readonly signal: AbortSignal
}): AsyncGenerator<StreamPart> {
  const { party, from, inbox, waits, user, signal } = options
  const isOfNow = from !== undefined && from.feed === (await inbox.head(party)).feed
  let after = isOfNow ? from.number : await beforeOldestOpen(party, inbox)
  let quiet = 0
  yield { kind: 'alive' }
  while (!signal.aborted) {
    const seen = waits.commits(party)
    const { entries } = await inbox.read({ party, state: 'all', after, limit: pageSize })
    if (entries.length === 0) {
      try {
        await waits.untilMore(party, seen, lookAgainMilliseconds, signal)
      } catch {
        return
      }
      quiet += lookAgainMilliseconds
      if (quiet < signOfLifeMilliseconds) continue
      quiet = 0
      yield { kind: 'alive' }
      continue
    }
    quiet = 0
    const { feed } = await inbox.head(party)
    yield { kind: 'entries', feed, entries: await inbox.handOver(party, entries, user) }
    after = entries.at(-1)?.number ?? after
  }
}

/** The number before the oldest that waits; the last number where none does. */
async function beforeOldestOpen(party: string, inbox: Pick<Inbox, 'read' | 'head'>): Promise<number> {
  const { number } = await inbox.head(party)
  const { entries } = await inbox.read({ party, state: 'open', after: 0, limit: 1 })
  return entries[0] === undefined ? number : entries[0].number - 1
}

/** A position as one text: `Last-Event-ID` of server-sent events. */
export function formatPosition({ feed, number }: InboxPosition): string {
  return `${feed}.${number}`
}

/** `undefined` for what is no position. */
export function parsePosition(text: string | undefined): InboxPosition | undefined {
  const match = /^([a-z0-9]{0,40})\.(\d{1,15})$/.exec(text ?? '')
  return match === null ? undefined : { feed: match[1] ?? '', number: Number(match[2]) }
}

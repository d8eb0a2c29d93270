import type { Audit } from '../audit/audit.js'
import type { Clock, Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { Trace } from '../kernel/trace.js'
import { put, type Operation, type Store, type Stored } from '../stores/contracts.js'
import { cursorAfter } from '../stores/numbered-keys.js'
import { retryConflict } from '../stores/retry-conflict.js'
import { inbox, inboxHeads, inboxKey, inboxSenders, keptUntil, type InboxEntry } from './inbox-records.js'
import { partyKey } from './memberships.js'

/** Who looks at or takes messages, for the journal. */
export interface InboxUser {
  readonly by: string
  readonly trace?: Trace
}

export interface InboxRead {
  readonly party: string
  readonly state: 'open' | 'all' | 'parked'
  readonly after: number
  /** 1 to 1000. */
  readonly limit: number
}

export interface InboxEntries {
  readonly entries: readonly InboxEntry[]
  readonly more: boolean
}

/** The inboxes of the parties, for their own systems. What is taken in is the business of `inbox-writer.ts`. */
export interface Inbox {
  /** Entries in the order of their numbers; changes nothing. @throws `store.unavailable` */
  read(query: InboxRead): Promise<InboxEntries>
  /**
   * Writes down that entries were handed over, before they are: what was never handed over cannot look as if it was,
   * and what was can be asked for again.
   * @throws `store.unavailable`
   */
  handOver(party: string, entries: readonly InboxEntry[], user: InboxUser): Promise<readonly InboxEntry[]>
  /**
   * Writes down that messages were processed by the organisation, and returns how many were not before.
   * @throws `notification.entry_unknown` for a number that was not given yet, `store.unavailable`
   */
  acknowledge(
    party: string,
    which: { readonly numbers: readonly number[] } | { readonly through: number },
    user: InboxUser & { readonly raadplegingTraceId?: string | undefined },
  ): Promise<number>
  /** @throws `notification.entry_unknown` */
  get(party: string, number: number): Promise<Stored<InboxEntry>>
  /** The last number that was given, and how the positions in this inbox begin. */
  head(party: string): Promise<{ readonly number: number; readonly feed: string }>
  /** How many wait to be acknowledged, how many are parked, and since when the oldest waits; at most 1000 are counted. */
  measure(party: string): Promise<{
    readonly open: number
    readonly parked: number
    readonly oldest: Instant | undefined
  }>
}

const pageSize = 200

export function createInbox(deps: {
  readonly store: Pick<Store, 'records' | 'write'>
  readonly clock: Clock
  readonly audit: Audit
  /** When the store was last restored; 0 for never: numbers that were given after the backup are given again. */
  readonly restoredAt: Instant
  /** How long what was acknowledged is kept. */
  readonly keepDays: number
}): Inbox {
  const { store, clock, audit, restoredAt, keepDays } = deps

  async function get(party: string, number: number): Promise<Stored<InboxEntry>> {
    const stored = await store.records.get(inbox, inboxKey(party, number))
    if (stored === undefined) throw new NodeError('notification.entry_unknown')
    return stored
  }

  async function readStored({ party, state, after, limit }: InboxRead) {
    const where =
      state === 'all' ? { prefix: [party] } : { index: { name: state === 'open' ? 'open' : 'parked', value: party } }
    const page = await store.records.list(inbox, { ...where, after: cursorAfter(inboxKey(party, after)), limit })
    return { items: page.items, more: page.next !== undefined }
  }

  function account(
    code: 'notification.handed-over' | 'notification.acknowledged',
    party: string,
    count: number,
    { by, trace }: InboxUser,
  ): Operation {
    return audit.operation({
      code,
      action: code === 'notification.handed-over' ? 'read' : 'update',
      outcome: 'success',
      party,
      actor: { user: { id: by } },
      object: { recordCount: count },
      ...(trace === undefined ? {} : { trace }),
    })
  }

  /** Acknowledges those of a batch that are not yet; what other writers did meanwhile shows as a conflict. */
  async function acknowledgeBatch(
    party: string,
    find: () => Promise<readonly Stored<InboxEntry>[]>,
    user: Parameters<Inbox['acknowledge']>[2],
  ): Promise<number> {
    return retryConflict(async () => {
      const open = (await find()).filter(({ value }) => value.state !== 'acknowledged')
      if (open.length === 0) return 0
      const now = clock.now()
      const counts = new Map<string, number>()
      const operations = open.map(({ key, value, version }) => {
        const sender = partyKey({ idType: value.afzenderIDType, id: value.afzenderID })
        counts.set(sender, (counts.get(sender) ?? 0) + 1)
        const entry = acknowledgedEntry(value, now, user)
        return put(inbox, key, entry, { expected: version, ...keptUntil(entry, keepDays) })
      })
      for (const [sender, count] of counts) {
        const stored = await store.records.get(inboxSenders, [party, sender])
        const left = Math.max(0, (stored?.value.open ?? 0) - count)
        operations.push(put(inboxSenders, [party, sender], { open: left }, { expected: stored?.version ?? 'absent' }))
      }
      await store.write([...operations, account('notification.acknowledged', party, open.length, user)])
      return open.length
    })
  }

  return {
    get,
    async read(query) {
      const { items, more } = await readStored(query)
      return { entries: items.map(({ value }) => value), more }
    },
    async handOver(party, entries, user) {
      if (entries.length === 0) return []
      return retryConflict(async () => {
        const now = clock.now()
        const current = await Promise.all(entries.map(({ number }) => get(party, number)))
        const operations = current.flatMap(({ key, value, version }) =>
          value.state === 'received'
            ? [put(inbox, key, { ...value, state: 'handed-over', handedOverAt: now }, { expected: version })]
            : [],
        )
        await store.write([...operations, account('notification.handed-over', party, entries.length, user)])
        return current.map(({ value }) =>
          value.state === 'received' ? { ...value, state: 'handed-over', handedOverAt: now } : value,
        )
      })
    },
    async acknowledge(party, which, user) {
      const head = await store.records.get(inboxHeads, [party])
      const asked = 'numbers' in which ? Math.max(...which.numbers) : which.through
      if (asked > (head?.value.number ?? 0)) throw new NodeError('notification.entry_unknown')
      let acknowledged = 0
      if ('numbers' in which) {
        const numbers = [...new Set(which.numbers)]
        for (let from = 0; from < numbers.length; from += pageSize) {
          const page = numbers.slice(from, from + pageSize)
          acknowledged += await acknowledgeBatch(party, () => Promise.all(page.map((each) => get(party, each))), user)
        }
        return acknowledged
      }
      // What is acknowledged is open no more, so each page begins anew.
      for (;;) {
        const done = await acknowledgeBatch(
          party,
          async () => {
            const { items } = await readStored({ party, state: 'open', after: 0, limit: pageSize })
            return items.filter(({ value }) => value.number <= which.through)
          },
          user,
        )
        acknowledged += done
        if (done < pageSize) return acknowledged
      }
    },
    async head(party) {
      const head = (await store.records.get(inboxHeads, [party]))?.value
      const { number = 0, seed = '' } = head ?? {}
      return { number, feed: restoredAt === 0 ? seed : `${seed}${restoredAt.toString(36)}` }
    },
    async measure(party) {
      const [open, parked] = await Promise.all([
        readStored({ party, state: 'open', after: 0, limit: 1000 }),
        readStored({ party, state: 'parked', after: 0, limit: 1000 }),
      ])
      return { open: open.items.length, parked: parked.items.length, oldest: open.items[0]?.value.receivedAt }
    },
  }
}

function acknowledgedEntry(
  value: InboxEntry,
  now: Instant,
  { by, raadplegingTraceId }: Parameters<Inbox['acknowledge']>[2],
): InboxEntry {
  return {
    ...value,
    state: 'acknowledged',
    acknowledgedAt: now,
    acknowledgedBy: by,
    ...(raadplegingTraceId === undefined ? {} : { raadplegingTraceId }),
  }
}

import type { Clock, Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { Log } from '../kernel/log.js'
import { put, type Collection, type Store } from '../stores/contracts.js'
import type { Lease, Leases } from '../stores/lease.js'
import { retryConflict } from '../stores/retry-conflict.js'
import type { Inbox } from './inbox.js'
import { inbox as entries, type InboxEntry } from './inbox-records.js'
import { lookAgainMilliseconds, type InboxWaits } from './inbox-stream.js'

/**
 * What is done with every message after it was stored, in the order of the inbox and at least once, also after a stop at any
 * moment; of all replicas one does it. For what must be there together with the message, see `OnReceived`.
 */
export interface InboxFollower {
  /** Under this name its place is kept: with another one it begins anew. */
  readonly name: string
  /** Whether it has anything to do for this party. */
  readonly follows: (party: string) => boolean
  /**
   * Handles one message, or says in how many milliseconds to come back with the same one. What it throws three times over
   * is parked: set aside for somebody to look at, so that the next messages do not wait for it.
   */
  readonly handle: (entry: InboxEntry, signal: AbortSignal) => Promise<{ readonly again: number } | undefined>
}

/** Where a follower is. */
interface Place {
  /** The last message that it is done with. */
  readonly number: number
}

/** By follower and party. */
const places: Collection<Place> = { name: 'notifications-followers' }

const attempts = 3
const firstPauseMilliseconds = 200
const pageSize = 50

export interface FollowersDeps {
  readonly store: Pick<Store, 'records' | 'write'>
  readonly clock: Clock
  readonly log: Log
  readonly leases: Pick<Leases, 'attempt'>
  readonly inbox: Pick<Inbox, 'read' | 'get'>
  readonly waits: InboxWaits
}

/**
 * Follows the inbox of a party for as long as `signal` and the lease allow; returns at once when another replica does. A
 * message that the party has acknowledged already is passed over.
 * @throws `store.unavailable`
 */
export async function runFollower(
  follower: InboxFollower,
  party: string,
  signal: AbortSignal,
  deps: FollowersDeps,
): Promise<void> {
  const key = [follower.name, party]
  await deps.leases.attempt(['inbox-follower', ...key], async (lease) => {
    const until = AbortSignal.any([signal, lease.signal])
    let { number } = (await deps.store.records.get(places, key))?.value ?? { number: 0 }
    while (!until.aborted) {
      const seen = deps.waits.commits(party)
      const page = await deps.inbox.read({ party, state: 'all', after: number, limit: pageSize })
      const before = number
      let pause = page.entries.length === 0 ? lookAgainMilliseconds : 0
      for (const entry of page.entries) {
        const again = await handleOne(follower, entry, until, deps)
        if (until.aborted) break
        if (again !== undefined) {
          pause = again
          break
        }
        number = entry.number
      }
      if (number !== before) await keepPlace(lease, key, number)
      if (pause > 0 && !until.aborted) await wait(deps.waits, party, seen, pause, page.entries.length === 0, until)
    }
  })
}

async function keepPlace(lease: Lease, key: readonly string[], number: number): Promise<void> {
  // A lease that was lost meanwhile refuses: whoever has it now goes on from where the place was.
  await lease.write([put(places, key, { number })])
}

/** What is new ends a wait for what is new, and no other. */
async function wait(
  waits: InboxWaits,
  party: string,
  seen: number,
  milliseconds: number,
  isIdle: boolean,
  signal: AbortSignal,
): Promise<void> {
  // Continues on purpose: told to stop, the loop ends by itself.
  await waits.untilMore(party, isIdle ? seen : Number.POSITIVE_INFINITY, milliseconds, signal).catch(() => undefined)
}

/** Returns in how many milliseconds to come back with the same message; `undefined` when it is done with. */
async function handleOne(
  follower: InboxFollower,
  entry: InboxEntry,
  signal: AbortSignal,
  deps: FollowersDeps,
): Promise<number | undefined> {
  if (entry.state === 'acknowledged') return undefined
  for (let attempt = 1; ; attempt += 1) {
    try {
      return (await follower.handle(entry, signal))?.again
    } catch (cause) {
      if (signal.aborted) return undefined
      const code = NodeError.codeOf(cause)
      // The node itself cannot go on now: no message is to blame.
      if (/^(store\.unavailable|audit\.|internal\.stopping)/.test(code)) throw cause
      if (attempt < attempts) {
        await pauseFor(attempt, entry.party, signal, deps.waits)
        continue
      }
      await park(entry, { by: follower.name, code, at: deps.clock.now() }, deps)
      return undefined
    }
  }
}

async function pauseFor(attempt: number, party: string, signal: AbortSignal, waits: InboxWaits): Promise<void> {
  const milliseconds = firstPauseMilliseconds * 2 ** (attempt - 1)
  await waits.untilMore(party, Number.POSITIVE_INFINITY, milliseconds, signal).catch(() => undefined)
}

/** Sets a message aside. @throws `store.unavailable` */
async function park(
  { party, number }: InboxEntry,
  parked: { readonly by: string; readonly code: string; readonly at: Instant },
  { store, log, inbox }: FollowersDeps,
): Promise<void> {
  log.error('a notification is parked', { party, service: parked.by, code: parked.code })
  await retryConflict(async () => {
    const { key, value, version } = await inbox.get(party, number)
    await store.write([put(entries, key, { ...value, parked }, { expected: version })])
  })
}

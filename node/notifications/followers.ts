import { NodeError } from '../kernel/errors.js'
import type { Clock, Instant } from '../kernel/clock.js'
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
  /** Under this name its place is kept: with another one it begins anew. No spaces. */
  readonly name: string
  /** Whether it has anything to do for this party. */
  readonly follows: (party: string) => boolean
  /**
   * Handles one message, or says in how many milliseconds to come back with the same one. What it throws three times over
   * is parked: set aside for somebody to look at, so that the next messages do not wait for it.
   */
  readonly handle: (entry: InboxEntry, signal: AbortSignal) => Promise<{ readonly again: number } | undefined>
}

/** Where a follower is: the last message that it is done with; by follower and party. */
const places: Collection<{ readonly number: number }> = { name: 'notifications-followers' }

const attempts = 3
const firstPauseMilliseconds = 200
const pageSize = 50
/** The node itself cannot go on now: no message is to blame. */
const ownFailure = /^(store\.|audit\.|internal\.stopping)/

export interface FollowersDeps {
  readonly store: Pick<Store, 'records' | 'write'>
  readonly clock: Clock
  readonly log: Log
  readonly leases: Pick<Leases, 'attempt'>
  readonly inbox: Pick<Inbox, 'read' | 'get'>
  readonly waits: InboxWaits
}

/**
 * Lets every follower follow the inboxes of its parties for as long as `signal` and the lease allow; returns at once when
 * another replica does. None of them waits for another. A message that the party has acknowledged already is passed over.
 * @throws `store.unavailable`
 */
export async function runFollowers(
  followers: readonly InboxFollower[],
  parties: readonly string[],
  signal: AbortSignal,
  deps: FollowersDeps,
): Promise<void> {
  const pairs = followers.flatMap((follower) =>
    parties.filter((party) => follower.follows(party)).map((party) => ({ follower, party })),
  )
  await deps.leases.attempt(['inbox-followers'], async (lease) => {
    const until = AbortSignal.any([signal, lease.signal])
    await Promise.all(pairs.map(({ follower, party }) => followOne(follower, party, { lease, until }, deps)))
  })
}

interface Led {
  readonly lease: Lease
  readonly until: AbortSignal
}

async function followOne(follower: InboxFollower, party: string, led: Led, deps: FollowersDeps): Promise<void> {
  const { until } = led
  while (!until.aborted) {
    try {
      await followOn(follower, party, led, deps)
    } catch (cause) {
      if (until.aborted) return
      const code = NodeError.codeOf(cause)
      deps.log.warn('a follower of an inbox stops for a while', { party, service: follower.name, code })
      await pause(deps.waits, party, lookAgainMilliseconds, until)
    }
  }
}

async function followOn(
  follower: InboxFollower,
  party: string,
  { lease, until }: Led,
  deps: FollowersDeps,
): Promise<void> {
  const key = [follower.name, party]
  let { number } = (await deps.store.records.get(places, key))?.value ?? { number: 0 }
  while (!until.aborted) {
    const seen = deps.waits.commits(party)
    const page = await deps.inbox.read({ party, state: 'all', after: number, limit: pageSize })
    const before = number
    let again: number | undefined
    for (const entry of page.entries) {
      again = await handleOne(follower, entry, until, deps)
      if (until.aborted || again !== undefined) break
      number = entry.number
    }
    // A lease that was lost meanwhile refuses: whoever has it now goes on from where the place was.
    if (number !== before) await lease.write([put(places, key, { number })])
    if (until.aborted) return
    if (again !== undefined) await pause(deps.waits, party, again, until)
    else if (page.entries.length === 0)
      // Continues on purpose: told to stop, the loop ends by itself.
      await deps.waits.untilMore(party, seen, lookAgainMilliseconds, until).catch(() => undefined)
  }
}

/** Waits whatever comes in meanwhile. */
async function pause(waits: InboxWaits, party: string, milliseconds: number, signal: AbortSignal): Promise<void> {
  // Continues on purpose: told to stop, whoever waited looks at the signal.
  await waits.untilMore(party, Number.POSITIVE_INFINITY, milliseconds, signal).catch(() => undefined)
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
      if (ownFailure.test(code)) throw cause
      if (attempt < attempts) {
        await pause(deps.waits, entry.party, firstPauseMilliseconds * 2 ** (attempt - 1), signal)
        continue
      }
      await park(entry, { by: follower.name, code, at: deps.clock.now() }, deps)
      return undefined
    }
  }
}

/** Sets a message aside, unless it was acknowledged meanwhile: then nobody need look. @throws `store.unavailable` */
async function park(
  { party, number }: InboxEntry,
  parked: { readonly by: string; readonly code: string; readonly at: Instant },
  { store, log, inbox }: FollowersDeps,
): Promise<void> {
  const isParked = await retryConflict(async () => {
    const { key, value, version } = await inbox.get(party, number)
    if (value.state === 'acknowledged') return false
    const by = value.parked === undefined ? parked.by : `${value.parked.by} ${parked.by}`
    await store.write([put(entries, key, { ...value, parked: { ...parked, by } }, { expected: version })])
    return true
  })
  if (isParked) log.error('a notification is parked', { party, service: parked.by, code: parked.code })
}

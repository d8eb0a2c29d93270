import { performance } from 'node:perf_hooks'
import type { Clock } from '../kernel/clock.js'
import type { Log } from '../kernel/log.js'
import type { DiscoveryDefinition } from '../catalogue/definition.js'
import { updated, type ReplicaChange } from './copy-batch.js'
import type { Examine, Examined } from './examine.js'
import { examineInOrder } from './in-order.js'
import type { Quarantined } from './listing.js'
import type { Replica, ReplicaWriter } from './replica.js'
import { lookedAgain } from './set-aside.js'

/** A list with more that does not verify is read on, but what is over this is not remembered. */
const maxEntries = 10_000
/** Of so many the text is kept, to be tried again. */
const maxTexts = 2_000
/** For so many a line in the log is written at each look. */
const maxTold = 50
/** What was set aside is tried again at the end of each look, for so long; then it waits for the next. */
const tryAgainMilliseconds = 30_000
/** A signer that was too slow before gets the time of a whole call. */
const patienceMilliseconds = 5_000

/** What was set aside of one list, while it is read. */
export interface WaitingRoom {
  /** What an entry that was examined changes, in the copy and here. */
  receive(examined: Examined): readonly ReplicaChange[]
  /** Tries again what is due, and commits what that changes. */
  tryAgain(writer: ReplicaWriter): Promise<void>
  /** Forgets everything: the list is read from its beginning. */
  clear(): void
  /** True when something that may pass could not be kept: only reading the list again brings it back. */
  readonly isOverfull: boolean
}

/** Reads what was set aside before, without the texts. */
export async function openWaitingRoom(deps: {
  readonly definition: DiscoveryDefinition
  readonly replica: Replica
  readonly clock: Clock
  readonly log: Log
  readonly examine: Examine
}): Promise<WaitingRoom> {
  const { definition, replica, clock, log, examine } = deps
  const service = definition.id
  const entries = new Map<number, Quarantined>()
  const bySigner = new Map<string, Set<number>>()
  let isOverfull = false
  let told = 0

  /** The log does not grow with what others make up. */
  function tell({ reason }: Quarantined): void {
    told += 1
    if (told <= maxTold) log.warn('discovery entry set aside', { service, code: reason })
    if (told === maxTold) log.warn('more discovery entries are set aside without a line for each', { service })
  }

  function add(entry: Quarantined): void {
    entries.set(entry.timestamp, entry)
    if (entry.signer === undefined) return
    const numbers = bySigner.get(entry.signer) ?? new Set()
    bySigner.set(entry.signer, numbers.add(entry.timestamp))
  }

  function leave({ timestamp, signer }: Quarantined): void {
    entries.delete(timestamp)
    if (signer === undefined) return
    const numbers = bySigner.get(signer)
    numbers?.delete(timestamp)
    if (numbers?.size === 0) bySigner.delete(signer)
  }

  const textCount = (): number => [...entries.values()].filter(({ retryAt }) => retryAt !== undefined).length

  for (const entry of await replica.quarantined(service)) add(entry)
  let texts = textCount()

  /** A signer's newest word counts: what it said before and was set aside must not come back later. */
  function releaseOvertaken(signer: string, timestamp: number): readonly ReplicaChange[] {
    const overtaken = [...(bySigner.get(signer) ?? [])].filter((number) => number < timestamp)
    return overtaken.map((number) => {
      const entry = entries.get(number)
      if (entry !== undefined) leave(entry)
      return { kind: 'release', timestamp: number }
    })
  }

  function good(examined: Exclude<Examined, { kind: 'bad' }>): readonly ReplicaChange[] {
    const { signer, timestamp } = examined
    const change: ReplicaChange =
      examined.kind === 'listing'
        ? { kind: 'list', listing: examined.listing, status: examined.status }
        : { kind: 'withdraw', signer, registeredAt: examined.registeredAt }
    return [change, ...releaseOvertaken(signer, timestamp)]
  }

  return {
    get isOverfull() {
      return isOverfull
    },
    receive(examined) {
      if (examined.kind !== 'bad') return good(examined)
      const { entry, text } = examined
      tell(entry)
      if (entries.size >= maxEntries) {
        isOverfull ||= text !== undefined
        return []
      }
      const isKept = text === undefined || texts < maxTexts
      if (text !== undefined && isKept) texts += 1
      isOverfull ||= !isKept
      const { retryAt: _retryAt, ...withoutRetry } = entry
      const kept = isKept ? entry : withoutRetry
      add(kept)
      return [{ kind: 'quarantine', aside: { entry: kept, text: isKept ? text : undefined } }]
    },
    async tryAgain(writer) {
      const progress = await replica.state(service)
      const now = clock.now()
      const due = [...entries.values()]
        .filter(({ retryAt }) => retryAt !== undefined && retryAt <= now)
        .sort((a, b) => a.timestamp - b.timestamp)
      if (progress === undefined || due.length === 0) return
      const until = performance.now() + tryAgainMilliseconds
      const look = async (before: Quarantined): Promise<{ before: Quarantined; examined: Examined } | undefined> => {
        if (performance.now() > until) return undefined
        const presentation = await replica.quarantinedText(service, before.timestamp)
        if (presentation === undefined) {
          // It was verified before, and stayed listed: nothing was set aside.
          leave(before)
          return undefined
        }
        const entry = { timestamp: before.timestamp, presentation }
        return { before, examined: await examine(definition, entry, patienceMilliseconds) }
      }
      for await (const group of examineInOrder([due].values(), look)) {
        const made: ReplicaChange[] = []
        for (const looked of group) {
          // Overtaken by a newer word of its signer, in this very group or before it.
          if (looked === undefined || !entries.has(looked.before.timestamp)) continue
          const { before, examined } = looked
          if (examined.kind === 'bad') {
            const after = lookedAgain(before, examined.entry.reason, clock.now())
            leave(before)
            add(after)
            made.push(updated(after))
          } else {
            leave(before)
            made.push(...good(examined), { kind: 'release', timestamp: before.timestamp })
          }
        }
        const current = await replica.state(service)
        if (made.length > 0 && current !== undefined) await writer.commit(service, current, made)
      }
      texts = textCount()
    },
    clear() {
      entries.clear()
      bySigner.clear()
      texts = 0
    },
  }
}

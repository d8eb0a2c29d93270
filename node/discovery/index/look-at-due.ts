import { createHash } from 'node:crypto'
import type { Clock, Instant } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import { redactNumbers } from '../../kernel/identifiers.js'
import type { Log } from '../../kernel/log.js'
import type { Store } from '../../stores/contracts.js'
import { checks, entries, findPointer, type HeldCatalogue, type Pointer } from './entry.js'
import { freshnessOfList, hour } from '../freshness.js'
import type { IndexWriter, PartyChange, PartyState } from './index-records.js'
import type { Lanes } from './lanes.js'
import type { LiveIndex } from './live-index.js'
import type { LookAtCatalogue, SeenCatalogue } from './look-at-catalogue.js'

/** What the looks did, for the operator. */
export interface LookMeter {
  countLook(outcome: string): void
}

/**
 * Looks at every catalogue that is due, side by side, and takes out those whose evidence has ended. What fails is kept
 * with its reason and tried again, less and less often. Returns when each had its turn.
 * @throws `store.unavailable`, `store.conflict`
 */
export type LookAtDue = (signal?: AbortSignal) => Promise<void>

const firstRetryMilliseconds = 60_000
const longestRetryMilliseconds = 6 * hour
/** A good one is looked at again after 12 to 20 hours, each at a moment of its own: below the day that it stays fresh. */
const earliestAgain = 12 * hour
const spread = 8 * hour
const maxNotes = 5
const maxNoteLength = 300

export function createLookAtDue(deps: {
  readonly store: Pick<Store, 'records'>
  readonly clock: Clock
  readonly log: Log
  readonly live: LiveIndex
  readonly writer: IndexWriter
  readonly lanes: Lanes
  readonly look: LookAtCatalogue
  readonly meter: LookMeter
  readonly services: readonly string[]
  /** When a list was last read to its end. */
  readonly readAt: (service: string) => Promise<Instant | undefined>
}): LookAtDue {
  const { store, clock, log, live, writer, lanes, look, meter, services } = deps
  /** Whose catalogue is looked at now: a look that takes long is not begun again. */
  const underWay = new Set<string>()

  async function lookAt(did: string, mayTakeNew: (service: string) => boolean): Promise<void> {
    const [entry, check] = await Promise.all([store.records.get(entries, [did]), store.records.get(checks, [did])])
    const pointer = entry === undefined ? undefined : findPointer(entry.value)
    if (entry === undefined || check === undefined || pointer === undefined || check.value.nextAt > clock.now()) return
    const { held } = entry.value
    const known = { held, check: check.value, mayTakeNew: mayTakeNew(pointer.service) }
    // Of a list that nobody has read for a day nothing new is believed, so nothing is asked.
    if (!known.mayTakeNew && held === undefined) return
    try {
      const seen = await look(did, pointer, known)
      meter.countLook('good')
      await writer.change([{ did, make: ifStill(pointer, (state) => accept(state, did, pointer, seen)) }])
    } catch (cause) {
      const reason = NodeError.codeOf(cause)
      if (reason.startsWith('store.') || reason === 'internal.stopping') throw cause
      meter.countLook(reason)
      if (check.value.reason !== reason) log.warn('a catalogue does not count', { peer: did, code: reason })
      const notes = NodeError.is(cause) ? cause.notes : []
      await writer.change([{ did, make: ifStill(pointer, (state) => setAside(state, did, reason, notes)) }])
    }
  }

  /** What was found says nothing any more when the publisher pointed elsewhere meanwhile. */
  function ifStill(pointer: Pointer, make: (state: PartyState) => PartyState): PartyChange['make'] {
    return (state) => {
      const now = state.entry === undefined ? undefined : findPointer(state.entry)
      return now?.url === pointer.url && now.digest === pointer.digest ? make(state) : state
    }
  }

  function accept({ entry }: PartyState, did: string, { url }: Pointer, seen: SeenCatalogue): PartyState {
    const now = clock.now()
    const { catalogue, evidence, newest, etag, bodyDigest } = seen
    const held = entry?.held
    const isSame = held?.url === url && held.catalogue.digest === catalogue.digest
    const again = now + earliestAgain + (hashOf(did) % spread)
    const nextAt =
      evidence.kind === 'proof' ? Math.min(again, Math.max(now + hour, evidence.expiresAt - 6 * hour)) : again
    const next: HeldCatalogue = isSame
      ? { ...held, evidence: evidence.expiresAt >= held.evidence.expiresAt ? evidence : held.evidence }
      : { url, catalogue, evidence, takenAt: now }
    const isUnchanged = isSame && next.evidence.compact === held.evidence.compact
    return {
      entry: entry === undefined || isUnchanged ? entry : { ...entry, held: next },
      check: {
        did,
        checkedAt: now,
        nextAt,
        failures: 0,
        newest,
        ...(etag === undefined ? {} : { etag }),
        ...(bodyDigest === undefined ? {} : { bodyDigest }),
      },
    }
  }

  function setAside({ entry, check }: PartyState, did: string, reason: string, notes: readonly string[]): PartyState {
    const now = clock.now()
    const failures = (check?.failures ?? 0) + 1
    const wait = Math.min(firstRetryMilliseconds * 2 ** Math.min(failures - 1, 20), longestRetryMilliseconds)
    const since = check?.reason === reason ? (check.since ?? now) : now
    const { notes: _notes, ...before } = check ?? { did }
    const said = notes.slice(0, maxNotes).map((note) => redactNumbers(note).slice(0, maxNoteLength))
    const next = { ...before, nextAt: now + wait, failures, reason, since }
    return { entry, check: said.length === 0 ? next : { ...next, notes: said } }
  }

  const dropEnded = (did: string): PartyChange => ({
    did,
    make: ({ entry, check }) => {
      if (entry?.held === undefined || entry.held.evidence.expiresAt > clock.now()) return { entry, check }
      const { held: _ended, ...bare } = entry
      return { entry: bare, check: check === undefined ? check : { ...check, nextAt: clock.now() } }
    },
  })

  return async (signal) => {
    const now = clock.now()
    const ended = live.ended(now)
    if (ended.length > 0) await writer.change(ended.map(dropEnded))
    const due = live.due(now).filter((did) => !underWay.has(did))
    if (due.length === 0) return
    const readAt = await Promise.all(services.map(deps.readAt))
    const stale = new Set(services.filter((_, place) => freshnessOfList(readAt[place], now) === 'stale'))
    const outcomes = await Promise.allSettled(
      due.map(async (did) => {
        underWay.add(did)
        try {
          const failures = live.checkOf(did)?.failures ?? 0
          await lanes.run(live.hostOf(did), { doubtful: failures > 0 }, async () => {
            if (signal?.aborted !== true) await lookAt(did, (service) => !stale.has(service))
          })
        } finally {
          underWay.delete(did)
        }
      }),
    )
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }
}

/** Spreads looks over the hours, the same way at every node and every time. */
function hashOf(did: string): number {
  return createHash('sha256').update(did).digest().readUInt32BE(0)
}

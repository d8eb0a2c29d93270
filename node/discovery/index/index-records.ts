import type { Clock } from '../../kernel/clock.js'
import { isBsnShaped } from '../../kernel/identifiers.js'
import { randomId } from '../../kernel/random.js'
import { put, remove, type Operation, type Store, type Stored } from '../../stores/contracts.js'
import { numberPart } from '../../stores/numbered-keys.js'
import { retryConflict } from '../../stores/retry-conflict.js'
import type { FeedPosition } from '../change-feed.js'
import {
  changePrefix,
  changes,
  checks,
  entries,
  stateKey,
  states,
  type CatalogueCheck,
  type IndexEntry,
  type IndexState,
} from './entry.js'

/** What is known of a party, before and after a change. The sequence is the writer's. */
export interface PartyState {
  /** `undefined` when the party is not in the index. */
  readonly entry: Omit<IndexEntry, 'sequence'> | undefined
  readonly check: CatalogueCheck | undefined
}

/**
 * A change of what is known of one party. `make` may be called again when somebody else was quicker, so it only
 * calculates. A member that it gives back as it got it stays as it is.
 */
export interface PartyChange {
  readonly did: string
  readonly make: (before: PartyState) => PartyState
}

/** The way to change the index in the store. */
export interface IndexWriter {
  /**
   * Makes changes, those of one call in one atomic batch, with `positions` when the batch takes that much in. Calls that
   * come while another is written share the next batch. Every change of an entry gets a number of its own.
   * @throws `store.unavailable`; `store.conflict` when others were quicker every time
   */
  change(made: readonly PartyChange[], positions?: Readonly<Record<string, FeedPosition>>): Promise<void>
  /** Stops knowing how far the listings of a service were taken in. */
  forgetPosition(service: string): Promise<void>
  /** Removes deletions that are older than thirty days, at most a thousand. @throws as `change` */
  forgetDeletions(): Promise<void>
}

interface Pending {
  readonly made: readonly PartyChange[]
  readonly positions: Readonly<Record<string, FeedPosition>>
  readonly resolve: () => void
  readonly reject: (cause: unknown) => void
}

/** How long a reader of the index may be away. */
const keepDeletionsMilliseconds = 30 * 86_400_000
/** One batch holds at least one call and ends after so many changes. */
const maxBatch = 200
const maxForgotten = 1_000

export function createIndexWriter(deps: {
  readonly store: Pick<Store, 'records' | 'write'>
  readonly clock: Clock
  /** Told after each batch, with the checks in it; must not throw. */
  readonly onWritten: (checks: readonly CatalogueCheck[]) => void
}): IndexWriter {
  const { store, clock, onWritten } = deps
  const pending: Pending[] = []
  let writing = false

  async function readState(): Promise<{ readonly value: IndexState; readonly expected: 'absent' | number }> {
    const stored = await store.records.get(states, stateKey)
    return stored === undefined
      ? { value: { seed: randomId(), sequence: 0, forgotten: 0, positions: {} }, expected: 'absent' }
      : { value: stored.value, expected: stored.version }
  }

  /** Returns the checks that were written. */
  async function writeBatch(batch: readonly Pending[]): Promise<readonly CatalogueCheck[]> {
    const { value: before, expected } = await readState()
    const touched = await readTouched(batch)
    const operations: Operation[] = []
    const written: CatalogueCheck[] = []
    let { sequence } = before
    for (const [did, { stored, check, make }] of touched) {
      const known = { entry: stored?.value, check: check?.value }
      const made = make(known)
      if (made.check !== undefined && made.check !== known.check) {
        operations.push(putCheck(made.check, made.entry))
        written.push(made.check)
      }
      if (made.entry === known.entry) continue
      sequence = nextNumber(sequence)
      operations.push(...toOperations(did, stored, made.entry, sequence))
    }
    const positions = Object.assign(
      {},
      before.positions,
      ...batch.map((one) => one.positions),
    ) as IndexState['positions'] // As before.
    const state = { ...before, sequence, positions }
    await store.write([put(states, stateKey, state, { expected }), ...operations])
    return written
  }

  /** Each party once, with all that is to be done to it in order. */
  async function readTouched(batch: readonly Pending[]) {
    const makes = new Map<string, PartyChange['make'][]>()
    for (const { did, make } of batch.flatMap(({ made }) => made)) makes.set(did, [...(makes.get(did) ?? []), make])
    const found = await Promise.all(
      [...makes].map(async ([did, all]) => {
        const [stored, check] = await Promise.all([store.records.get(entries, [did]), store.records.get(checks, [did])])
        const make = (before: PartyState): PartyState => all.reduce((state, next) => next(state), before)
        return [did, { stored, check, make }] as const
      }),
    )
    return new Map(found)
  }

  function putCheck(check: CatalogueCheck, entry: PartyState['entry']): Operation {
    // Of who left it is remembered for a while what counted last, so that nothing older comes back with it.
    const options = entry === undefined ? { expiresAt: clock.now() + keepDeletionsMilliseconds } : {}
    return put(checks, [check.did], check, options)
  }

  function toOperations(
    did: string,
    stored: Stored<IndexEntry> | undefined,
    entry: PartyState['entry'],
    sequence: number,
  ): readonly Operation[] {
    const at = clock.now()
    const earlier = stored === undefined ? [] : [remove(changes, [...changePrefix, numberPart(stored.value.sequence)])]
    const key = [...changePrefix, numberPart(sequence)]
    return entry === undefined
      ? [...earlier, remove(entries, [did]), put(changes, key, { op: 'delete', did, at })]
      : [...earlier, put(entries, [did], { ...entry, sequence }), put(changes, key, { op: 'upsert', did, at })]
  }

  async function writeAll(): Promise<void> {
    writing = true
    for (let batch = takeBatch(pending); batch.length > 0; batch = takeBatch(pending)) {
      try {
        onWritten(await retryConflict(() => writeBatch(batch)))
        for (const { resolve } of batch) resolve()
      } catch (cause) {
        for (const { reject } of batch) reject(cause)
      }
    }
    writing = false
  }

  return {
    change: (made, positions = {}) =>
      new Promise((resolve, reject) => {
        pending.push({ made, positions, resolve, reject })
        if (!writing) void writeAll()
      }),
    async forgetPosition(service) {
      await retryConflict(async () => {
        const { value, expected } = await readState()
        const { [service]: _gone, ...positions } = value.positions
        await store.write([put(states, stateKey, { ...value, positions }, { expected })])
      })
    },
    async forgetDeletions() {
      const old = clock.now() - keepDeletionsMilliseconds
      await retryConflict(async () => {
        const page = await store.records.list(changes, {
          index: { name: 'deleted', value: 'yes' },
          limit: maxForgotten,
        })
        const over = page.items.filter(({ value }) => value.at < old)
        const last = over.at(-1)?.key.at(-1)
        if (last === undefined) return
        const { value, expected } = await readState()
        const forgotten = Math.max(value.forgotten, Number(last))
        await store.write([
          put(states, stateKey, { ...value, forgotten }, { expected }),
          ...over.map(({ key }) => remove(changes, key)),
        ])
      })
    },
  }
}

function takeBatch(pending: Pending[]): readonly Pending[] {
  let count = 0
  const end = pending.findIndex(({ made }) => (count += made.length) > maxBatch)
  return pending.splice(0, end < 0 ? pending.length : Math.max(1, end))
}

/** A number that could be a BSN is left out: it would be refused where a reader gives it back. */
function nextNumber(sequence: number): number {
  return isBsnShaped(String(sequence + 1)) ? sequence + 2 : sequence + 1
}

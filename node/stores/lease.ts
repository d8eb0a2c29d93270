import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import type { Clock, Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { Log } from '../kernel/log.js'
import { randomId } from '../kernel/random.js'
import { createTurns } from '../kernel/turns.js'
import { put } from './contracts.js'
import type { Collection, Key, Operation, Store, Stored, Written } from './contracts.js'

/** A lease as it is stored. It is never removed: its version and number would start again, and let an old holder write. */
interface LeaseRecord {
  /** Who has it, or had it last. */
  readonly holder: string
  /** The fencing number: one more for each next holder. */
  readonly number: number
  /** From then on anybody may take it; 0 when it was given back. */
  readonly until: Instant
}

const records: Collection<LeaseRecord> = { name: 'leases' }

const defaults = { leaseMilliseconds: 10_000, askAgainMilliseconds: 250, patienceMilliseconds: 30_000 }

/** A lease while it is held. */
export interface Lease {
  /** Higher than that of every holder before. */
  readonly number: number
  /** Aborted when the lease is lost: what the work still does may be done by somebody else as well. */
  readonly signal: AbortSignal
  /**
   * Writes a batch only while the lease is held, whatever the clocks say: a holder that was away for too long cannot write
   * over the work of the next. Renews the lease.
   * @throws as `Store.write`; `store.conflict` also when the lease is lost
   */
  write(operations: readonly Operation[]): Promise<Written>
}

/** What one process at a time may do, of all that share a store; also one caller at a time within a process. */
export interface Leases {
  /**
   * Runs `work` when nobody has the lease, and gives it back afterwards. Returns whether it ran.
   * @throws what `work` throws, `store.unavailable`
   */
  attempt(name: Key, work: (lease: Lease) => Promise<void>): Promise<boolean>
  /**
   * The same, but waits for half a minute until the lease is free.
   * @throws what `work` throws, `store.unavailable`, `store.conflict` when somebody else goes on having it
   */
  take<T>(name: Key, work: (lease: Lease) => Promise<T>): Promise<T>
}

export interface LeasesDeps {
  readonly store: Pick<Store, 'records' | 'write'>
  readonly clock: Clock
  readonly log: Log
  /** For tests. */
  readonly times?: typeof defaults
}

/**
 * Leases in the store. A holder renews its lease three times before it ends; after a holder died the lease is free within
 * ten seconds, if the clocks of the processes agree.
 */
export function createLeases({ store, clock, log, times = defaults }: LeasesDeps): Leases {
  const holder = randomId()
  const turns = createTurns()
  const { leaseMilliseconds, askAgainMilliseconds, patienceMilliseconds } = times

  /** Takes the lease when it is free. */
  async function acquire(name: Key): Promise<Stored<LeaseRecord> | undefined> {
    const found = await store.records.get(records, name)
    if (found !== undefined && found.value.until > clock.now()) return undefined
    const value = { holder, number: (found?.value.number ?? 0) + 1, until: clock.now() + leaseMilliseconds }
    try {
      const written = await store.write([put(records, name, value, { expected: found?.version ?? 'absent' })])
      const [version = 0] = written.versions
      return { key: name, value, version }
    } catch (cause) {
      if (NodeError.codeOf(cause) === 'store.conflict') return undefined
      throw cause
    }
  }

  async function use<T>(acquired: Stored<LeaseRecord>, work: (lease: Lease) => Promise<T>): Promise<T> {
    const held = holdLease(acquired, { store, clock, leaseMilliseconds })
    // A renewal that fails is tried again until the lease has ended.
    const renewing = setInterval(() => void held.renew().catch(() => undefined), leaseMilliseconds / 3)
    renewing.unref()
    try {
      return await work(held.lease)
    } finally {
      clearInterval(renewing)
      // Continues on purpose: what is not given back ends by itself.
      await held.giveBack().catch((cause: unknown) => {
        log.warn('a lease could not be given back', { code: NodeError.codeOf(cause) })
      })
    }
  }

  return {
    async attempt(name, work) {
      const acquired = await acquire(name)
      if (acquired === undefined) return false
      await use(acquired, work)
      return true
    },
    take: (name, work) =>
      turns.take(JSON.stringify(name), async () => {
        const patienceEnds = performance.now() + patienceMilliseconds
        for (;;) {
          const acquired = await acquire(name)
          if (acquired !== undefined) return use(acquired, work)
          if (performance.now() > patienceEnds) throw new NodeError('store.conflict', { detail: 'the lease is taken' })
          await setTimeout(askAgainMilliseconds)
        }
      }),
  }
}

interface Held {
  readonly lease: Lease
  renew(): Promise<void>
  giveBack(): Promise<void>
}

function holdLease(
  { key, value, version: firstVersion }: Stored<LeaseRecord>,
  deps: Pick<LeasesDeps, 'store' | 'clock'> & { readonly leaseMilliseconds: number },
): Held {
  const { store, clock, leaseMilliseconds } = deps
  const lost = new AbortController()
  /** One write after the other: each expects the version that the one before left. */
  const turns = createTurns()
  /** `undefined` after a write of which the outcome is not known. */
  let version: number | undefined = firstVersion
  let until = value.until

  async function findVersion(): Promise<number> {
    const found = version === undefined ? await store.records.get(records, key) : undefined
    if (found?.value.number === value.number) version = found.version
    if (version !== undefined) return version
    lost.abort()
    throw new NodeError('store.conflict', { detail: 'the lease is lost' })
  }

  function writeAs(next: LeaseRecord, operations: readonly Operation[]): Promise<Written> {
    return turns.take('write', async () => {
      if (lost.signal.aborted) throw new NodeError('store.conflict', { detail: 'the lease is lost' })
      try {
        const expected = await findVersion()
        version = undefined
        const { versions, numbers } = await store.write([put(records, key, next, { expected }), ...operations])
        version = versions[0]
        until = next.until
        return { versions: versions.slice(1), numbers }
      } catch (cause) {
        // Whose conflict it is shows when the record is read again.
        if (NodeError.codeOf(cause) === 'store.conflict' && !lost.signal.aborted) await findVersion()
        if (clock.now() >= until) lost.abort()
        throw cause
      }
    })
  }

  const write = (operations: readonly Operation[]): Promise<Written> =>
    writeAs({ ...value, until: clock.now() + leaseMilliseconds }, operations)

  return {
    lease: { number: value.number, signal: lost.signal, write },
    async renew() {
      await write([])
    },
    async giveBack() {
      if (!lost.signal.aborted) await writeAs({ ...value, until: 0 }, [])
    },
  }
}

import { setTimeout } from 'node:timers/promises'
import { NodeError } from '../kernel/errors.js'
import type { Log } from '../kernel/log.js'
import { noEnds, parseEnds, parseEntry, requireEnds } from './chain.js'
import type { Ends, StoredEntry } from './chain.js'
import { endsKey, journalRange, numberInJournalKey } from './key-spaces.js'
import type { BytesPlace, OrderedBytes } from './ordered-bytes.js'
import { notInTime } from './stall.js'

const firstPauseMilliseconds = 250
const longestPauseMilliseconds = 5000

/** Ends after `milliseconds`, or rejects when `signal` is aborted; keeps no process alive. */
export type Pause = (milliseconds: number, signal: AbortSignal) => Promise<void>

export interface ConnectionDeps {
  readonly place: BytesPlace
  readonly log: Log
  /** For tests; the default waits on the machine's timer. */
  readonly pause?: Pause
}

/**
 * The open bytes of a store, and what happens when the medium fails: from the first failed write the store is not
 * ready, reads go on where they can, and the bytes are opened again until that works.
 *
 * LevelDB keeps failing on a handle that failed once, also when the disk has room again, so a write is never tried again
 * on the same handle.
 */
export interface Connection {
  /** The bytes to read from. @throws `store.unavailable` while none are open */
  readable(): OrderedBytes
  /** The bytes to write to. @throws `store.unavailable` from a failure until the bytes have been opened again */
  writable(): OrderedBytes
  /** The ends of the journal that are known to be stored. @throws as `readable` */
  ends(): Ends
  /** Says that the journal has been stored with these ends. */
  setEnds(ends: Ends): void
  /** Why about so many bytes cannot be written although the bytes are open: the medium is nearly full. */
  findShortage(bytes: number): Promise<NodeError | undefined>
  /** Says that a write is not done in time, and nothing else may be written until it is. */
  stall(): void
  /** Says that a write is done, so that others may follow. */
  proceed(): void
  /** Says that a write failed; starts opening again. */
  fail(cause: unknown): void
  /** Closes what is open and stops opening again. */
  close(): Promise<void>
}

/** Takes over `bytes`, which `place` opened; `ends` is what `readEnds` found in them. */
export function createConnection(deps: ConnectionDeps, bytes: OrderedBytes, ends: Ends): Connection {
  const { place, log, pause = pauseUnreferenced } = deps
  const stop = new AbortController()
  let open: OrderedBytes | undefined = bytes
  let known = ends
  let state: 'ready' | 'failed' | 'closed' = 'ready'
  let reopening: Promise<void> = Promise.resolve()
  let isShort = false
  let isStalled = false

  async function release(): Promise<void> {
    const released = open
    open = undefined
    // Continues on purpose: a handle that failed may also fail to close, and is of no more use either way.
    await released?.close().catch((error: unknown) => log.warn('closing the store failed', describe(error)))
  }

  async function reopen(): Promise<void> {
    await place.probe()
    await release()
    open = await place.open()
    known = await readEnds(open)
  }

  async function reopenUntilItWorks(): Promise<void> {
    let milliseconds = firstPauseMilliseconds
    while (!stop.signal.aborted) {
      try {
        await pause(milliseconds, stop.signal)
        await reopen()
        if (state !== 'failed') return
        state = 'ready'
        log.info('the store is ready again')
        return
      } catch (error) {
        // Continues on purpose: only an operator can help, and the log says so at every attempt.
        if (!stop.signal.aborted) log.warn('the store is still not ready', describe(error))
      }
      milliseconds = Math.min(milliseconds * 2, longestPauseMilliseconds)
    }
  }

  function readable(): OrderedBytes {
    if (state !== 'closed' && open !== undefined) return open
    throw new NodeError('store.unavailable', {
      detail: state === 'closed' ? 'the store is closed' : 'the store is opening',
    })
  }

  return {
    readable,
    writable() {
      if (state === 'failed') throw new NodeError('store.unavailable', { detail: 'the store cannot be written' })
      if (isStalled) throw notInTime()
      return readable()
    },
    ends() {
      readable()
      return known
    },
    setEnds(stored) {
      known = stored
    },
    async findShortage(bytes) {
      const wasShort = isShort
      isShort = !(await place.hasRoom(bytes))
      if (isShort && !wasShort) log.error('the disk is nearly full; nothing is written until it has room again')
      if (!isShort && wasShort) log.info('the disk has room again')
      return isShort ? new NodeError('store.unavailable', { detail: 'the disk is nearly full' }) : undefined
    },
    stall() {
      isStalled = true
      log.error('a write is not done in time; nothing is written until it is')
    },
    proceed() {
      if (isStalled) log.info('the write that was not done in time has ended')
      isStalled = false
    },
    fail(cause) {
      if (state !== 'ready') return
      state = 'failed'
      log.error('the store cannot be written; opening it again', describe(cause))
      reopening = reopenUntilItWorks()
    },
    async close() {
      state = 'closed'
      stop.abort()
      await reopening
      await release()
    },
  }
}

/** The ends of the journal in `bytes`. @throws `store.damaged` when its newest entries are not those that it ends with */
export async function readEnds(bytes: OrderedBytes): Promise<Ends> {
  const stored = bytes.getSync(endsKey)
  const ends = stored === undefined ? noEnds : parseEnds(stored)
  const newest: StoredEntry[] = []
  for await (const { key, value } of bytes.scan({ ...journalRange(0), order: 'descending' })) {
    newest.push(parseEntry(numberInJournalKey(key), value))
    if (newest.length === 2) break
  }
  requireEnds(ends, newest)
  return ends
}

/** `error` as the contract of the stores names it: what is not a `NodeError` came from the medium. */
export function toStoreError(error: unknown): NodeError {
  return NodeError.is(error) ? error : new NodeError('store.unavailable', { detail: reasonOf(error), cause: error })
}

function describe(error: unknown): { readonly code: string; readonly detail: string } {
  return { code: NodeError.codeOf(toStoreError(error)), detail: reasonOf(error) }
}

/** Names the failure and nothing that was stored. */
function reasonOf(error: unknown): string {
  if (NodeError.is(error)) return error.detail ?? error.code
  if (typeof error !== 'object' || error === null) return 'unknown'
  const own = 'code' in error ? String(error.code) : 'name' in error ? String(error.name) : 'unknown'
  return 'cause' in error && error.cause !== undefined ? `${own}, ${reasonOf(error.cause)}` : own
}

const pauseUnreferenced: Pause = (milliseconds, signal) => setTimeout(milliseconds, undefined, { ref: false, signal })

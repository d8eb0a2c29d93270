import type { Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import type { Log } from '../../kernel/log.js'
import { randomBelow } from '../../kernel/random.js'
import type { Key, Records } from '../../stores/contracts.js'
import type { Leases } from '../../stores/lease.js'
import { readAll } from '../../stores/read-all.js'
import type { Drain } from './drain.js'
import { dueReceivers, receiverKey, receiverStates, type ReceiverState } from './outbox-records.js'

/** Sends what waits in the outbox, together with the other replicas of the node. */
export interface Sender {
  /** Looks for whom something waits and begins to deliver; returns when that is found, not when it is delivered. */
  look(): Promise<void>
  /** Something was put for these receivers: begins at once. */
  hurry(receivers: readonly Key[]): void
  /** Returns when nothing is being delivered that was begun by now. */
  idle(): Promise<void>
  /** Begins nothing more, and returns when what was begun has ended. */
  stop(): Promise<void>
}

export interface SenderDeps {
  readonly clock: Clock
  readonly log: Log
  readonly records: Pick<Records, 'get' | 'list'>
  readonly leases: Pick<Leases, 'attempt'>
  readonly drain: Drain
  /** To how many receivers is delivered at a time. */
  readonly receiversAtOnce: number
  /** @throws while nothing may be sent: a restored node that nobody confirmed */
  readonly requireConfirmed: () => Promise<void>
}

/** After this another replica that had the lease is asked again: it may have been about to give it back. */
const askAgainMilliseconds = 250

/**
 * Each receiver is served by one sender at a time, of all processes that share the store: the one with its lease. So what
 * waits for one receiver has one order, and no receiver waits for another.
 */
export function createSender(deps: SenderDeps): Sender {
  const { clock, log, records, leases, drain } = deps
  const stopping = new AbortController()
  const running = new Map<string, Promise<void>>()
  /** Receivers to look at when there is room, or again. */
  const waiting = new Map<string, Key>()
  /** Receivers that another replica serves, each asked for once in a while, however often it is looked at meanwhile. */
  const asking = new Map<string, NodeJS.Timeout>()

  function begin(key: Key): void {
    const name = nameOf(key)
    if (stopping.signal.aborted) return
    if (running.has(name) || running.size >= deps.receiversAtOnce) {
      waiting.set(name, key)
      return
    }
    waiting.delete(name)
    const run = serve(key)
      .catch((cause: unknown) => {
        // Continues on purpose: the next look finds what is left.
        if (!stopping.signal.aborted) log.warn('notifications could not be sent', { code: NodeError.codeOf(cause) })
      })
      .finally(() => {
        running.delete(name)
        for (const next of [...waiting.values()]) begin(next)
      })
    running.set(name, run)
  }

  async function serve(key: Key): Promise<void> {
    await deps.requireConfirmed()
    const [due, state] = await Promise.all([records.get(dueReceivers, key), records.get(receiverStates, key)])
    if (due === undefined || !isDue(due.version, state?.value, clock.now())) return
    const name = ['notifications', ...receiverKey(due.value)]
    const ran = await leases.attempt(name, (lease) => drain(due.value, lease, stopping.signal))
    if (!ran) askAgain(key)
  }

  function askAgain(key: Key): void {
    const name = nameOf(key)
    if (stopping.signal.aborted || asking.has(name)) return
    const ask = (): void => {
      asking.delete(name)
      begin(key)
    }
    asking.set(name, setTimeout(ask, askAgainMilliseconds).unref())
  }

  return {
    async look() {
      const [found, states] = await Promise.all([readAll(records, dueReceivers), readAll(records, receiverStates)])
      const byName = new Map(states.map(({ key, value }) => [nameOf(key), value]))
      const now = clock.now()
      // From another place each time, so that replicas share them.
      const first = found.length === 0 ? 0 : randomBelow(found.length)
      for (const { key, version } of [...found.slice(first), ...found.slice(0, first)])
        if (isDue(version, byName.get(nameOf(key)), now)) begin(key)
    },
    hurry(receivers) {
      for (const key of receivers) begin(key)
    },
    async idle() {
      await Promise.all(running.values())
    },
    async stop() {
      stopping.abort()
      waiting.clear()
      for (const timer of asking.values()) clearTimeout(timer)
      await Promise.all(running.values())
    },
  }
}

function nameOf(key: Key): string {
  return JSON.stringify(key)
}

/** What failed waits for its time; what is new need not, unless the receiver asked for that. */
function isDue(version: number, state: ReceiverState | undefined, now: number): boolean {
  if (state === undefined || now >= state.retryAt) return true
  return now >= state.notBefore && version !== state.lookedAt
}

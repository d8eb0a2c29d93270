import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../kernel/clock.js'
import type { NodeError } from '../kernel/errors.js'
import { toStoreError } from './connection.js'
import type { Connection } from './connection.js'
import { createGroup } from './draft.js'
import type { Draft, Group } from './draft.js'
import { notInTime, patienceMilliseconds, watchStall } from './stall.js'

/** Bounds on what is stored at once, so that one group neither holds up the event loop nor fills the memory. */
const maxGroupSize = 16 * 1024 * 1024
const maxGroupTransactions = 1024

/** Something to be done to the store as a whole, or not at all. */
export interface Transaction<T> {
  /** About how many bytes it adds. */
  readonly size: number
  /** Decides and changes synchronously; what it throws is what `submit` throws, and then nothing is changed. */
  readonly run: (draft: Draft) => T
  /** Writes to the medium also when there is nothing to change. */
  readonly always?: true
}

/** The only writer of a store. */
export interface GroupCommit {
  /**
   * Runs `transaction` after all that were submitted before, and returns its result once it is durable.
   * @throws what the transaction throws; `store.unavailable` when the medium fails, and then the outcome is unknown
   */
  submit<T>(transaction: Transaction<T>): Promise<T>
  /** Returns when everything that was submitted has ended. */
  drained(): Promise<void>
}

interface Waiting {
  readonly size: number
  readonly always: boolean
  /** Runs the transaction in the group and returns what tells the caller. */
  readonly run: (group: Group) => () => void
  readonly reject: (error: unknown) => void
}

/**
 * Commits in groups: all that is waiting is decided in order, each on top of those before it, and stored with one
 * durable write. Nobody hears anything before that write, because a refusal may rest on a change of the same group; only
 * when it takes longer than `patience` milliseconds, all hear that the outcome is unknown, and nothing follows before its end.
 */
export function createGroupCommit(deps: {
  readonly connection: Connection
  readonly clock: Clock
  readonly patience?: number | undefined
}): GroupCommit {
  const { connection, clock, patience = patienceMilliseconds } = deps
  let queue: Waiting[] = []
  let running: Promise<void> | undefined

  async function commitAll(): Promise<void> {
    while (queue.length > 0) {
      // Callers that were answered a moment ago, or act in the same turn, join this group instead of the next.
      await setImmediate()
      await commit(takeGroup())
    }
    running = undefined
  }

  function takeGroup(): readonly Waiting[] {
    let size = 0
    let count = 0
    for (const waiting of queue) {
      size += waiting.size
      if (count > 0 && (size > maxGroupSize || count >= maxGroupTransactions)) break
      count += 1
    }
    const taken = queue.slice(0, count)
    queue = queue.slice(count)
    return taken
  }

  function refuse(members: readonly Waiting[], error: NodeError): void {
    const waiting = [...members, ...queue]
    queue = []
    for (const member of waiting) member.reject(error)
  }

  async function commit(members: readonly Waiting[]): Promise<void> {
    try {
      const shortage = await connection.findShortage(members.reduce((total, { size }) => total + size, 0))
      if (shortage !== undefined) return refuse(members, shortage)
      const bytes = connection.writable()
      const group = createGroup({ get: (key) => bytes.getSync(key), ends: connection.ends(), now: clock.now() })
      const answers = members.map((member) => member.run(group))
      const changes = group.changes()
      if (changes.length > 0 || members.some((member) => member.always)) {
        await watchStall(bytes.apply(changes), patience, () => {
          connection.stall()
          refuse(members, notInTime())
        })
      }
      connection.setEnds(group.ends())
      connection.proceed()
      for (const answer of answers) answer()
    } catch (error) {
      connection.proceed()
      connection.fail(error)
      refuse(members, toStoreError(error))
    }
  }

  return {
    submit<T>({ size, run, always }: Transaction<T>) {
      return new Promise<T>((resolve, reject) => {
        connection.writable()
        queue.push({
          size,
          always: always === true,
          reject,
          run(group) {
            try {
              const result = group.run(run)
              return () => resolve(result)
            } catch (error) {
              const refusal = toStoreError(error)
              return () => reject(refusal)
            }
          },
        })
        running ??= commitAll()
      })
    },
    async drained() {
      await running
    },
  }
}

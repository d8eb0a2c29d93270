import type { Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { Log } from '../kernel/log.js'
import type { Operation } from '../stores/contracts.js'
import type { InboxEntry, ReceivedMessage } from './inbox-records.js'
import type { OnReceived } from './inbox-writer.js'

type Parked = NonNullable<InboxEntry['parked']>

const attempts = 3
/** Failures of the node itself, for which no message is to blame. */
const ownFailure = /^(store|audit|internal\.stopping|token\.unconfirmed)/

/** Asks what other parts of the node do because of a message. */
export interface AskOnReceived {
  /**
   * What all of them want written. A message that one of them cannot handle is stored all the same, and set aside for
   * somebody to look at: with what the others want.
   * @throws what is no fault of the message
   */
  ask(message: ReceivedMessage): Promise<{ readonly operations: readonly Operation[]; readonly parked?: Parked }>
  /** Says in the log that a message is set aside. */
  park(message: ReceivedMessage, by: string, code: string): Parked
}

export function createAskOnReceived(deps: {
  readonly clock: Clock
  readonly log: Log
  readonly onReceived: readonly OnReceived[]
}): AskOnReceived {
  const park: AskOnReceived['park'] = ({ party }, by, code) => {
    deps.log.error('a notification is parked', { party, service: by, code })
    return { by, code, at: deps.clock.now() }
  }
  return {
    park,
    async ask(message) {
      const operations: Operation[] = []
      const failed: { readonly name: string; readonly code: string }[] = []
      for (const { name, operations: ask } of deps.onReceived) {
        try {
          operations.push(...(await tryThreeTimes(() => ask(message))))
        } catch (cause) {
          const code = NodeError.codeOf(cause)
          if (ownFailure.test(code)) throw cause
          failed.push({ name, code })
        }
      }
      const [first] = failed
      if (first === undefined) return { operations }
      return { operations, parked: park(message, failed.map(({ name }) => name).join(' '), first.code) }
    },
  }
}

async function tryThreeTimes<T>(run: () => T | Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run()
    } catch (cause) {
      if (attempt === attempts || ownFailure.test(NodeError.codeOf(cause))) throw cause
    }
  }
}

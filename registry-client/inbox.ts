import { createEventReader } from '../schemas/wire/event-stream.js'
import { inboxAcknowledgedSchema, inboxMessageSchema, type InboxMessage } from '../schemas/wire/inbox.js'
import type { Caller, CallOptions } from './call.js'
import type { ClientClock } from './clock.js'
import { RegistryError } from './error.js'
import { parseJson, protocolFailure } from './failure.js'
import type { OwnNode } from './own-node.js'

export type { InboxMessage } from '../schemas/wire/inbox.js'

/** Messages that the own party received: notificaties and meldingen. */
export interface InboxSubscription {
  readonly topic: 'inbox'
  /** The `position` of the last message that was processed; without it the oldest that waits comes first. */
  readonly after?: string
}

/** How messages are followed. */
export interface InboxOptions extends Pick<CallOptions, 'signal'> {
  /** Told when the node does not answer or breaks off, with when it is asked again. Following goes on. */
  readonly onUnavailable?: (failure: RegistryError, nextSeconds: number) => void
}

/** What is said to the node of messages that were processed. */
export interface Acknowledgement {
  /** The numbers of messages, or with `through` every one up to that number. */
  readonly numbers?: readonly number[]
  readonly through?: number
  /** Who processed them, for the journal of the node; the application unless given. */
  readonly by?: string
  /** The trace under which the source was asked because of them. */
  readonly raadplegingTraceId?: string
}

/** The inbox of the own party. */
export interface OwnInbox {
  /** Says that messages were processed: they are given no more. Returns how many were not acknowledged before. */
  acknowledge(acknowledgement: Acknowledgement, options?: CallOptions): Promise<number>
}

const firstPauseSeconds = 1
const longestPauseSeconds = 60
/** The node says every fifteen seconds that it is there. */
const idleSeconds = 45

interface Deps {
  readonly node: OwnNode
  readonly caller: Caller
  readonly clock: ClientClock
  readonly subject: string
}

const partsOf = (subject: string, name: string): readonly string[] => [
  'internal',
  'bronnet',
  'v1',
  'notifications',
  'inbox',
  subject,
  name,
]

/**
 * Follows the inbox until the application stops: by leaving the loop, or with its signal, which throws what it says. A
 * connection that breaks off is made again, after the last message that came, so nothing is left out; what was not
 * acknowledged can come again after a start without a position.
 */
export function createFollowInbox({ node, caller, clock, subject }: Deps) {
  return async function* follow(
    { after }: InboxSubscription,
    { signal, onUnavailable }: InboxOptions = {},
  ): AsyncGenerator<InboxMessage> {
    let position = after
    let failures = 0
    for (;;) {
      signal?.throwIfAborted()
      const read = createEventReader()
      const headers = { accept: 'text/event-stream', ...(position === undefined ? {} : { 'last-event-id': position }) }
      try {
        const url = node.address({ parts: partsOf(subject, 'events') })
        for await (const text of caller.stream({ url, method: 'GET', headers }, { to: 'node', idleSeconds, signal })) {
          failures = 0
          for (const { data } of read(text)) {
            const message = inboxMessageSchema.safeParse(parseJson(data))
            if (!message.success) throw protocolFailure('node', 200, 'a message has another shape')
            position = message.data.position
            yield message.data
          }
        }
        throw new RegistryError('unavailable', 'The node ended the stream.', { from: 'node' })
      } catch (failure) {
        signal?.throwIfAborted()
        if (!(failure instanceof RegistryError) || failure.code !== 'unavailable') throw failure
        failures += 1
        const doubled = Math.min(longestPauseSeconds, firstPauseSeconds * 2 ** (failures - 1))
        // Between half and all of it, so that applications that were cut off together do not come back together.
        const seconds = Math.max(doubled * (0.5 + clock.random() / 2), failure.retryAfterSeconds ?? 0)
        onUnavailable?.(failure, seconds)
        await clock.sleep(seconds * 1000, signal)
      }
    }
  }
}

/** Makes what is said back to the inbox. */
export function createOwnInbox({ node, caller, subject }: Omit<Deps, 'clock'>): OwnInbox {
  return {
    async acknowledge({ by = 'application', ...which }, options) {
      const parts = partsOf(subject, 'acknowledge')
      const answer = await node.post(caller.begin(options), inboxAcknowledgedSchema, { parts, body: { by, ...which } })
      return answer.acknowledged
    },
  }
}

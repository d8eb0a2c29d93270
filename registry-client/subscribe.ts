import { z } from 'zod'
import type { Caller, CallOptions } from './call.js'
import type { ClientClock } from './clock.js'
import { RegistryError } from './error.js'
import { createFollowInbox, type InboxMessage, type InboxOptions, type InboxSubscription } from './inbox.js'
import type { OwnNode } from './own-node.js'

/** How far a reader of changes is: keep it with what was made of them, to go on there the next time. */
export interface Position {
  /** Names the index; another one means that it began anew. */
  readonly seed: string
  readonly sequence: number
}

/** A change of the index of the own node: of which parties there are, and what they publish. */
export type IndexChange =
  | {
      readonly kind: 'changed'
      readonly position: Position
      readonly did: string
      /** Absent for a party without a catalogue that was found good. */
      readonly catalogue:
        { readonly url: string; readonly digest: string; readonly version: string | undefined } | undefined
      /** RFC 3339: when its registration ends unless it is made again. */
      readonly expires: string
    }
  | { readonly kind: 'gone'; readonly position: Position; readonly did: string }
  /** The index began anew, or the reader was away for too long: forget everything; all there is follows. */
  | { readonly kind: 'restarted'; readonly position: Position }

/** The index of the own node. */
export interface IndexSubscription {
  readonly topic: 'index'
  /** Where to go on; without it everything that there is comes first. */
  readonly since?: Position
}

/** How changes are followed. */
export interface SubscribeOptions extends Pick<CallOptions, 'signal'> {
  /** How long to wait when there is nothing new: 60 unless given. */
  readonly pollSeconds?: number
  /** Told when the node does not answer, with when it is asked again. Following goes on. */
  readonly onUnavailable?: (failure: RegistryError, nextSeconds: number) => void
}

/**
 * Follows changes until the application stops: by leaving the loop, or with its signal, which throws what it says.
 *
 * A node that does not answer is asked again, with pauses that double up to five minutes and never shorter than it says.
 * Every change comes at least once and in order; after `restarted` what was known is to be forgotten.
 * @throws RegistryError for all but `unavailable`
 */
export interface Subscribe {
  /** Follows the messages that the own party receives; those come as they are stored. */
  (subscription: InboxSubscription, options?: InboxOptions): AsyncIterable<InboxMessage>
  (subscription: IndexSubscription, options?: SubscribeOptions): AsyncIterable<IndexChange>
}

const feedSchema = z.looseObject({
  seed: z.string(),
  seq: z.int().nonnegative(),
  more: z.boolean(),
  entries: z.array(
    z.discriminatedUnion('op', [
      z.looseObject({
        op: z.literal('upsert'),
        seq: z.int().nonnegative(),
        did: z.string(),
        expires: z.string(),
        catalogURL: z.string().optional(),
        digest: z.string().optional(),
        version: z.string().optional(),
      }),
      z.looseObject({ op: z.literal('delete'), seq: z.int().nonnegative(), did: z.string() }),
    ]),
  ),
})

type Entry = z.output<typeof feedSchema>['entries'][number]

const longestPauseSeconds = 300

/** Makes the verb `subscribe` of a client. */
export function createSubscribe(deps: {
  readonly node: OwnNode
  readonly caller: Caller
  readonly clock: ClientClock
  /** The party of which the inbox is followed. */
  readonly subject: string
}): Subscribe {
  const { node, caller, clock } = deps
  const followInbox = createFollowInbox(deps)

  /** A page, or that reading must begin anew. */
  async function readPage({ sequence }: Position, signal: AbortSignal | undefined) {
    const query = { since: String(sequence), limit: '500' }
    try {
      return await node.get(caller.begin({ signal }), feedSchema, { parts: ['index', 'v1', 'entries'], query })
    } catch (failure) {
      // What came after `sequence` is not kept any more.
      if (failure instanceof RegistryError && failure.status === 410 && sequence > 0) return 'gone'
      throw failure
    }
  }

  async function* followIndex(
    { since }: IndexSubscription,
    options: SubscribeOptions = {},
  ): AsyncGenerator<IndexChange> {
    const { signal, pollSeconds = 60, onUnavailable } = options
    let position: Position = since ?? { seed: '', sequence: 0 }
    let failures = 0
    for (;;) {
      signal?.throwIfAborted()
      let page: Awaited<ReturnType<typeof readPage>>
      try {
        page = await readPage(position, signal)
        failures = 0
      } catch (failure) {
        if (!(failure instanceof RegistryError) || failure.code !== 'unavailable') throw failure
        failures += 1
        const doubled = Math.min(longestPauseSeconds, pollSeconds * 2 ** (failures - 1))
        const seconds = Math.max(vary(doubled), failure.retryAfterSeconds ?? 0)
        onUnavailable?.(failure, seconds)
        await clock.sleep(seconds * 1000, signal)
        continue
      }
      if (page === 'gone' || (page.seed !== position.seed && position.sequence > 0)) {
        position = { seed: page === 'gone' ? '' : page.seed, sequence: 0 }
        yield { kind: 'restarted', position }
        continue
      }
      for (const entry of page.entries) {
        position = { seed: page.seed, sequence: entry.seq }
        yield toChange(entry, position)
      }
      position = { seed: page.seed, sequence: page.seq }
      if (!page.more) await clock.sleep(vary(pollSeconds) * 1000, signal)
    }
  }

  function subscribe(subscription: InboxSubscription, options?: InboxOptions): AsyncIterable<InboxMessage>
  function subscribe(subscription: IndexSubscription, options?: SubscribeOptions): AsyncIterable<IndexChange>
  function subscribe(
    subscription: IndexSubscription | InboxSubscription,
    options?: SubscribeOptions & InboxOptions,
  ): AsyncIterable<IndexChange> | AsyncIterable<InboxMessage> {
    return subscription.topic === 'index' ? followIndex(subscription, options) : followInbox(subscription, options)
  }
  return subscribe

  /** Between half and all of it, so that applications that began together do not ask together. */
  function vary(seconds: number): number {
    return seconds * (0.5 + clock.random() / 2)
  }
}

function toChange(entry: Entry, position: Position): IndexChange {
  if (entry.op === 'delete') return { kind: 'gone', position, did: entry.did }
  const { did, expires, catalogURL: url, digest, version } = entry
  const catalogue = url === undefined || digest === undefined ? undefined : { url, digest, version }
  return { kind: 'changed', position, did, catalogue, expires }
}

import type { Audit } from '../audit/audit.js'
import { inboxRoutes } from '../http/routes/inbox.js'
import { webhookRoutes } from '../http/routes/webhooks.js'
import type { Background } from '../kernel/background.js'
import type { Clock, Instant } from '../kernel/clock.js'
import type { Log } from '../kernel/log.js'
import type { Outbound } from '../kernel/outbound.js'
import { randomBelow } from '../kernel/random.js'
import type { EncodedEvent } from '../notifications/cloud-events.js'
import { runFollowers, type InboxFollower } from '../notifications/followers.js'
import { createInbox } from '../notifications/inbox.js'
import { createInboxWaits, type InboxWaits } from '../notifications/inbox-stream.js'
import type { InboxWriter, OnReceived } from '../notifications/inbox-writer.js'
import { measureInboxes, type InboxMeter } from '../notifications/measure-inbox.js'
import { createRetryParked } from '../notifications/retry-parked.js'
import { createWebhooks } from '../notifications/webhook.js'
import type { Leases } from '../stores/lease.js'
import type { Store } from '../stores/contracts.js'
import type { Configuration } from '../../schemas/configuration.js'

/** What the inboxes need of the rest of the node. */
export interface ComposeInboxDeps {
  readonly configuration: Configuration
  readonly clock: Clock
  readonly log: Log
  readonly store: Store
  readonly audit: Audit
  readonly leases: Leases
  /** When the store was last restored; 0 for never. */
  readonly restoredAt: Instant
  readonly outbound: Outbound
  readonly metrics: { readonly inbox: InboxMeter }
}

/** Another replica takes over what was followed by one that has ended. */
const askToFollowEveryMilliseconds = 3_000
const measureEveryMilliseconds = 30_000

/** For who waits for what comes into inboxes. */
export interface InboxWaiting {
  readonly waits: InboxWaits
  /** Aborted when nobody is to wait any longer. */
  readonly stopping: AbortSignal
}

/** The part of `notifications.ts` that hands over what was received, to own systems and to the node itself. */
export function composeInbox(
  deps: ComposeInboxDeps & {
    readonly writer: InboxWriter
    readonly onReceived: readonly OnReceived[]
    readonly findEventType: (name: string) => EncodedEvent | undefined
    /** The parties that receive. */
    readonly subjects: readonly string[]
  },
) {
  const { writer, subjects } = deps
  const { keepDays, webhookSecrets } = deps.configuration.notifications
  const inbox = createInbox({ ...deps, keepDays })
  const waits = createInboxWaits(writer)
  const stopping = new AbortController()
  const waiting: InboxWaiting = { waits, stopping: stopping.signal }
  const receives = (party: string): boolean => subjects.includes(party)
  const webhooks = createWebhooks({
    ...deps,
    inbox,
    secretFiles: webhookSecrets,
    random: () => randomBelow(1000) / 1000,
  })
  // What is done with each message after it was stored.
  const followers: readonly InboxFollower[] = [webhooks.follower]
  return {
    inbox,
    waiting,
    routes: [
      ...inboxRoutes({
        ...deps,
        inbox,
        waits,
        retryParked: createRetryParked({ ...deps, inbox, followers, keepDays }),
        receives,
        stopping: stopping.signal,
      }),
      ...webhookRoutes({ webhooks, receives }),
    ],
    /** Lets nobody wait any longer. */
    letGo: () => stopping.abort(),
    start(background: Background): void {
      if (subjects.length === 0) return
      background.every({
        job: 'inbox followers',
        intervalMilliseconds: askToFollowEveryMilliseconds,
        atOnce: true,
        run: (signal) => runFollowers(followers, subjects, signal, { ...deps, inbox, waits }),
      })
      background.every({
        job: 'inbox metrics',
        intervalMilliseconds: measureEveryMilliseconds,
        atOnce: true,
        run: async () => deps.metrics.inbox.set(await measureInboxes(subjects, { ...deps, inbox })),
      })
    },
  }
}

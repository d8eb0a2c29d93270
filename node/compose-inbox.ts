import type { Audit } from './audit/audit.js'
import { inboxRoutes } from './http/routes/inbox.js'
import type { Background } from './kernel/background.js'
import type { Clock, Instant } from './kernel/clock.js'
import type { Log } from './kernel/log.js'
import { runFollower, type InboxFollower } from './notifications/followers.js'
import { createInbox } from './notifications/inbox.js'
import { createInboxWaits } from './notifications/inbox-stream.js'
import type { InboxWriter, OnReceived } from './notifications/inbox-writer.js'
import { createRetryParked } from './notifications/retry-parked.js'
import type { Leases } from './stores/lease.js'
import type { Store } from './stores/contracts.js'

/** What the inboxes need of the rest of the node. */
export interface ComposeInboxDeps {
  readonly clock: Clock
  readonly log: Log
  readonly store: Store
  readonly audit: Audit
  readonly leases: Leases
  /** When the store was last restored; 0 for never. */
  readonly restoredAt: Instant
}

/** Another replica takes over what was followed by one that has ended. */
const askToFollowEveryMilliseconds = 3_000

/** The part of `compose-notifications.ts` that hands over what was received, to own systems and to the node itself. */
export function composeInbox(
  deps: ComposeInboxDeps & {
    readonly writer: InboxWriter
    readonly onReceived: readonly OnReceived[]
    /** What the node does itself with each message after it was stored. */
    readonly followers: readonly InboxFollower[]
    /** The parties that receive. */
    readonly subjects: readonly string[]
  },
) {
  const { writer, followers, subjects } = deps
  const inbox = createInbox(deps)
  const waits = createInboxWaits(writer)
  const stopping = new AbortController()
  return {
    inbox,
    routes: inboxRoutes({
      inbox,
      waits,
      retryParked: createRetryParked({ ...deps, inbox }),
      receives: (party) => subjects.includes(party),
      stopping: stopping.signal,
    }),
    /** Lets nobody wait any longer. */
    letGo: () => stopping.abort(),
    start(background: Background): void {
      for (const follower of followers)
        for (const party of subjects)
          if (follower.follows(party))
            background.every({
              job: `inbox ${follower.name} ${party}`,
              intervalMilliseconds: askToFollowEveryMilliseconds,
              atOnce: true,
              run: (signal) => runFollower(follower, party, signal, { ...deps, inbox, waits }),
            })
    },
  }
}

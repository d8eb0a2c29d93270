import type { Clock } from '../kernel/clock.js'
import type { Inbox } from './inbox.js'

/** How much waits in inboxes. Of one party no more than a thousand are counted. */
export interface InboxMeasure {
  readonly open: number
  readonly oldestSeconds: number
  readonly parked: number
}

export interface InboxMeter {
  set(measure: InboxMeasure): void
}

/** Counts over all parties what waits for their own systems. @throws `store.unavailable` */
export async function measureInboxes(
  parties: readonly string[],
  { clock, inbox }: { readonly clock: Clock; readonly inbox: Pick<Inbox, 'measure'> },
): Promise<InboxMeasure> {
  const each = await Promise.all(parties.map((party) => inbox.measure(party)))
  const now = clock.now()
  return {
    open: each.reduce((sum, { open }) => sum + open, 0),
    parked: each.reduce((sum, { parked }) => sum + parked, 0),
    oldestSeconds: Math.max(0, ...each.map(({ oldest }) => (oldest === undefined ? 0 : (now - oldest) / 1000))),
  }
}

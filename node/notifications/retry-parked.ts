import type { Audit } from '../audit/audit.js'
import { NodeError } from '../kernel/errors.js'
import { put, type Store } from '../stores/contracts.js'
import { retryConflict } from '../stores/retry-conflict.js'
import type { InboxFollower } from './followers.js'
import type { Inbox, InboxUser } from './inbox.js'
import { inbox as entries, keptUntil, type InboxEntry } from './inbox-records.js'
import type { OnReceived } from './inbox-writer.js'

/**
 * Does what could not be done with a message again, now that somebody has looked, and returns the message as it is then.
 * What goes with a message is written together with it being parked no more.
 * @throws `notification.entry_unknown` when there is no such message or it is not parked; what the handler throws, and then
 *   the message stays parked
 */
export type RetryParked = (party: string, number: number, user: InboxUser) => Promise<InboxEntry>

export function createRetryParked(deps: {
  readonly store: Pick<Store, 'write'>
  readonly audit: Audit
  readonly inbox: Pick<Inbox, 'get'>
  readonly onReceived: readonly OnReceived[]
  readonly followers: readonly InboxFollower[]
  /** How long what was acknowledged is kept. */
  readonly keepDays: number
}): RetryParked {
  const { store, audit, inbox, onReceived, followers, keepDays } = deps
  async function getParked(party: string, number: number) {
    const stored = await inbox.get(party, number)
    const { parked, ...entry } = stored.value
    if (parked === undefined)
      throw new NodeError('notification.entry_unknown', { notes: ['the message is not parked'] })
    return { ...stored, entry, names: parked.by.split(' ') }
  }

  return async (party, number, { by, trace }) => {
    const { value, names } = await getParked(party, number)
    for (const follower of followers)
      if (names.includes(follower.name)) {
        const outcome = await follower.handle(value, new AbortController().signal)
        if (outcome !== undefined)
          throw new NodeError('outbound.failed', { notes: ['it cannot be handed over now; try again later'] })
      }
    return retryConflict(async () => {
      const { key, version, entry } = await getParked(party, number)
      const asked = await Promise.all(
        onReceived.filter(({ name }) => names.includes(name)).map(async ({ operations }) => operations(entry)),
      )
      const account = audit.operation({
        code: 'notification.handed-over',
        action: 'read',
        outcome: 'success',
        party,
        actor: { user: { id: by } },
        object: { recordCount: 1 },
        reasons: [`retried: ${names.join(' ')}`],
        ...(trace === undefined ? {} : { trace }),
      })
      const changed = put(entries, key, entry, { expected: version, ...keptUntil(entry, keepDays) })
      await store.write([changed, ...asked.flat(), account])
      return entry
    })
  }
}

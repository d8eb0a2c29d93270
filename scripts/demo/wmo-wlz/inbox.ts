import { inboxPageSchema, type InboxMessage } from '../../../schemas/wire/inbox.js'
import type { Member } from '../world.js'

/** The inbox of one member from a moment on, as an application behind its node sees it. */
export interface WatchedInbox {
  readonly member: Member
  /**
   * The first message of this type about this record since the watch began, and how long after `since` it was there: the
   * time at which it was stored, on the clock of all nodes. `undefined` when it does not come within the patience.
   */
  await(
    eventType: string,
    recordID: string,
    since?: number,
  ): Promise<{ readonly message: InboxMessage; readonly milliseconds: number } | undefined>
  /** Every message since the watch began. */
  all(): Promise<readonly InboxMessage[]>
}

const patienceMilliseconds = 15_000
const lookEveryMilliseconds = 20
const page = 1000

/** Begins to watch: what is in the inbox already does not count. */
export async function watchInbox(member: Member): Promise<WatchedInbox> {
  const path = `/internal/bronnet/v1/notifications/inbox/${member.name}`
  async function read(after: number): Promise<readonly InboxMessage[]> {
    const found: InboxMessage[] = []
    for (let from = after; ;) {
      const answer = await member.administrator.call(
        'GET',
        `${path}?state=all&after=${String(from)}&limit=${String(page)}`,
      )
      const { messages, next, more } = inboxPageSchema.parse(answer)
      found.push(...messages)
      if (!more) return found
      from = next
    }
  }
  const start = (await read(0)).at(-1)?.number ?? 0
  return {
    member,
    all: () => read(start),
    async await(eventType, recordID, since = 0) {
      const deadline = performance.now() + patienceMilliseconds
      while (performance.now() < deadline) {
        const message = (await read(start)).find(
          (candidate) =>
            candidate.eventType === eventType && candidate.subjectList.some((subject) => subject.recordID === recordID),
        )
        if (message !== undefined) return { message, milliseconds: Date.parse(message.receivedAt) - since }
        await new Promise((resolve) => setTimeout(resolve, lookEveryMilliseconds))
      }
      return undefined
    },
  }
}

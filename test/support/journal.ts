import type { AuditEntry } from '../../node/audit/audit.js'
import type { Member } from '../../scripts/demo/world.js'

/** The whole audit journal of a member's node, without the looks into the journal itself. */
export async function journalOf({ administrator }: Member): Promise<readonly AuditEntry[]> {
  return (await administrator.journal(0)).filter(({ event }) => event.code !== 'audit.read')
}

/** The events that the journal gained while `work` went on. */
export async function accountOf(member: Member, work: () => Promise<unknown>): Promise<readonly AuditEntry['event'][]> {
  const before = (await journalOf(member)).length
  await work()
  return (await journalOf(member)).slice(before).map(({ event }) => event)
}

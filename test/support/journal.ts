import type { AuditEntry } from '../../node/audit/audit.js'
import type { Member } from '../../scripts/demo/world.js'

/** The whole audit journal of a member's node, without the looks into the journal itself. */
export async function journalOf(member: Member): Promise<readonly AuditEntry[]> {
  const found: AuditEntry[] = []
  for (let after = 0; ;) {
    const path = `/internal/bronnet/v1/audit?after=${String(after)}&limit=1000`
    const page = (await member.administrator.call('GET', path)) as { entries: AuditEntry[]; next: number }
    found.push(...page.entries.filter(({ event }) => event.code !== 'audit.read'))
    if (page.entries.length < 1000) return found
    after = page.next
  }
}

/** The events that the journal gained while `work` went on. */
export async function accountOf(member: Member, work: () => Promise<unknown>): Promise<readonly AuditEntry['event'][]> {
  const before = (await journalOf(member)).length
  await work()
  return (await journalOf(member)).slice(before).map(({ event }) => event)
}

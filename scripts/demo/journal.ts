import type { AuditEntry } from '../../node/audit/audit.js'
import type { Narrator } from './narrator.js'
import type { Member } from './world.js'

/** What the journal must hold after the story: each kind of line, and how often at least. */
const expected: readonly (readonly [label: string, count: number, test: (entry: AuditEntry) => boolean])[] = [
  [
    'permitted reads, each with its decision',
    3,
    ({ event }) => event.code === 'read.decided' && event.outcome === 'success',
  ],
  ['their outcomes', 3, ({ event }) => event.code === 'read.answered'],
  [
    'reads that the policy refused, with the rule',
    5,
    ({ event }) => event.code === 'read.decided' && event.outcome === 'refused' && event.rule !== '',
  ],
  ['a question that could not be asked', 1, ({ event }) => event.code === 'read.refused'],
  ['tokens', 4, ({ event }) => event.code === 'token.granted'],
  ['the issued authorization', 1, ({ event }) => event.code === 'credential.issued'],
]

/** Shows what the bronhouder's journal says about the story, and checks that nothing is missing. */
export async function tellJournal(member: Member, after: number, tell: Narrator): Promise<void> {
  tell.step(`The audit journal of ${member.organization.name} accounts for all of it.`)
  const entries = await member.administrator.journal(after)
  for (const entry of entries) if (entry.event.code !== 'audit.read') tell.fact(toLine(entry))
  for (const [label, count, test] of expected) {
    const found = entries.filter(test).length
    tell.expect(found >= count, `${String(found)}: ${label}`)
  }
  const gapless = entries.every((entry, index) => index === 0 || entry.number === (entries[index - 1]?.number ?? 0) + 1)
  tell.expect(gapless && entries.length > 0, 'the numbers have no gap')
}

function toLine({ number, time, event }: AuditEntry): string {
  const who = event.actor?.organization ?? event.party ?? event.actor?.did ?? ''
  const what =
    event.object?.operation ?? event.object?.scope ?? event.object?.credentialType ?? event.object?.source ?? ''
  const why =
    event.rule !== undefined && event.rule !== ''
      ? ` by ${event.rule}`
      : event.error === undefined
        ? ''
        : ` (${event.error})`
  const count = event.object?.recordCount === undefined ? '' : ` ${String(event.object.recordCount)} record(s)`
  return `#${String(number).padEnd(4)} ${time.slice(11, 23)} ${event.code.padEnd(18)} ${event.outcome.padEnd(8)} ${who}: ${what}${count}${why}`
}

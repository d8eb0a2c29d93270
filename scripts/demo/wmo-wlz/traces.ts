import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AuditEntry } from '../../../node/audit/audit.js'
import type { Member } from '../world.js'
import type { Scene } from './scene.js'

/**
 * Looks at what the story left behind: that nothing personal stands in messages, journals and logs, that what belongs
 * together has one trace at every node, and that each source accounts for who asked.
 */
export async function tellTraces(scene: Scene, journalStarts: ReadonlyMap<string, number>): Promise<void> {
  const { world, tell, case: played, inboxes } = scene
  tell.step('What it left behind.')
  const journals = new Map<string, readonly AuditEntry[]>()
  for (const { name, administrator } of world.members)
    journals.set(name, await administrator.journal(journalStarts.get(name) ?? 0))
  const messages = (await Promise.all([...inboxes.values()].map((inbox) => inbox.all()))).flat()
  const logs = (await Promise.all(world.members.map(readLog))).join('\n')
  for (const [what, text] of [
    [`${String(messages.length)} messages`, JSON.stringify(messages)],
    ['the journals of all nodes', JSON.stringify([...journals.values()])],
    ['the logs of all nodes', logs],
  ] as const) {
    tell.expect(!played.personal.some((word) => text.includes(word)), `no BSN, name or diagnosis stands in ${what}`)
  }
  const nodesIn = (traceId: string | undefined): readonly string[] =>
    world.members
      .filter(({ name }) => journals.get(name)?.some(({ event }) => event.trace?.traceId === traceId))
      .map(({ organization }) => organization.name)
  tell.expect(
    messages.every(({ traceId }) => nodesIn(traceId).length >= 2),
    'each message has one trace, in the journal of who sent it and of who received it',
  )
  const decided = (journals.get('ciz') ?? []).filter(({ event }) => event.code === 'read.decided')
  const asked = nodesIn(decided.find(({ event }) => event.rule?.startsWith('UCIR-0002'))?.event.trace?.traceId)
  tell.expect(asked.length >= 2, `the read of the provider has one trace at ${asked.join(', ')}`)
  tell.expect(decided.length > 0, `the journal of CIZ holds ${String(decided.length)} decisions about who may read:`)
  for (const { event } of decided)
    tell.fact(
      `  ${event.outcome.padEnd(8)} ${event.actor?.organization ?? ''}: ${event.rule === undefined || event.rule === '' ? (event.error ?? '') : event.rule}`,
    )
}

/** Empty when the nodes write no logs. */
async function readLog({ dataDirectory }: Member): Promise<string> {
  return readFile(join(dataDirectory, 'node.log'), 'utf8').catch(() => '')
}

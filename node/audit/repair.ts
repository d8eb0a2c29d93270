import type { Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { claim, type Store } from '../stores/contracts.js'
import { parseEntry, type Audit, type AuditEntry } from './audit.js'

/** An intent is followed by its outcome within seconds: older ones than this many entries have theirs or were closed. */
const looksAt = 10_000
const pageSize = 500
const claimMilliseconds = 30 * 86_400_000

/**
 * Closes reads that were permitted and of which nobody wrote how they ended: the node was killed, or its journal failed
 * at that moment. Each gets an outcome that says so, once, however many replicas look.
 *
 * `olderThanMilliseconds` leaves out those that may still be under way.
 * @throws `store.*`
 */
export async function closeOpenIntents(
  deps: { readonly store: Pick<Store, 'journal' | 'write'>; readonly audit: Audit; readonly clock: Clock },
  options: { readonly olderThanMilliseconds: number },
): Promise<number> {
  const { store, audit, clock } = deps
  const until = clock.now() - options.olderThanMilliseconds
  let closed = 0
  for (const { number, time, event } of (await findOpen(store)).values()) {
    if (Date.parse(time) > until) continue
    const { checks: _checks, ...about } = event
    const outcome = audit.operation({
      ...about,
      code: 'read.unknown',
      outcome: 'unknown',
      phase: 'outcome',
      decision: number,
    })
    try {
      await store.write([claim(['audit-repair', String(number)], clock.now() + claimMilliseconds), outcome])
      closed += 1
    } catch (cause) {
      // Another replica closes it.
      if (NodeError.codeOf(cause) !== 'store.claimed') throw cause
    }
  }
  return closed
}

async function findOpen({ journal }: Pick<Store, 'journal'>): Promise<ReadonlyMap<number, AuditEntry>> {
  const head = (await journal.head()).number
  const open = new Map<number, AuditEntry>()
  const readAfter = (after: number) => journal.read({ after, limit: pageSize })
  let last = Math.max(0, head - looksAt)
  for (let page = await readAfter(last); page.length > 0; page = await readAfter(last)) {
    for (const stored of page) {
      const entry = parseEntry(stored)
      if (entry.event.phase === 'intent') open.set(entry.number, entry)
      else if (entry.event.decision !== undefined) open.delete(entry.event.decision)
      last = entry.number
    }
  }
  return open
}

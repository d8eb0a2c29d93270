import type { KeyObject } from 'node:crypto'
import { judgeCheckpoints } from '../audit/checkpoint.js'
import { createVerification } from '../audit/verify.js'
import { NodeError } from '../kernel/errors.js'
import type { StoredJournalEntry } from '../stores/contents.js'
import type { JournalPoint, Value } from '../stores/contracts.js'
import { requireLinked } from '../stores/tally.js'
import { openExport } from './audit-source.js'
import { CommandFailure } from './command.js'
import { exitStatus } from './exit-status.js'

/** What an export of the journal holds beyond a backup. */
export interface LaterJournal {
  readonly head: JournalPoint
  items(): AsyncIterable<StoredJournalEntry>
}

/**
 * The entries after `after` in an export. All of the export is read here: it is whole, its chain holds, and it is the
 * journal that the backup is of. With a key it must be signed to its last entry as well.
 * @throws `CommandFailure`
 */
export async function openLaterJournal(
  path: string,
  deps: { readonly after: JournalPoint; readonly key: KeyObject | undefined; readonly checkpoints: readonly string[] },
): Promise<LaterJournal> {
  const { after, key, checkpoints } = deps
  const source = await openExport(path)
  if (source.isSelection) throw refused(path, 'is a selection of entries: give a whole export')
  const given = key === undefined ? [] : [...source.checkpoints, ...checkpoints]
  const judged = key === undefined ? { good: [], faults: [] } : await judgeCheckpoints(given, key)
  const start = source.start ?? { number: 0, hash: '0'.repeat(64) }
  const verification = createVerification({
    start,
    // What retention removed from the start is in the backup.
    trustStart: true,
    checkpoints: judged.good.filter(({ size }) => size >= start.number),
    faults: judged.faults,
  })
  let isLinked = isSame(start, after)
  let head = after
  for await (const page of source.lines) {
    for (const line of page) {
      verification.add(line)
      if ('unreadable' in line) continue
      if (isSame(line, after)) isLinked = true
      if (line.number <= after.number || !isLinked || verification.hasFault()) continue
      requireNext(path, head, line)
      head = { number: line.number, hash: line.hash }
    }
  }
  const { status, fault } = verification.finish()
  if (fault !== undefined) throw refused(path, `is not what was written: ${fault.words}`)
  if (!source.isWhole()) throw refused(path, 'has no end: it was cut off')
  if (!isLinked) {
    throw refused(
      path,
      `does not hold entry ${after.number} of the backup: it is older, begins later, or is of another node`,
    )
  }
  if (key !== undefined && status !== 'intact') {
    throw refused(path, 'has entries that no checkpoint signed with this key covers')
  }
  return { head, items: () => readEntries(path, after) }
}

/** A line that a program has written anew would have another text, and the store hashes the text. */
function requireNext(path: string, head: JournalPoint, line: JournalPoint & { readonly value: unknown }): void {
  try {
    requireLinked(head, line)
  } catch (cause) {
    if (NodeError.codeOf(cause) !== 'store.damaged') throw cause
    throw refused(path, `is not as it was exported: entry ${line.number} has another text`)
  }
}

async function* readEntries(path: string, after: JournalPoint): AsyncGenerator<StoredJournalEntry> {
  for await (const page of (await openExport(path)).lines) {
    for (const line of page) {
      if ('unreadable' in line) throw refused(path, 'was changed while it was read')
      const { number, hash, value } = line
      // JSON, and its hash was compared; the store refuses what it cannot hold.
      if (number > after.number) yield { kind: 'entry', number, hash, value: value as Value }
    }
  }
}

function isSame(one: JournalPoint, other: JournalPoint): boolean {
  return one.number === other.number && one.hash === other.hash
}

function refused(path: string, what: string): CommandFailure {
  return new CommandFailure(exitStatus.no, [`--journal: ${path} ${what}. Nothing was written.`])
}

import { chainHash } from '../stores/chain.js'
import { toCanonical } from './canonical.js'
import type { CheckpointClaims } from '../../schemas/audit-checkpoint.js'

/** An entry as a source of a journal gives it; nothing of it is trusted. */
export interface JournalLine {
  readonly number: number
  readonly hash: string
  readonly value: unknown
}

/** A place where a source could not read what should be entry `number`. */
export interface UnreadableLine {
  readonly number: number
  readonly unreadable: string
}

/** What is wrong, and from which entry on. */
export interface Fault {
  readonly kind:
    | 'altered' // the entry is not what was written, or not what its neighbour follows
    | 'missing'
    | 'reordered'
    | 'duplicated'
    | 'unreadable'
    | 'rewritten' // the chain holds in itself, but a signed checkpoint says otherwise
    | 'cut-off' // entries at the end that a signed checkpoint knows are not there
    | 'start' // entries at the start are not there and nothing signed says that they were removed
    | 'forked' // two signed checkpoints contradict each other
    | 'checkpoint' // a checkpoint is not signed with the key, or is of another journal
  /** The first entry that cannot be trusted. */
  readonly number: number
  /** The last entry that the fault may be in, when it cannot be told more closely. */
  readonly through?: number
  readonly words: string
}

/** How a verification ended. */
export interface Verdict {
  /** `uncovered`: nothing is wrong, but entries after `coveredThrough` could have been changed by who holds the journal. */
  readonly status: 'intact' | 'uncovered' | 'altered'
  /** The number before the first entry; 0 unless retention removed some. */
  readonly start: number
  /** The number of the last entry that follows from the ones before. */
  readonly last: number
  /** Up to and including this number signed checkpoints say the same. */
  readonly coveredThrough: number
  /** How many checkpoints were compared. */
  readonly checkpointCount: number
  readonly fault?: Fault
}

/** A verification under way, in constant memory. */
export interface Verification {
  /** Takes the next line of the journal, in the order of the source. */
  add(line: JournalLine | UnreadableLine): void
  /** Whether going on can only tell more of a fault that was found. */
  hasFault(): boolean
  /** Says that there are no more lines. */
  finish(): Verdict
}

const origin = { number: 0, hash: '0'.repeat(64) }

/**
 * Verifies a journal against itself and against signed checkpoints.
 *
 * `checkpoints` have a good signature; `faults` are those of checkpoints that have not. `start` is what the source says of
 * its first entry: it counts only when a checkpoint, or an entry that one covers, says the same.
 *
 * Names the first entry that does not follow from the one before. When somebody altered an entry together with its own
 * hash and nothing behind it, that is the entry after it.
 */
export function createVerification(options: {
  readonly start?: { readonly number: number; readonly hash: string }
  /** What is before the start is not asked about. */
  readonly trustStart?: true
  readonly checkpoints: readonly CheckpointClaims[]
  readonly faults?: readonly Fault[]
}): Verification {
  const { start = origin, checkpoints } = options
  const roots = new Map<number, string>()
  const contradictions: Fault[] = []
  for (const { size, root } of checkpoints) {
    if (roots.get(size) !== undefined && roots.get(size) !== root) contradictions.push(forkedAt(size))
    roots.set(size, root)
  }
  if (new Set(checkpoints.map(({ journal }) => journal)).size > 1) contradictions.push(twoJournals)

  let previous = start
  let covered = roots.get(start.number) === start.hash || start.number === 0 ? start.number : 0
  /** Since when something signed says where the journal starts: the number of the entry, or 0. */
  const isStartKnown =
    start.number === 0 || options.trustStart === true || checkpoints.some((known) => isSame(known.start, start))
  let startSaidBy = isStartKnown ? 0 : undefined
  let fault: Fault | undefined

  function follow(line: JournalLine): void {
    if (!followsFrom(previous, line)) {
      fault = { kind: 'altered', number: line.number, words: `entry ${line.number} is not what was written` }
      return
    }
    previous = { number: line.number, hash: line.hash }
    if (startSaidBy === undefined && tellsOfStart(line.value, start)) startSaidBy = line.number
    const root = roots.get(line.number)
    if (root === undefined) return
    if (root === line.hash) covered = line.number
    else fault = rewritten(covered + 1, line.number)
  }

  /** What a line with another number than the next one means; a later line may tell more. */
  function misplaced(number: number, next: number): Fault {
    if (number > next) return { kind: 'missing', number: next, words: `entry ${next} is missing` }
    const kind = number === previous.number ? 'duplicated' : 'reordered'
    return { kind, number: next, words: `where entry ${next} should be stands entry ${number}` }
  }

  function ending(): Fault | undefined {
    const isStartSaid = startSaidBy !== undefined && (startSaidBy === 0 || startSaidBy <= covered)
    if (!isStartSaid) return startUnsaid(start.number)
    if (fault !== undefined) return fault
    const largest = checkpoints.reduce((most, { size }) => Math.max(most, size), 0)
    if (largest > previous.number) return cutOff(covered, previous.number, largest)
    if (start.number > 0 && (roots.get(start.number) ?? start.hash) !== start.hash) return rewritten(1, start.number)
    return contradictions[0] ?? options.faults?.[0]
  }

  return {
    add(line) {
      const next = previous.number + 1
      if (fault !== undefined) {
        if (fault.kind !== 'missing' || line.number !== fault.number || 'unreadable' in line) return
        fault = { kind: 'reordered', number: fault.number, words: `entry ${fault.number} stands in another place` }
      } else if ('unreadable' in line) {
        const number = Math.min(next, line.number)
        fault = { kind: 'unreadable', number, words: `entry ${number} cannot be read: ${line.unreadable}` }
      } else if (line.number === next) follow(line)
      else fault = misplaced(line.number, next)
    },
    hasFault: () => fault !== undefined,
    finish() {
      const found = ending()
      const isCovered = covered === previous.number && roots.size > 0
      return {
        status: found !== undefined ? 'altered' : isCovered ? 'intact' : 'uncovered',
        start: start.number,
        last: previous.number,
        coveredThrough: covered,
        checkpointCount: roots.size,
        ...(found === undefined ? {} : { fault: found }),
      }
    },
  }
}

/** Values are hashed as they stand, and when that fails in canonical order: a program may have written them again. */
function followsFrom(previous: { readonly number: number; readonly hash: string }, line: JournalLine): boolean {
  if (line.value === undefined) return false
  const hashOf = (value: unknown): string => chainHash(previous.hash, line.number, JSON.stringify(value))
  return hashOf(line.value) === line.hash || hashOf(sortedOrSame(line.value)) === line.hash
}

function sortedOrSame(value: unknown): unknown {
  try {
    return toCanonical(value)
  } catch {
    // A member name that our writer would have refused: not ours.
    return value
  }
}

/** Whether an entry accounts for the removal of everything before `start`. */
function tellsOfStart(value: unknown, start: { readonly number: number; readonly hash: string }): boolean {
  // Only looked at; what it is not, it does not tell.
  const { code, object } =
    (value as { event?: { code?: unknown; object?: { through?: unknown; hash?: unknown } } } | null)?.event ?? {}
  return code === 'journal.trimmed' && object?.through === start.number && object.hash === start.hash
}

function isSame(a: typeof origin, b: typeof origin): boolean {
  return a.number === b.number && a.hash === b.hash
}

function rewritten(number: number, through: number): Fault {
  const where = number === through ? `entry ${number} is` : `an entry from ${number} to ${through} is`
  return { kind: 'rewritten', number, through, words: `${where} not what the checkpoint of ${through} entries says` }
}

/** What is left of the end may have been written anew: only what is covered can be trusted. */
function cutOff(covered: number, last: number, largest: number): Fault {
  const words = `entries ${last + 1} to ${largest} are missing: a checkpoint of ${largest} entries was signed`
  return { kind: 'cut-off', number: covered + 1, through: largest, words }
}

function startUnsaid(start: number): Fault {
  const words = `entries 1 to ${start} are missing, and nothing signed says that they were removed`
  return { kind: 'start', number: 1, through: start, words }
}

function forkedAt(size: number): Fault {
  const words = `two checkpoints of ${size} entries are signed and differ: the journal was continued twice`
  return { kind: 'forked', number: size, words }
}

const twoJournals: Fault = { kind: 'checkpoint', number: 1, words: 'the checkpoints are of more than one journal' }

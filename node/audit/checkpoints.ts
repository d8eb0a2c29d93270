import type { Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { randomId } from '../kernel/random.js'
import { createTurns } from '../kernel/turns.js'
import { put, type Collection, type Store } from '../stores/contracts.js'
import type { AuditKey, CheckpointClaims } from '../../schemas/audit-checkpoint.js'
import {
  importAuditKey,
  judgeCheckpoints,
  signCheckpoint,
  verifyCheckpoint,
  type Checkpoint,
  type SignCheckpoint,
} from './checkpoint.js'
import type { CheckpointFile } from './checkpoint-file.js'

const journals: Collection<{ readonly id: string }> = { name: 'audit-journal' }
const journalKey = ['journal']

/** Signed statements of how long the journal is and what its hash is. */
export interface Checkpoints {
  readonly publicKey: AuditKey
  /**
   * Signs where the journal stands now, or returns the newest checkpoint when nothing was written since. It is durable,
   * outside the store, when this returns.
   * @throws `audit.damaged` when the journal is shorter than it was, or another one; `audit.unavailable`
   */
  make(): Promise<string>
  /** Whether entries were written since the newest checkpoint. @throws `audit.unavailable` */
  isDue(): Promise<boolean>
  /** What has been signed and kept, oldest first. */
  list(): readonly string[]
  /** Those of which the signature is good. */
  listVerified(): Promise<readonly Checkpoint[]>
}

export interface CheckpointsDeps {
  readonly store: Pick<Store, 'journal' | 'records' | 'write'>
  readonly clock: Clock
  readonly file: CheckpointFile
  readonly publicKey: AuditKey
  readonly sign: SignCheckpoint
  /** The public URL of the node. */
  readonly node: string
}

/** Makes checkpoints of the store's journal, one at a time. */
export async function createCheckpoints(deps: CheckpointsDeps): Promise<Checkpoints> {
  const { store, clock, file, publicKey, node } = deps
  const journal = await findOrNameJournal(store)
  const key = importAuditKey(publicKey)
  const turns = createTurns()
  const newest = (): Checkpoint | undefined => {
    const compact = file.list().at(-1)
    if (compact === undefined) return undefined
    try {
      return verifyCheckpoint(compact, key)
    } catch (cause) {
      throw new NodeError('audit.damaged', {
        cause,
        detail: 'the newest checkpoint is not signed with the key of this node',
      })
    }
  }

  async function make(): Promise<string> {
    const [head, start] = await naming(() => Promise.all([store.journal.head(), store.journal.start()]))
    const last = newest()
    if (last !== undefined) requireLonger(last, head, journal)
    if (last?.size === head.number && last.start.number === start.number) return last.compact
    const time = new Date(clock.now()).toISOString()
    const claims = { journal, size: head.number, root: head.hash, time, start, node }
    const compact = await signCheckpoint(claims, deps)
    await file.append(compact)
    return compact
  }

  return {
    publicKey,
    make: () => turns.take('make', make),
    async isDue() {
      const { number } = await naming(() => store.journal.head())
      return number !== (newest()?.size ?? 0)
    },
    list: () => file.list(),
    listVerified: async () => (await judgeCheckpoints(file.list(), key)).good,
  }
}

/** A signature under what contradicts an earlier one would help who changed the journal. */
function requireLonger(last: CheckpointClaims, head: { number: number; hash: string }, journal: string): void {
  const isOther = last.journal !== journal || (last.size === head.number && last.root !== head.hash)
  if (!isOther && head.number >= last.size) return
  throw new NodeError('audit.damaged', {
    detail: isOther
      ? 'the checkpoints are of another journal than the one in the store'
      : `the journal has ${String(head.number)} entries, and a checkpoint of ${String(last.size)} was signed`,
  })
}

async function findOrNameJournal(store: Pick<Store, 'records' | 'write'>): Promise<string> {
  const found = await store.records.get(journals, journalKey)
  if (found !== undefined) return found.value.id
  const id = randomId()
  try {
    await store.write([put(journals, journalKey, { id }, { expected: 'absent' })])
    return id
  } catch (cause) {
    // Another process of this node was quicker.
    if (NodeError.codeOf(cause) !== 'store.conflict') throw cause
    return findOrNameJournal(store)
  }
}

async function naming<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (cause) {
    throw new NodeError('audit.unavailable', { cause, detail: 'the audit journal cannot be read' })
  }
}

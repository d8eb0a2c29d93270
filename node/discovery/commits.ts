import type { ReplicaChange } from './copy-batch.js'
import type { Progress } from './copy-records.js'
import { badAnswer } from './fetch-page.js'
import type { ReplicaWriter } from './replica.js'

/** A list with more good entries than this is not one of parties of this country. */
const maxListed = 250_000
/** So many changes wait for a write to end, at most; they are one write then. */
const maxWaiting = 256

/** Commits of one look at a list: one after the other, while the caller goes on. */
export interface Commits {
  /**
   * Writes once all before it is written, together with what else was added until then. Waits only when much is waiting.
   * @throws what a write before it failed on; then this one is not begun
   */
  add(progress: Progress, made: readonly ReplicaChange[]): Promise<void>
  /** Waits until all is written. @throws what a write failed on, `outbound.bad_answer` for a list of too many entries */
  end(): Promise<void>
}

export function createCommits(service: string, writer: Pick<ReplicaWriter, 'commit'>): Commits {
  let waiting: { readonly progress: Progress; readonly made: readonly ReplicaChange[] } | undefined
  let isWriting = false
  /** How what was begun ends. */
  let last: Promise<void> = Promise.resolve()

  async function writeWhatWaits(): Promise<void> {
    isWriting = true
    try {
      while (waiting !== undefined) {
        const { progress, made } = waiting
        waiting = undefined
        const listed = await writer.commit(service, progress, made)
        if (listed > maxListed) throw badAnswer('the list has too many entries')
      }
    } finally {
      isWriting = false
    }
  }

  return {
    async add(progress, made) {
      const isMuch = waiting !== undefined && waiting.made.length + made.length > maxWaiting
      if (isMuch || !isWriting) await last
      waiting = { progress, made: [...(waiting?.made ?? []), ...made] }
      if (isWriting) return
      last = writeWhatWaits()
      last.catch(() => undefined) // Waited for by the next one, or at the end.
    },
    end: () => last,
  }
}

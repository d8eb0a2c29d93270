import type { ReplicaChange } from './copy-batch.js'
import type { Progress } from './copy-records.js'
import { badAnswer } from './fetch-page.js'
import type { ReplicaWriter } from './replica.js'

/** A list with more good entries than this is not one of parties of this country. */
const maxListed = 250_000

/** Commits of one look at a list: one after the other, while the caller goes on. */
export interface Commits {
  /**
   * Begins to write once all before it is written.
   * @throws what the write before it failed on; then this one is not begun
   */
  add(progress: Progress, made: readonly ReplicaChange[]): Promise<void>
  /** Waits until all is written. @throws what a write failed on, `outbound.bad_answer` for a list of too many entries */
  end(): Promise<void>
}

export function createCommits(service: string, writer: ReplicaWriter): Commits {
  let last: Promise<void> = Promise.resolve()

  async function commit(progress: Progress, made: readonly ReplicaChange[]): Promise<void> {
    const listed = await writer.commit(service, progress, made)
    if (listed > maxListed) throw badAnswer('the list has too many entries')
  }

  return {
    async add(progress, made) {
      await last
      last = commit(progress, made)
      last.catch(() => undefined) // Waited for by the next one, or at the end.
    },
    end: () => last,
  }
}

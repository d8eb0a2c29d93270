import { parentPort, workerData } from 'node:worker_threads'
import { NodeError } from '../../kernel/errors.js'
import { createReadCatalogue } from '../../catalogue/read-catalogue.js'
import type { ReadingAnswer, ReadingQuestion, ReadingSettings } from './reading-pool.js'

/**
 * A thread that reads catalogues of others: what it costs, and what a hostile one costs, is kept away from the thread that
 * answers requests. Made and ended by `reading-pool.ts`.
 */
const read = createReadCatalogue(workerData as ReadingSettings) // What the pool gives.

parentPort?.on('message', ({ id, text, mediaType }: ReadingQuestion) => {
  const answer = (message: ReadingAnswer): void => parentPort?.postMessage(message)
  read(text, mediaType).then(
    (document) => answer({ id, document }),
    (cause: unknown) => answer({ id, code: NodeError.codeOf(cause), notes: NodeError.is(cause) ? cause.notes : [] }),
  )
})

import { existsSync } from 'node:fs'
import { Worker, type WorkerOptions } from 'node:worker_threads'
import { NodeError, type ErrorCode } from '../../kernel/errors.js'
import type { DescribeOptions } from '../../catalogue/describe-catalogue.js'
import type { CatalogueMediaType } from '../../catalogue/parse-document.js'
import { createReadCatalogue, type ReadCatalogue, type ReadCatalogueDocument } from '../../catalogue/read-catalogue.js'

/** What a thread is given at its start. */
export type ReadingSettings = DescribeOptions

export interface ReadingQuestion {
  readonly id: number
  readonly text: string
  readonly mediaType: CatalogueMediaType
}

export type ReadingAnswer =
  | { readonly id: number; readonly document: ReadCatalogue }
  | { readonly id: number; readonly code: ErrorCode; readonly notes: readonly string[] }

/** Reads catalogues beside the thread that answers requests. */
export interface ReadingPool {
  /** As `createReadCatalogue`; also @throws `catalogue.too_slow`, `internal.stopping` once closed */
  readonly read: ReadCatalogueDocument
  /** Ends the threads; what they were reading fails. */
  close(): Promise<void>
}

export interface ReadingPoolOptions {
  readonly settings: ReadingSettings
  /** The compiled worker. */
  readonly entry: URL
  /** For tests. */
  readonly limits?: Partial<typeof defaults>
}

/**
 * Two, so that one document that takes long holds up no other. The first document of a thread waits for its libraries too,
 * which takes a busy machine long. A thread without work ends: it keeps libraries in memory.
 */
const defaults = { threads: 2, firstMilliseconds: 60_000, documentMilliseconds: 10_000, idleMilliseconds: 30_000 }
const resourceLimits: WorkerOptions['resourceLimits'] = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32 }

interface Work extends Omit<ReadingQuestion, 'id'> {
  readonly resolve: (document: ReadCatalogue) => void
  readonly reject: (cause: unknown) => void
}

interface Thread {
  readonly worker: Worker
  work: Work | undefined
  timer: NodeJS.Timeout | undefined
  hasRead: boolean
}

/** The compiled worker beside this file; `undefined` where the program runs from its sources. */
export function findReadingWorker(): URL | undefined {
  const entry = new URL('./reading-worker.js', import.meta.url)
  return existsSync(entry) ? entry : undefined
}

/** Reads in this thread: for a program that runs from its sources, which has no compiled worker. */
export function createReadingHere(settings: ReadingSettings): ReadingPool {
  return { read: createReadCatalogue(settings), close: () => Promise.resolve() }
}

/**
 * Creates threads when there is work and ends them when there is none. A document that takes more than its time, or more
 * memory than a thread has, costs that thread and fails by itself.
 */
export function createReadingPool({ settings, entry, limits: changed }: ReadingPoolOptions): ReadingPool {
  const limits = { ...defaults, ...changed }
  const waiting: Work[] = []
  const threads = new Set<Thread>()
  let asked = 0
  let closed = false

  function start(): Thread {
    const worker = new Worker(entry, { workerData: settings, resourceLimits })
    worker.unref()
    const thread: Thread = { worker, work: undefined, timer: undefined, hasRead: false }
    threads.add(thread)
    worker.on('message', (answer: ReadingAnswer) => finish(thread, answer))
    worker.on('error', () => lose(thread, 'catalogue.too_slow'))
    worker.on('exit', () => lose(thread, 'catalogue.too_slow'))
    return thread
  }

  function give(thread: Thread, work: Work): void {
    asked += 1
    thread.work = work
    clearTimeout(thread.timer)
    const patience = thread.hasRead ? limits.documentMilliseconds : limits.firstMilliseconds
    thread.timer = setTimeout(() => lose(thread, 'catalogue.too_slow'), patience)
    const { text, mediaType } = work
    thread.worker.postMessage({ id: asked, text, mediaType } satisfies ReadingQuestion)
  }

  function finish(thread: Thread, answer: ReadingAnswer): void {
    const { work } = thread
    thread.work = undefined
    thread.hasRead = true
    clearTimeout(thread.timer)
    if ('document' in answer) work?.resolve(answer.document)
    else work?.reject(new NodeError(answer.code, { notes: answer.notes }))
    thread.timer = setTimeout(() => lose(thread, 'internal.stopping'), limits.idleMilliseconds)
    thread.timer.unref()
    next()
  }

  /** Ends a thread, with what it was reading. */
  function lose(thread: Thread, code: ErrorCode): void {
    if (!threads.delete(thread)) return
    clearTimeout(thread.timer)
    thread.work?.reject(new NodeError(code))
    thread.work = undefined
    void thread.worker.terminate()
    next()
  }

  function next(): void {
    while (waiting.length > 0) {
      const idle = [...threads].find(({ work }) => work === undefined)
      if (idle === undefined && threads.size >= limits.threads) return
      const work = waiting.shift()
      if (work !== undefined) give(idle ?? start(), work)
    }
  }

  return {
    read: (text, mediaType) =>
      new Promise((resolve, reject) => {
        if (closed) {
          reject(new NodeError('internal.stopping'))
          return
        }
        waiting.push({ text, mediaType, resolve, reject })
        next()
      }),
    async close() {
      closed = true
      for (const { reject } of waiting.splice(0)) reject(new NodeError('internal.stopping'))
      const ending = [...threads]
      for (const thread of ending) lose(thread, 'internal.stopping')
      await Promise.all(ending.map(({ worker }) => worker.terminate()))
    },
  }
}

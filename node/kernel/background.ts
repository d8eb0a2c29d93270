import { NodeError } from './errors.js'
import type { Log } from './log.js'

/** Work that comes back. */
export interface BackgroundJob {
  /** Its name in the log; one job has it. */
  readonly job: string
  /** From the end of one run to the start of the next, when all goes well. */
  readonly intervalMilliseconds: number
  /** Does the work once. Stops early when the signal says so. */
  readonly run: (signal: AbortSignal) => Promise<void>
  /** Runs at once, and not first after one interval. */
  readonly atOnce?: boolean
}

/** The work a node does of its own accord: refreshing, delivering, sweeping. */
export interface Background {
  /**
   * Starts a job. One run at a time; after each failure the wait doubles, up to ten intervals, until a run succeeds.
   *
   * @throws `internal.fault` when the name is taken
   * @throws `internal.stopping`
   */
  every(job: BackgroundJob): void
  /**
   * Runs a job now and waits for it. The run begins after the call: when one is under way it is waited for first.
   * Callers that wait together share one run. Fails as the run fails.
   *
   * @throws `internal.fault` when there is no such job
   * @throws `internal.stopping`
   */
  runNow(job: string): Promise<void>
  /** Starts nothing any more, signals the runs under way and waits until they have ended, however they end. */
  stop(): Promise<void>
}

/** A job and where it stands. */
interface JobState extends BackgroundJob {
  failures: number
  timer: NodeJS.Timeout | undefined
  running: Promise<void> | undefined
  /** The run that begins after the one under way. */
  next: Promise<void> | undefined
}

const maxBackOff = 10
/** Node runs a timer at once when it is longer than this. */
const maxTimerMilliseconds = 2 ** 31 - 1

/**
 * Creates the background of one node. Timers do not keep the process alive; `stop` waits without limit, the caller
 * limits it. Failures are logged by code and place, without the message of errors that are not ours.
 */
export function createBackground(deps: {
  readonly log: Log
  /** Told of each run that failed. */
  readonly failed?: (job: string) => void
}): Background {
  const jobs = new Map<string, JobState>()
  const stopping = new AbortController()

  async function runOnce(state: JobState): Promise<void> {
    clearTimeout(state.timer)
    try {
      await state.run(stopping.signal)
      state.failures = 0
    } catch (error) {
      if (!stopping.signal.aborted) {
        state.failures += 1
        deps.failed?.(state.job)
        deps.log.warn('background job failed', { job: state.job, count: state.failures, ...describe(error) })
      }
      throw error
    } finally {
      if (!stopping.signal.aborted) schedule(state)
    }
  }

  function start(state: JobState): Promise<void> {
    const running = runOnce(state).finally(() => {
      state.running = undefined
    })
    state.running = running
    return running
  }

  function schedule(state: JobState): void {
    const wait = state.intervalMilliseconds * Math.min(2 ** state.failures, maxBackOff)
    state.timer = setTimeout(() => startQuietly(state), Math.min(wait, maxTimerMilliseconds)).unref()
  }

  function startQuietly(state: JobState): void {
    // runNow may have been quicker. The failure is in the log already, and nobody waits for it.
    if (state.running === undefined && state.next === undefined) start(state).catch(() => undefined)
  }

  function checkNotStopping(): void {
    if (stopping.signal.aborted) throw new NodeError('internal.stopping', { detail: 'background is stopped' })
  }

  return {
    every(job) {
      checkNotStopping()
      if (jobs.has(job.job)) throw new NodeError('internal.fault', { detail: `job ${job.job} exists` })
      const state: JobState = { ...job, failures: 0, timer: undefined, running: undefined, next: undefined }
      jobs.set(job.job, state)
      if (job.atOnce === true) startQuietly(state)
      else schedule(state)
    },

    async runNow(job) {
      checkNotStopping()
      const state = jobs.get(job)
      if (state === undefined) throw new NodeError('internal.fault', { detail: `no job ${job}` })
      // A run that still has to begin comes first: between two runs none is under way, and yet a second may not start.
      if (state.next !== undefined) return state.next
      if (state.running === undefined) return start(state)
      state.next = state.running
        .catch(() => undefined) // reported to those who waited for that run
        .then(() => {
          state.next = undefined
          checkNotStopping()
          return start(state)
        })
      return state.next
    },

    async stop() {
      stopping.abort()
      for (const state of jobs.values()) clearTimeout(state.timer)
      await Promise.allSettled(Array.from(jobs.values(), async ({ running }) => running))
    },
  }
}

/** What may be logged: the message of an error that is not ours can hold what it failed on. */
function describe(error: unknown): { readonly code: string; readonly detail?: string; readonly stack?: string } {
  const code = NodeError.codeOf(error)
  if (NodeError.is(error)) return error.detail === undefined ? { code } : { code, detail: error.detail }
  const stack = typeof error === 'object' && error !== null && 'stack' in error ? String(error.stack) : ''
  return {
    code,
    stack: stack
      .split('\n')
      .filter((line) => /^\s+at /.test(line))
      .join('\n'),
  }
}

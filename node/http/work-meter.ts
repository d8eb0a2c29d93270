import { performance } from 'node:perf_hooks'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** Work within requests that is timed. */
export type Timed = 'outbound' | 'store write' | 'decision'

/** How the work of the node goes, and its process. */
export interface WorkMeter {
  /** One piece of work: `good`, or for a decision what it was, or a code. */
  observeWork(what: Timed, outcome: string, seconds: number): void
  /** One run of a background job that failed. */
  countJobFailure(job: string): void
}

/** Counts in `registry`. */
export function createWorkMeter(registry: Registry): WorkMeter {
  const registers = [registry]
  const labelNames = ['outcome'] as const
  const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
  const timed = {
    outbound: new Histogram({
      name: 'bronnet_outbound_duration_seconds',
      help: 'Duration of calls to others in seconds, by outcome: good for any answer, or a code.',
      labelNames,
      buckets,
      registers,
    }),
    'store write': new Histogram({
      name: 'bronnet_store_write_duration_seconds',
      help: 'Duration of writes to the store in seconds, by outcome: good, or a code.',
      labelNames,
      buckets,
      registers,
    }),
    decision: new Histogram({
      name: 'bronnet_decision_duration_seconds',
      help: 'Duration of decisions about reads in seconds, facts of others among them, by outcome: permitted, refused, or a code.',
      labelNames,
      buckets,
      registers,
    }),
  } as const satisfies Record<Timed, Histogram<'outcome'>>
  const failures = new Counter({
    name: 'bronnet_job_failures_total',
    help: 'Runs of background jobs that failed, by job.',
    labelNames: ['job'] as const,
    registers,
  })
  addProcessGauges(registers)
  return {
    observeWork: (what, outcome, seconds) => timed[what].observe({ outcome }, seconds),
    countJobFailure: (job) => failures.inc({ job }),
  }
}

/** Of the process, measured when they are asked for: nothing is done in between. */
function addProcessGauges(registers: Registry[]): void {
  new Gauge({
    name: 'bronnet_process_resident_memory_bytes',
    help: 'Memory of the process that is in use, in bytes.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss())
    },
  })
  new Gauge({
    name: 'bronnet_process_uptime_seconds',
    help: 'Time since the process began, in seconds.',
    registers,
    collect() {
      this.set(process.uptime())
    },
  })
  let last = performance.eventLoopUtilization()
  new Gauge({
    name: 'bronnet_event_loop_utilization_ratio',
    help: 'Part of the time since metrics were last asked for that the process was busy, 0 to 1.',
    registers,
    collect() {
      const now = performance.eventLoopUtilization()
      this.set(performance.eventLoopUtilization(now, last).utilization)
      last = now
    },
  })
}

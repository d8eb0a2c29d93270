import { availableParallelism, cpus } from 'node:os'
import { steadyShare, targets, type Bench, type Measured, type Run, type Target } from './measure.js'
import { gateRuns, percentile, perCore, referenceOf, summarise, type Summary } from './statistics.js'

/** What is said about one target on one path; figures only when a run counted. */
export interface Row {
  readonly path: string
  readonly target: Target
  /** CPU time per request. */
  readonly microseconds?: Summary
  readonly perCore?: number
  /** What it does per core, as a share of what the limits of the same path do. */
  readonly ofExpress?: number
  readonly ofBare?: number
  /** The same of what the node does without sign-in. */
  readonly ofOpen?: number
  readonly used: number
  readonly rejected: number
  /** Milliseconds at 80 % of what the target can do, from when a request was due. */
  readonly latency?: { readonly p50: number; readonly p99: number }
  /** The highest share of a run that the load generator worked. */
  readonly loadBusy?: number
}

export interface Report {
  readonly node: string
  readonly processor: string
  readonly cores: number
  /** Whether server and load generator were kept on a core each. */
  readonly pinned: boolean
  /** What the calibration loop takes here, in microseconds: compare figures of two reports only when these are alike. */
  readonly calibrationMicroseconds: number
  readonly rows: readonly Row[]
}

const tooBusy = 0.85

/** Judges all runs once more, now by all calibrations of the benchmark, and works the figures out. */
export function createReport(measured: readonly Measured[], { calibrations, cores }: Bench): Report {
  const reference = referenceOf(calibrations)
  return {
    node: process.version,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    pinned: cores !== undefined,
    calibrationMicroseconds: reference,
    rows: measured.flatMap((path) => toRows(path, reference)),
  }
}

function toRows({ title: path, runs, steady }: Measured, reference: number): readonly Row[] {
  const medianOf = (target: Target): number | undefined => {
    const { used } = gateRuns(runs[target], reference)
    return used.length === 0 ? undefined : summarise(used.map(({ microseconds }) => microseconds)).median
  }
  const against = { express: medianOf('express'), bare: medianOf('bare'), open: medianOf('open') }
  return targets
    .filter((target) => runs[target].length > 0)
    .map((target) => {
      const { used, rejected } = gateRuns(runs[target], reference)
      const row = { path, target, used: used.length, rejected }
      return used.length === 0
        ? row
        : { ...row, ...toFigures(used, against), ...toLatency(gateRuns(steady[target], reference).used) }
    })
}

function toLatency(used: readonly Run[]): Pick<Row, 'latency'> {
  if (used.length === 0) return {}
  // Per run, so that what the machine did during one of them is not in all.
  const middle = (share: number): number => summarise(used.map(({ latencies }) => percentile(latencies, share))).median
  return { latency: { p50: middle(0.5), p99: middle(0.99) } }
}

function toFigures(
  used: readonly Run[],
  { express, bare, open }: Readonly<Record<Exclude<Target, 'bronnet'>, number | undefined>>,
): Partial<Row> {
  const microseconds = summarise(used.map((run) => run.microseconds))
  return {
    microseconds,
    perCore: perCore(microseconds.median),
    ...(express === undefined ? {} : { ofExpress: express / microseconds.median }),
    ...(bare === undefined ? {} : { ofBare: bare / microseconds.median }),
    ...(open === undefined ? {} : { ofOpen: open / microseconds.median }),
    loadBusy: Math.max(...used.map((run) => run.loadBusy)),
  }
}

const columns = [
  'path',
  'CPU us/request (min-max)',
  'per core/s',
  'of express',
  'of bare',
  'of open',
  'runs',
  `p50/p99 ms at ${steadyShare * 100} %`,
] as const
const widths = [36, 26, 11, 11, 9, 9, 7, 22] as const

const labels: Readonly<Record<Target, string>> = {
  bronnet: 'bronnet',
  open: 'without sign-in',
  express: 'express limit',
  bare: 'bare limit',
}

/** The report as a table with a line per target, and what a reader must know to trust it. */
export function formatReport(report: Report): string {
  const { node, processor, cores, pinned, calibrationMicroseconds, rows } = report
  const lines = [
    `Node ${node} on ${cores} x ${processor}; calibration ${Math.round(calibrationMicroseconds)} us; 32 connections, loopback, no TLS`,
    ...(pinned
      ? []
      : ['! Server and load generator were not kept on a core each (no taskset, or one core): trust the ratios only.']),
    '',
    formatLine(columns),
    ...rows.flatMap((row) => (row.target === 'bronnet' ? [row.path, formatRow(row)] : [formatRow(row)])),
    '',
    ...rows.flatMap((row) => warningsAbout(row)),
  ]
  return `${lines.join('\n')}\n`
}

function formatRow(row: Row): string {
  const { target, microseconds, latency, used, rejected } = row
  const figures =
    microseconds === undefined
      ? ['no quiet run', '-', '-', '-', '-']
      : [
          `${microseconds.median.toFixed(0)} (${microseconds.min.toFixed(0)}-${microseconds.max.toFixed(0)})`,
          formatThousands(row.perCore ?? 0),
          formatShare(row.ofExpress),
          formatShare(row.ofBare),
          formatShare(row.ofOpen),
        ]
  const waited =
    latency === undefined
      ? '-'
      : `${latency.p50.toFixed(1)}/${latency.p99.toFixed(1)} (${(latency.p99 / latency.p50).toFixed(1)}x)`
  return formatLine([`  ${labels[target]}`, ...figures, `${used}/${rejected}`, waited])
}

function warningsAbout({ path, target, loadBusy, used }: Row): readonly string[] {
  const warnings: string[] = []
  if (used === 0) warnings.push(`! ${path}, ${target}: the machine was never quiet enough.`)
  if (loadBusy !== undefined && loadBusy > tooBusy) {
    const share = formatShare(loadBusy)
    warnings.push(`! ${path}, ${target}: the load generator worked ${share} of the time and may have held it up.`)
  }
  return warnings
}

function formatLine(cells: readonly string[]): string {
  const [first = '', ...rest] = cells
  return first.padEnd(widths[0]) + rest.map((cell, index) => cell.padStart(widths[index + 1] ?? 0)).join('')
}

function formatShare(share: number | undefined): string {
  return share === undefined ? '-' : `${(share * 100).toFixed(0)} %`
}

function formatThousands(number: number): string {
  return Math.round(number)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',')
}

/** What a number of runs says: the middle one, and how far they lie apart. */
export interface Summary {
  readonly median: number
  readonly min: number
  readonly max: number
}

const slowest = 1.12

/**
 * The value that lies at `share` of the sorted values, by nearest rank: 0.5 is the median of an odd number.
 *
 * @param share above 0, at most 1
 * @throws RangeError without values, or for another share
 */
export function percentile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort()
  const found = sorted[Math.ceil(share * sorted.length) - 1]
  if (found === undefined || share > 1) throw new RangeError('a percentile needs values and a share from 0 to 1')
  return found
}

/** @throws RangeError without values */
export function summarise(values: readonly number[]): Summary {
  const half = percentile(values, 0.5)
  const upper = percentile(values, Math.min(1, 0.5 + 0.5 / values.length))
  return {
    median: values.length % 2 === 1 ? half : (half + upper) / 2,
    min: Math.min(...values),
    max: Math.max(...values),
  }
}

/** What one core does in a second of something that costs this many microseconds of CPU time. */
export function perCore(microseconds: number): number {
  return 1_000_000 / microseconds
}

/** One run: what the calibration loop took right before and after it. */
export interface GatedRun {
  readonly calibrations: readonly number[]
}

/**
 * What the calibration loop takes when the machine is quiet: the tenth percentile, because the very fastest may have been
 * a stroke of luck.
 *
 * @throws RangeError without values
 */
export function referenceOf(calibrations: readonly number[]): number {
  return percentile(calibrations, 0.1)
}

/** Whether a calibration says that the machine is busy with something else: more than 12 % above the reference. */
export function isSlow(calibration: number, reference: number): boolean {
  return calibration > reference * slowest
}

/** Splits runs by what the machine was doing: a run counts when no calibration around it was slow. */
export function gateRuns<R extends GatedRun>(
  runs: readonly R[],
  reference: number,
): { readonly used: readonly R[]; readonly rejected: number } {
  const used = runs.filter(({ calibrations }) => !calibrations.some((taken) => isSlow(taken, reference)))
  return { used, rejected: runs.length - used.length }
}

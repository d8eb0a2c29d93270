import { generateRegion } from '../../scripts/region/generate-region.js'
import type { RegionOptions, RegionPerson, Rows } from '../../scripts/region/generate-region.js'

/** The records of one register of a made-up region, by type, as a seed has them. */
export function regionRows(register: keyof RegionPerson, options: RegionOptions): Rows {
  const all: Rows = {}
  for (const person of generateRegion(options)) {
    for (const [type, records] of Object.entries(person[register])) (all[type] ??= []).push(...records)
  }
  return all
}

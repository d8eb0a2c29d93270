import type { Progress } from '../../node/discovery/copy-records.js'
import { moment } from './node-parts.js'

/** How far the reading of a list is that was read whole, except for what the changes say. */
export function progressOf(changes: Partial<Progress> = {}): Progress {
  return {
    seed: 'a',
    timestamp: 1,
    generation: 1,
    begunAt: moment,
    isWhole: true,
    rules: 'x',
    seedChanges: [],
    ...changes,
  }
}

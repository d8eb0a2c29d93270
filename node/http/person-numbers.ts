import { NodeError } from '../kernel/errors.js'
import { containsPersonNumber } from '../kernel/identifiers.js'

/**
 * Refuses parameters of which a name or a value holds a number that could be a BSN, also when its digits are written
 * apart, in words that do not repeat it. For what has no business with persons: a URL stands in the logs of everybody on
 * the way.
 * @throws `request.bad_parameters`
 */
export function refusePersonNumbers(query: Readonly<Record<string, string>>): void {
  for (const text of Object.entries(query).flat()) {
    if (!containsPersonNumber(text)) continue
    throw new NodeError('request.bad_parameters', {
      notes: ['a parameter holds a number that could be a BSN: persons are never looked for here'],
    })
  }
}

import { NodeError } from '../kernel/errors.js'
import type { ConsentStatement } from '../../schemas/consent.js'
import type { ServedSources } from './served-sources.js'

/**
 * Refuses a statement that no rule of the party would ever look at: a slip of the pen that would protect nobody.
 * @throws `request.bad_parameters` with what there is
 */
export type RequireUsefulStatement = (party: string, statement: ConsentStatement) => void

export function createRequireUsefulStatement(
  servedSources: Pick<ServedSources, 'find' | 'namesOf'>,
): RequireUsefulStatement {
  return (party, { source, operation, purpose }) => {
    const rules = servedSources.namesOf(party).flatMap((name) => {
      const asking = servedSources.find(party, name)?.pack.rules.filter(({ consent }) => consent !== undefined) ?? []
      return asking.map((rule) => ({ source: name, operation: rule.operation, purpose: rule.purpose }))
    })
    const isFor = (wanted: string | undefined, value: string): boolean => wanted === undefined || wanted === value
    const found = rules.some(
      (rule) => isFor(source, rule.source) && isFor(operation, rule.operation) && isFor(purpose, rule.purpose),
    )
    if (found) return
    const offered = [...new Set(rules.map((rule) => `${rule.source} ${rule.operation} ${rule.purpose}`))]
    throw new NodeError('request.bad_parameters', {
      notes: [
        'statement: no rule here asks for such a consent',
        offered.length === 0
          ? 'no rule of this party rests on consent'
          : `source, operation and purpose of those that are asked: ${offered.slice(0, 20).join('; ')}`,
      ],
    })
  }
}

import type { RuleData, ValueReference } from '../../schemas/pack.js'
import { isBsnShaped } from '../kernel/identifiers.js'
import { equalsAt } from './conditions.js'
import { nothing, type Lack } from './lack.js'
import type { AccessQuestion } from './question.js'
import { compileReference } from './reference.js'

/** A condition of a rule: what the question lacks, or nothing. */
export type RuleCondition = (question: AccessQuestion) => readonly Lack[]

/** The request must compare `path` with something. */
export function hasFilter(path: string): RuleCondition {
  const lacks: readonly Lack[] = [{ kind: 'filter', path, text: `wat: a filter ${path} with eq is required` }]
  return ({ resource }) => (equalsAt(resource, path).length > 0 ? nothing : lacks)
}

/** The request must compare `path` with this very value. */
export function hasFilterEqual(path: string, source: ValueReference): RuleCondition {
  const { description, identifier, read } = compileReference(source)
  const lack = (text: string): readonly Lack[] => [
    { kind: 'own-filter', path, text, ...(identifier === undefined ? {} : { identifier }) },
  ]
  const missing = lack(`wat: a filter ${path} with eq is required and must be ${description}`)
  const different = lack(`wat: the filter ${path} must be ${description}`)
  return ({ resource, requester }) => {
    const asked = equalsAt(resource, path)
    if (asked.length === 0) return missing
    const own = read(requester.claims)
    return own !== undefined && asked.every((value) => value === own) ? nothing : different
  }
}

/** The value that is compared with `path` must be a number that can exist: what cannot exist is not "not found". */
export function hasForm(path: string, form: 'bsn'): RuleCondition {
  const lacks: readonly Lack[] = [{ kind: 'malformed', path, text: `wat: the filter ${path} is not a valid ${form}` }]
  return ({ resource }) =>
    equalsAt(resource, path).every((value) => typeof value === 'string' && isBsnShaped(value)) ? nothing : lacks
}

/**
 * The own period may have no end: a request that says one is for another rule.
 *
 * That what is read has none is not looked at here: `compileOnly` narrows to it.
 */
export function isOpen({ end }: NonNullable<RuleData['wat']['own']>): RuleCondition {
  const lacks: readonly Lack[] = [{ kind: 'filter', path: end, text: `wat: a filter ${end} must be left out` }]
  return ({ resource }) => (equalsAt(resource, end).length === 0 ? nothing : lacks)
}

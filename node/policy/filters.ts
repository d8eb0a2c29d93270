import type { RuleData, ValueReference } from '../../schemas/pack.js'
import { conjunctsOf, equalsAt } from './conditions.js'
import { nothing, type Lack } from './lack.js'
import type { AccessQuestion, Condition } from './question.js'
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

/**
 * The own period may have no end: a request that says one is for another rule.
 *
 * That what is read has none is not looked at here: `openEndOf` narrows to it.
 */
export function isOpen({ end }: NonNullable<RuleData['wat']['own']>): RuleCondition {
  const lacks: readonly Lack[] = [{ kind: 'filter', path: end, text: `wat: a filter ${end} must be left out` }]
  return ({ resource }) => (equalsAt(resource, end).length === 0 ? nothing : lacks)
}

/** What narrows the answer to what has no end; nothing when the request asks that itself. */
export function openEndOf(wat: RuleData['wat']): (question: AccessQuestion) => readonly Condition[] {
  const { own, type } = wat
  if (own === undefined || !own.open) return () => []
  const isEmpty: Condition = Object.freeze({
    kind: 'compare',
    path: own.end,
    field: `${type}.${own.end}`,
    operator: 'eq',
    value: null,
  })
  return ({ resource }) =>
    conjunctsOf(resource.where).some(
      (each) => each.kind === 'compare' && each.path === own.end && each.operator === 'eq' && each.value === null,
    )
      ? []
      : [isEmpty]
}

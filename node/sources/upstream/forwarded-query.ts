import { coerceInputValue } from 'graphql'
import type { GraphQLInputType } from 'graphql'
import type { Condition } from '../../policy/question.js'
import type { Link, LinkedSelection } from '../graphql/linked-selection.js'
import type { AnswerPlan, ListReading } from '../graphql/query-plan.js'
import type { SelectedField } from '../graphql/selection.js'
import type { ListArguments, ServedSchema, SourceRoot } from '../graphql/source-schema.js'
import type { FieldForms } from '../register/field-forms.js'
import { askWay, createChecks } from './checks.js'
import type { Checks } from './checks.js'

/** A request as it goes to the register. */
export interface ForwardedQuery {
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
  /** The checks of the root's records. */
  readonly root: Checks
  /** The checks of each list below, by its number. */
  readonly below: ReadonlyMap<number, Checks>
  /** Where the person of a root's record is asked. */
  readonly person: { readonly alias: string; readonly steps: readonly string[] } | undefined
}

export interface ForwardDeps {
  readonly served: ServedSchema
  readonly forms: FieldForms
  readonly isWithheld: (path: string) => boolean
  /** Conditions of the permit, beside those of the request. */
  readonly conditions: readonly Condition[]
}

/**
 * Writes the request anew, of what was checked and may leave and nothing else: the normalised fields, and as variables
 * the values of `where` and `order`. Beside them it asks what is needed to see that the answer is the one that was asked.
 */
export function forwardQuery(plan: AnswerPlan, root: SourceRoot, deps: ForwardDeps): ForwardedQuery {
  const { served, forms, conditions } = deps
  const variables: Record<string, unknown> = {}
  const declared: string[] = []
  const below = new Map<number, Checks>()
  const prefix = prefixFor(plan.selected)

  function declare(value: unknown, input: GraphQLInputType): string {
    const name = `v${declared.length}`
    declared.push(`$${name}: ${String(input)}`)
    variables[name] = value
    return `$${name}`
  }

  function writeArguments({ given }: ListReading, list: ListArguments | undefined, more: readonly Condition[]): string {
    const parts: string[] = []
    const where = list?.where && withConditions(given.where, more, list.where.input)
    if (list?.where !== undefined && where !== undefined) parts.push(`where: ${declare(where, list.where.input)}`)
    if (list?.order !== undefined && given.order !== undefined)
      parts.push(`order: ${declare(given.order, list.order.input)}`)
    return parts.length === 0 ? '' : `(${parts.join(', ')})`
  }

  function writeFields(
    fields: readonly SelectedField[],
    selection: LinkedSelection | undefined,
    above: string,
  ): string {
    const links = new Map(selection?.links.map((link) => [link.field, link]))
    return fields.map((field) => writeField(field, links.get(field), above)).join(' ')
  }

  function writeField(field: SelectedField, link: Link | undefined, above: string): string {
    const path = `${above}${field.name}`
    if (field.name === '__typename' || deps.isWithheld(path)) return ''
    const label = field.key === field.name ? field.name : `${field.key}: ${field.name}`
    if (field.fields === undefined) return label
    const list = link?.conditions === undefined ? undefined : plan.lists[link.conditions]
    let given = ''
    let checked = ''
    if (link?.conditions !== undefined && list !== undefined) {
      given = writeArguments(list, served.lists.get(`${field.parent}.${field.name}`), [])
      const checks = createChecks(list.where === undefined ? [] : [list.where], link.selection.type, { forms, prefix })
      below.set(link.conditions, checks)
      checked = checks.text
    }
    return `${label}${given} ${inBraces(writeFields(field.fields, link?.selection, `${path}.`), checked)}`
  }

  const own = plan.list.where === undefined ? [] : [plan.list.where]
  const checks = createChecks([...own, ...conditions], root.type.name, { forms, prefix })
  const steps = served.model.get(root.type.name)?.person?.split('.')
  const person = steps === undefined ? undefined : { alias: `${prefix}person`, steps }
  const members = plan.selected.map((field) => {
    if (field.name === '__typename') return ''
    const given = writeArguments(plan.list, root, conditions)
    const asked = [checks.text, person === undefined ? '' : askWay(person.alias, person.steps)].join(' ')
    return `${field.key}: ${field.name}${given} ${inBraces(writeFields(field.fields ?? [], plan.selection, ''), asked)}`
  })
  const text = members.join(' ')
  const head = declared.length === 0 ? 'query' : `query (${declared.join(', ')})`
  return { query: `${head} { ${text} }`.replace(/ +/g, ' '), variables, root: checks, below, person }
}

/** A selection cannot be empty. */
function inBraces(...texts: readonly string[]): string {
  const text = texts.join(' ').trim()
  return `{ ${text === '' ? '__typename' : text} }`
}

/**
 * The value of `where` with the conditions of the permit, as far as the register's own filters can say them; what they
 * cannot say is looked at when the answer comes.
 */
function withConditions(given: unknown, conditions: readonly Condition[], input: GraphQLInputType): unknown {
  const said = conditions.map(toInput).filter((value) => value !== undefined && isValid(value, input))
  if (said.length === 0) return given
  const joined = { and: given === undefined ? said : [given, ...said] }
  return isValid(joined, input) ? joined : given
}

function isValid(value: unknown, input: GraphQLInputType): boolean {
  let valid = true
  coerceInputValue(value, input, () => {
    valid = false
  })
  return valid
}

/** A condition as the value of a filter; `undefined` for one that a filter cannot hold. */
function toInput(condition: Condition): Readonly<Record<string, unknown>> | undefined {
  if ('of' in condition) {
    const parts = condition.of.map(toInput)
    if (parts.length === 0 || parts.includes(undefined)) return undefined
    return { [condition.kind]: parts }
  }
  if (condition.kind === 'compare') return { [condition.path]: { [condition.operator]: condition.value } }
  const { path, quantifier, where } = condition
  if (typeof where === 'boolean') return { [path]: { [quantifier]: where } }
  const below = toInput(where)
  if (below === undefined) return undefined
  return { [path]: quantifier === 'is' ? below : { [quantifier]: below } }
}

/** The beginning of names that nothing in `fields` has. */
function prefixFor(fields: readonly SelectedField[]): string {
  const keys = new Set<string>()
  const visit = (field: SelectedField): void => {
    keys.add(field.key)
    field.fields?.forEach(visit)
  }
  fields.forEach(visit)
  let prefix = 'check'
  while ([...keys].some((key) => key.startsWith(prefix))) prefix = `${prefix}_`
  return prefix
}

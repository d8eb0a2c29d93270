import type { ComparisonOperator, Condition } from '../../policy/question.js'
import type { FhirParameter, FhirTemplate } from '../../../schemas/fhir/template.js'
import { malformed, unsupported } from './refuse.js'

/** One search parameter as it was given, checked against its template. */
export interface ReadParameter {
  /** What it asks of a resource. */
  readonly condition: Condition
  /** As it is sent on. */
  readonly sent: readonly [name: string, value: string]
  /** Tokens of which a match must have one; none where one resource does not show it. */
  readonly tokens: readonly string[]
}

const forms = {
  token: /^[^\s\\,$|]{0,200}(\|[^\\,$|]{0,200})?$/,
  uri: /^[A-Za-z][A-Za-z0-9+.-]*:[^\s\\,$|"<>{}^`]{1,400}$/,
  string: /^[\p{L}\p{N} .'/-]{1,100}$/u,
  number: /^-?\d{1,15}(\.\d{1,10})?$/,
  date: /^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?)?)?$/,
} as const satisfies Record<FhirParameter['type'], RegExp>

const ordering = { gt: 'gt', lt: 'lt', ge: 'gte', le: 'lte' } as const

/**
 * Reads `value` of the parameter `name` as `parameter` lets it be written.
 * @throws `source.not_supported` for a modifier, a comparison or alternatives that it does not have; `source.bad_request`
 *   for a value of another form
 */
export function readValues(
  { type }: Pick<FhirTemplate, 'type'>,
  { name, modifier, value }: { readonly name: string; readonly modifier: string | undefined; readonly value: string },
  parameter: FhirParameter,
): ReadParameter {
  const modifiers: readonly string[] = parameter.modifiers
  if (modifier !== undefined && !modifiers.includes(modifier)) throw unsupported(`${name}: not with this modifier`)
  const values = value.split(',')
  if (values.length > parameter.alternatives)
    throw unsupported(`${name}: at most ${String(parameter.alternatives)} value(s), with commas between them`)
  const [prefix, ...others] = new Set(values.map((each) => prefixOf(each, parameter)))
  if (others.length > 0) throw unsupported(`${name}: values with different comparisons`)
  const bare = values.map((each) => each.slice(prefix === undefined ? 0 : 2))
  for (const each of bare) {
    if (each === '' || !forms[parameter.type].test(each) || !isReal(each, parameter))
      throw malformed(`${name}: a value does not have the form of its kind`)
    if (parameter.values?.includes(each) === false) throw unsupported(`${name}: not with this value`)
  }
  const operator = operatorOf(parameter, modifier, prefix, bare.length > 1)
  const path = parameter.element
  const isToken = parameter.type === 'token' && (operator === 'eq' || operator === 'in')
  return {
    condition: {
      kind: 'compare',
      path,
      field: `${type}.${path}`,
      operator,
      value: bare.length > 1 ? bare : (bare[0] ?? ''),
    },
    sent: [modifier === undefined ? name : `${name}:${modifier}`, value],
    tokens: isToken ? bare : [],
  }
}

function prefixOf(value: string, { type, prefixes }: FhirParameter): keyof typeof ordering | 'eq' | undefined {
  if (type !== 'date' && type !== 'number') return undefined
  const found = /^[a-z]{2}(?=[\d-])/.exec(value)?.[0]
  if (found === undefined || found === 'eq') return found
  const known = prefixes.find((each) => each === found)
  if (known === undefined) throw unsupported('a value begins with a comparison that this parameter does not have')
  return known
}

/** A day that is in the calendar. */
function isReal(value: string, { type }: FhirParameter): boolean {
  if (type !== 'date' || value.length < 7) return true
  const [year, month, day = '01'] = value.slice(0, 10).split('-')
  const date = new Date(`${year ?? ''}-${month ?? ''}-${day}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(`${year ?? ''}-${month ?? ''}-${day}`)
}

function operatorOf(
  { type }: FhirParameter,
  modifier: string | undefined,
  prefix: keyof typeof ordering | 'eq' | undefined,
  several: boolean,
): ComparisonOperator {
  if (prefix !== undefined && prefix !== 'eq') return ordering[prefix]
  if (modifier === 'not') return several ? 'nin' : 'neq'
  if (modifier === 'contains') return 'contains'
  if (type === 'string' && modifier !== 'exact') return 'startsWith'
  return several ? 'in' : 'eq'
}

/**
 * True when `value`, an element of a resource, has the token: `code`, `system|code`, `|code` or `system|`. A plain code
 * has the system of its element, which is not looked at.
 * @see FHIR R4 search.html#token
 */
export function holdsToken(value: unknown, token: string): boolean {
  const bar = token.indexOf('|')
  const [system, code] = bar < 0 ? [undefined, token] : [token.slice(0, bar), token.slice(bar + 1)]
  const holds = (each: unknown): boolean => {
    if (Array.isArray(each)) return each.some(holds)
    if (typeof each === 'string' || typeof each === 'boolean') return code === '' || String(each) === code
    if (typeof each !== 'object' || each === null) return false
    const part = each as Readonly<Record<string, unknown>> // Looked at just now.
    if (Array.isArray(part['coding'])) return part['coding'].some(holds)
    const own = part['code'] ?? part['value']
    const isOfSystem = system === undefined || (part['system'] ?? '') === system
    return isOfSystem && (code === '' || own === code)
  }
  return holds(value)
}

import type { RuleData, ValueReference } from '../../schemas/pack.js'
import type { RuleOutcome } from './decision.js'
import type { AccessQuestion, Claims } from './question.js'

/** A rule, compiled at load. */
export interface Rule {
  /** Id and version, as decisions name it: `UCIR-0001.v1`. */
  readonly name: string
  readonly scope: string
  readonly purpose: string
  readonly grondslag: string
  readonly weigh: (question: AccessQuestion) => RuleOutcome
}

/** A condition: reasons why the question does not meet it, or none. */
type Condition = (question: AccessQuestion) => readonly string[]

const none: readonly string[] = []

/**
 * Compiles a rule to its conditions, in the order of the four questions *wie, wat, waarvoor, wanneer*.
 *
 * All conditions are weighed, so that the requester learns everything that is missing at once. Reasons name what the
 * rule asks, never what the source holds.
 */
export function compileRule(data: RuleData): Rule {
  const name = `${data.id}.v${String(data.version)}`
  const conditions: readonly Condition[] = [
    hasRole(data.wie.role),
    asksOperation(data.wat.operation),
    ...data.wat.filterRequired.map(hasFilter),
    ...Object.entries(data.wat.filterEquals).map(([path, reference]) => hasFilterEqual(path, reference)),
    readsOnly(data.wat),
    ...('until' in data.wanneer ? [isBefore(data.wanneer.until)] : []),
  ]
  return {
    name,
    scope: data.scope,
    purpose: data.waarvoor.purpose,
    grondslag: `${data.grondslag.text} (${data.grondslag.status})`,
    weigh(question) {
      const reasons: string[] = []
      for (const condition of conditions) reasons.push(...condition(question))
      return { rule: name, permitted: reasons.length === 0, reasons }
    },
  }
}

/** The claims that a rule looks at, by name; what a scope yields must have them. */
export function claimsOf({ wat, wanneer }: RuleData): readonly string[] {
  const references = Object.values(wat.filterEquals).flatMap((reference) => {
    const [kind, name = ''] = reference.split('.')
    return kind === 'requester' ? ['organization_id_type', 'organization_id'] : [name]
  })
  const names = [
    'organization_role',
    ...references,
    ...(isListedInClaim(wat.fields) ? [wat.fields.listedIn] : []),
    ...('until' in wanneer ? [wanneer.until] : []),
  ]
  return [...new Set(names)]
}

function hasRole(roles: readonly string[]): Condition {
  const reasons = [`wie: your role must be ${roles.join(' or ')}`]
  return ({ requester }) => (roles.some((role) => role === requester.claims['organization_role']) ? none : reasons)
}

function asksOperation(operation: string): Condition {
  const reasons = [`wat: only ${operation} may be asked`]
  return ({ resource }) => (resource.operation === operation ? none : reasons)
}

function hasFilter(path: string): Condition {
  const reasons = [`wat: a filter ${path} with eq is required`]
  return ({ resource }) => (resource.filters.some((filter) => filter.path === path) ? none : reasons)
}

function hasFilterEqual(path: string, reference: ValueReference): Condition {
  const missing = [`wat: a filter ${path} with eq is required and must be ${describe(reference)}`]
  const different = [`wat: the filter ${path} must be ${describe(reference)}`]
  return ({ resource, requester }) => {
    const asked = resource.filters.filter((filter) => filter.path === path)
    if (asked.length === 0) return missing
    const own = valueOf(reference, requester.claims)
    return own !== undefined && asked.every((filter) => filter.value === own) ? none : different
  }
}

function describe(reference: ValueReference): string {
  const [kind, name] = reference.split('.')
  return kind === 'requester' ? `your own ${name ?? ''}` : `the one your authorization names (${name ?? ''})`
}

function valueOf(reference: ValueReference, claims: Claims): string | undefined {
  const [kind, name = ''] = reference.split('.')
  const value =
    kind === 'requester'
      ? claims['organization_id_type'] === name
        ? claims['organization_id']
        : undefined
      : claims[name]
  return typeof value === 'string' ? value : undefined
}

/** Filters count as reads: who may not see a field may not probe it either, unless the rule itself asks for the filter. */
function readsOnly(wat: RuleData['wat']): Condition {
  const asked = new Set([...wat.filterRequired, ...Object.keys(wat.filterEquals)])
  const fieldsOf = allowedFields(wat.fields)
  const verdicts = new WeakMap<readonly string[], readonly string[]>()
  const forbidden = (fields: readonly string[], allowed: ReadonlySet<string>): readonly string[] => {
    const refused = fields.filter((field) => !allowed.has(field))
    return refused.length === 0 ? none : [`wat: not allowed to read ${refused.slice(0, 20).join(', ')}`]
  }
  return ({ resource, requester }) => {
    const { allowed, lasting } = fieldsOf(requester.claims)
    const compared = resource.filters
      .filter(({ path }) => !resource.paths.some((selected) => selected === path || selected.endsWith(`.${path}`)))
      .map(({ path }) => `${wat.type}.${path}`)
    // The list of fields belongs to a cached document, and the rule's own fields never change: one verdict serves both.
    const known = lasting ? verdicts.get(resource.fields) : undefined
    // What is only compared is judged below, as a filter.
    const verdict =
      known ??
      forbidden(
        resource.fields.filter((field) => !compared.includes(field)),
        allowed,
      )
    if (lasting) verdicts.set(resource.fields, verdict)
    const probes = resource.filters
      .map(({ path }) => path)
      .filter((path) => !asked.has(path) && !allowed.has(`${wat.type}.${path}`))
    return probes.length === 0 ? verdict : [...verdict, `wat: not allowed to filter on ${probes.join(', ')}`]
  }
}

function allowedFields(
  fields: RuleData['wat']['fields'],
): (claims: Claims) => { readonly allowed: ReadonlySet<string>; readonly lasting: boolean } {
  if (isListedInClaim(fields)) {
    return (claims) => {
      const listed = claims[fields.listedIn]
      const names = Array.isArray(listed) ? listed.filter((name) => typeof name === 'string') : []
      return { allowed: new Set(names), lasting: false }
    }
  }
  const allowed = new Set(Object.entries(fields).flatMap(([type, names]) => names.map((name) => `${type}.${name}`)))
  return () => ({ allowed, lasting: true })
}

function isListedInClaim(fields: RuleData['wat']['fields']): fields is { listedIn: string } {
  return typeof fields['listedIn'] === 'string'
}

/** A date with a time zone: without one it would be read in the time zone of the machine. @see RFC 3339 section 5.6 */
const dateTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/

function isBefore(claim: string): Condition {
  const expired = ['wanneer: your authorization has expired']
  const endless = ['wanneer: your authorization does not say until when it holds']
  return ({ requester, context }) => {
    const until = requester.claims[claim]
    const instant = typeof until === 'string' && dateTime.test(until) ? Date.parse(until) : Number.NaN
    if (Number.isNaN(instant)) return endless
    return context.time < instant ? none : expired
  }
}

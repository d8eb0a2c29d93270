import { isBsnShaped } from '../../kernel/identifiers.js'
import type { SortKey } from '../../policy/question.js'
import type { FhirCall } from '../../../schemas/fhir/call.js'
import { bsnSystem, type FhirAccompanying, type FhirTemplate } from '../../../schemas/fhir/template.js'
import { readValues, type ReadParameter } from './read-values.js'
import { logicalId } from './references.js'
import { malformed, shown, unsupported } from './refuse.js'

/** Who a request names, in either way. */
export interface NamedPerson {
  readonly bsn?: string
  /** The logical id of the Patient at the source. */
  readonly patient?: string
}

/** The parameters of a call, checked against one template. */
export interface ReadSearch {
  readonly person: NamedPerson
  readonly parameters: readonly ReadParameter[]
  /** What of the resource is asked. */
  readonly elements: readonly string[]
  readonly include: readonly FhirAccompanying[]
  readonly revinclude: readonly FhirAccompanying[]
  readonly order: readonly SortKey[]
  readonly sort: string | undefined
  readonly count: number
  /** Only how many there are. */
  readonly countOnly: boolean
}

const resultParameters = ['_format', '_count', '_sort', '_elements', '_summary', '_include', '_revinclude'] as const
type ResultParameter = (typeof resultParameters)[number]

/**
 * Reads the parameters of a call as `template` has them: every one is known there, or the call is refused.
 * @throws `source.not_supported`, `source.bad_request`, with notes that name parameters and no value
 */
export function readSearch(template: FhirTemplate, call: FhirCall): ReadSearch {
  const results = new Map<ResultParameter, string[]>()
  const parameters: ReadParameter[] = []
  const given = new Map<string, number>()
  let person: NamedPerson | undefined
  for (const [name, value] of call.parameters) {
    const result = resultParameters.find((each) => each === name)
    const named =
      result === undefined && call.interaction === 'search-type' ? readPerson(template, name, value) : undefined
    if (result !== undefined) results.set(result, [...(results.get(result) ?? []), value])
    else if (named !== undefined) {
      if (person !== undefined) throw malformed('the person is named more than once')
      person = named
    } else {
      const parameter = readParameter(template, call, name, value)
      const times = (given.get(parameter.name) ?? 0) + 1
      given.set(parameter.name, times)
      if (times > parameter.repeats) throw unsupported(`${parameter.name}: given more often than is supported`)
      if (parameter.read !== undefined) parameters.push(parameter.read)
    }
  }
  const missing = Object.entries(template.parameters).find(([name, { required }]) => required && !given.has(name))
  if (missing !== undefined && call.interaction === 'search-type') throw malformed(`${missing[0]}: is required`)
  return { person: person ?? {}, parameters, ...readResults(template, call, results) }
}

/** The parameters of a search as they are written again, without who it is about and what the template adds. */
export function pairsOf({
  parameters,
  include,
  revinclude,
  sort,
  count,
  countOnly,
}: ReadSearch): readonly (readonly [name: string, value: string])[] {
  return [
    ...parameters.map(({ sent }) => sent),
    ...include.map(({ value }) => ['_include', value] as const),
    ...revinclude.map(({ value }) => ['_revinclude', value] as const),
    ...(sort === undefined ? [] : [['_sort', sort] as const]),
    countOnly ? ['_summary', 'count'] : ['_count', String(count)],
  ]
}

function readParameter(template: FhirTemplate, { interaction }: FhirCall, written: string, value: string) {
  if (interaction !== 'search-type') throw unsupported(`${shown(written)}: not with this interaction`)
  const [name = '', modifier, ...rest] = written.split(':')
  const always = Object.hasOwn(template.always, name) ? template.always[name] : undefined
  if (always !== undefined) {
    if (modifier !== undefined || value !== always.value)
      throw unsupported(`${name}: is always the one of the template`)
    return { name, repeats: 1, read: undefined }
  }
  const parameter = Object.hasOwn(template.parameters, name) ? template.parameters[name] : undefined
  // A chain has a point in its name, and `_has`, `_filter`, `_query` and the like are in no template.
  if (parameter === undefined || rest.length > 0)
    throw unsupported(`${shown(written)}: no template of ${template.type} has this parameter`)
  return { name, repeats: parameter.repeats, read: readValues(template, { name, modifier, value }, parameter) }
}

/** The person that a parameter names; `undefined` for a parameter that names nobody. */
function readPerson({ type, person }: FhirTemplate, name: string, value: string): NamedPerson | undefined {
  const byNumber = type === 'Patient' ? 'identifier' : `${person.parameter}.identifier`
  const byReference = type === 'Patient' ? '_id' : person.parameter
  if (name === byNumber && person.by === 'bsn') {
    const [system, number, ...rest] = value.split('|')
    if (system !== bsnSystem || rest.length > 0) throw unsupported(`${name}: only ${bsnSystem}| and the number`)
    if (number === undefined || !isBsnShaped(number)) throw malformed(`${name}: is no BSN that can exist`)
    return { bsn: number }
  }
  if (name === byReference && (person.by === 'patient' || person.reference)) {
    const id = type !== 'Patient' && value.startsWith('Patient/') ? value.slice('Patient/'.length) : value
    if (!logicalId.test(id)) throw malformed(`${name}: is no id of a Patient of this source`)
    return { patient: id }
  }
  return undefined
}

function readResults(
  template: FhirTemplate,
  { interaction }: FhirCall,
  given: ReadonlyMap<ResultParameter, readonly string[]>,
) {
  const one = (name: ResultParameter): string | undefined => {
    const [value, ...others] = given.get(name) ?? []
    if (others.length > 0) throw malformed(`${name}: is given more than once`)
    return value
  }
  const isSearch = interaction === 'search-type'
  for (const name of isSearch ? [] : (['_count', '_sort', '_include', '_revinclude'] as const))
    if (given.has(name)) throw unsupported(`${name}: not with this interaction`)
  const [sort, summary] = [one('_sort'), one('_summary')]
  const countOnly = summary === 'count' && isSearch
  const summaries: readonly string[] = template.summary
  if (summary !== undefined && summary !== 'false' && !(countOnly && summaries.includes(summary)))
    throw unsupported('_summary: not with this value')
  one('_format')
  return {
    elements: readElements(template, one('_elements')),
    include: (given.get('_include') ?? []).map((value) => findAccompanying(template.include, '_include', value)),
    revinclude: (given.get('_revinclude') ?? []).map((value) =>
      findAccompanying(template.revinclude, '_revinclude', value),
    ),
    sort,
    order: sort === undefined ? [] : sort.split(',').map((key) => readSortKey(template, key)),
    count: readCount(template, one('_count')),
    countOnly,
  }
}

function readElements({ elements }: FhirTemplate, value: string | undefined): readonly string[] {
  if (value === undefined) return elements
  const asked = [...new Set(value.split(','))]
  // What is always there may be named too.
  const unknown = asked.filter((name) => !elements.includes(name) && name !== 'id' && name !== 'meta')
  if (unknown.length > 0) throw unsupported('_elements: names an element that the template does not give')
  return elements.filter((name) => asked.includes(name))
}

function findAccompanying(known: readonly FhirAccompanying[], name: string, value: string): FhirAccompanying {
  const found = known.find((each) => each.value === value)
  if (found === undefined) throw unsupported(`${name}: not with this value`)
  return found
}

function readSortKey({ type, sort }: FhirTemplate, key: string): SortKey {
  const name = key.startsWith('-') ? key.slice(1) : key
  const element = Object.hasOwn(sort, name) ? sort[name] : undefined
  if (element === undefined) throw unsupported('_sort: not by this')
  return { path: element, field: `${type}.${element}`, direction: key.startsWith('-') ? 'DESC' : 'ASC' }
}

function readCount({ count }: FhirTemplate, value: string | undefined): number {
  if (value === undefined) return Math.min(count.default, count.max)
  if (!/^[1-9]\d{0,5}$/.test(value)) throw malformed('_count: is no number of resources above zero')
  return Math.min(Number(value), count.max)
}

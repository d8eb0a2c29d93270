import { createHash } from 'node:crypto'
import { NodeError } from '../../kernel/errors.js'
import { containsPersonNumber } from '../../kernel/identifiers.js'
import type { Condition } from '../../policy/question.js'
import { fhirCallSchema, type FhirCall } from '../../../schemas/fhir/call.js'
import type { FhirAccompanying, FhirTemplate } from '../../../schemas/fhir/template.js'
import type { SourceRequest } from '../data-source.js'
import { readSearch, type NamedPerson, type ReadSearch } from './read-search.js'
import { logicalId } from './references.js'
import { malformed, notOffered } from './refuse.js'

/** How a call is answered, as it was checked. */
export interface FhirPlan {
  readonly template: FhirTemplate
  readonly call: FhirCall
  readonly search: ReadSearch
  /** Who the answer is about, as far as it is known. */
  readonly person: NamedPerson
}

/** A call with what it reads; nobody asked yet whether it may. */
export interface ReadCall {
  readonly request: SourceRequest
  readonly plan: FhirPlan
}

/** @throws `source.bad_request` for what is no call of FHIR */
export function parseCall(body: unknown): FhirCall {
  const parsed = fhirCallSchema.safeParse(body)
  if (!parsed.success) throw malformed('this is no call of FHIR, or one that is too large')
  return parsed.data
}

/**
 * Checks a call against the templates of its type, those that the scopes of the token are about first: the first that has
 * all of it is what is asked.
 * @throws `source.type_unknown`, `request.not_offered` for an interaction that no template of the type has,
 *   `source.not_supported`, `source.bad_request`, `request.bad_parameters` for a number of a person in a URL
 */
export function readCall(call: FhirCall, templates: readonly FhirTemplate[], source: string): ReadCall {
  refusePersonInUrl(call)
  const ofType = templates.filter(({ type }) => type === call.type)
  if (ofType.length === 0) throw new NodeError('source.type_unknown')
  const fitting = ofType.filter(({ interaction }) => interaction === call.interaction)
  if (fitting.length === 0) throw notOffered()
  for (const id of [call.id, call.versionId])
    if (id !== undefined && !logicalId.test(id)) throw malformed('the id is no logical id of FHIR')
  const isFirst = ({ name }: FhirTemplate): boolean => call.operations.includes(name)
  const candidates = [...fitting.filter(isFirst), ...fitting.filter((each) => !isFirst(each))]
  const plan = firstPlan(candidates, call)
  return { plan, request: toRequest(plan, source) }
}

function refusePersonInUrl({ inUrl, parameters, id = '', versionId = '' }: FhirCall): void {
  const inPath = [id, versionId].some(containsPersonNumber)
  if (!inPath && !(inUrl && parameters.flat().some(containsPersonNumber))) return
  throw new NodeError('request.bad_parameters', {
    notes: [
      'a URL may hold no number that could be a BSN: search with POST to _search, with the parameters in the body',
    ],
  })
}

/** What is wrong with the first template is what the caller hears: it is the nearest to what its token is for. */
function firstPlan(candidates: readonly FhirTemplate[], call: FhirCall): FhirPlan {
  let refusal: unknown
  for (const template of candidates) {
    try {
      const search = readSearch(template, call)
      return { template, call, search, person: search.person }
    } catch (cause) {
      refusal ??= cause
    }
  }
  throw refusal
}

/**
 * What a plan reads, in the words of the policy: elements are fields, search parameters compare the element that they look
 * at, and the person is a filter.
 */
export function toRequest({ template, search, person }: FhirPlan, source: string): SourceRequest {
  const { type, name } = template
  const { by } = template.person
  const value = person[by]
  const conditions: Condition[] = search.parameters.map(({ condition }) => condition)
  if (value !== undefined)
    conditions.unshift({ kind: 'compare', path: by, field: `${type}.${by}`, operator: 'eq', value })
  const accompanying = [...search.include, ...search.revinclude]
  const compared = conditions.flatMap((each) => (each.kind === 'compare' ? [each.field] : []))
  const selected = search.countOnly ? [] : search.elements
  return {
    source,
    operation: name,
    filters: value === undefined ? [] : [{ path: by, operator: 'eq', value }],
    where: conditions.length === 0 ? undefined : { kind: 'and', of: conditions },
    nested: [],
    order: search.order,
    fields: sorted([
      ...selected.map((element) => `${type}.${element}`),
      ...compared,
      ...search.order.map(({ field }) => field),
      ...accompanying.flatMap((each) => each.elements.map((element) => `${each.type}.${element}`)),
    ]),
    paths: sorted([...selected, ...accompanying.flatMap(pathsOf)]),
    template: digestOf(template, search),
  }
}

/** The place of what accompanies: by its type, with a small letter. */
export function placeOf({ type }: Pick<FhirAccompanying, 'type'>): string {
  return `${type.slice(0, 1).toLowerCase()}${type.slice(1)}`
}

function pathsOf(each: FhirAccompanying): readonly string[] {
  return [placeOf(each), ...each.elements.map((element) => `${placeOf(each)}.${element}`)]
}

function sorted(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort()
}

function digestOf({ name, type, interaction }: FhirTemplate, search: ReadSearch): string {
  const { parameters, elements, include, revinclude, sort, countOnly } = search
  const names = parameters.map(({ sent, condition }) => [sent[0], 'operator' in condition ? condition.operator : ''])
  const accompanying = [...include, ...revinclude].map(({ value }) => value)
  const text = JSON.stringify([name, type, interaction, names, elements, accompanying, sort ?? '', countOnly])
  return createHash('sha256').update(text).digest('hex')
}

import { failed } from './ask-fhir.js'
import type { FhirPlan } from './read-call.js'
import { holdsToken } from './read-values.js'
import { isObject, isResource, logicalId, patientOf, targetOf, targetsIn, type Resource } from './references.js'

/** One resource of a searchset, held against what was asked. */
export interface CheckedEntry {
  readonly resource: Resource & { readonly id: string }
  readonly mode: 'match' | 'include'
}

/** A searchset of the server, held against what was asked. */
export interface CheckedBundle {
  readonly entries: readonly CheckedEntry[]
  readonly total: number | undefined
  /** What follows the base of the server in the link to the next page. */
  readonly next: string | undefined
}

const maxEntries = 2000
const maxSuffix = 2048

/**
 * Holds a searchset against the plan: every match is of the type that was asked, about `patient` and nobody else, and has
 * the tokens that were asked; what comes with it is of a type that was asked to come with it, belongs to a match, and is not
 * about another Patient. Where only the number was asked nothing comes: nobody decided about an element. An answer that has
 * anything else is not used at all: the server did not do what it was asked. Ranges, text and order are the server's word.
 * @param base of the server, as its references begin
 * @throws `source.failed`
 * @see FHIR R4 search.html, bundle.html#searchset
 */
export function readBundle(bundle: Resource, plan: FhirPlan, patient: string, base: string): CheckedBundle {
  if (bundle.resourceType !== 'Bundle' || bundle['type'] !== 'searchset') throw failed('the answer is no searchset')
  const listed = listOf(bundle['entry'])
  if (listed.length > maxEntries) throw failed('a searchset has more entries than are read')
  const entries = listed.flatMap((entry) => readEntry(entry))
  if (plan.search.countOnly && entries.length > 0) throw failed('a count came with resources')
  for (const { resource, mode } of entries) if (mode === 'match') requireMatch(resource, plan, patient, base)
  const matches = entries.filter(({ mode }) => mode === 'match').map(({ resource }) => resource)
  requireAccompanying(entries, matches, plan, patient, base)
  const { total } = bundle
  return {
    entries,
    total: typeof total === 'number' && Number.isSafeInteger(total) && total >= 0 ? total : undefined,
    next: nextOf(bundle['link'], base),
  }
}

/** What the server says of the search itself stays here: it may say anything. */
function readEntry(entry: unknown): readonly CheckedEntry[] {
  const resource = isObject(entry) ? entry['resource'] : undefined
  const search = isObject(entry) ? entry['search'] : undefined
  const mode = isObject(search) ? (search['mode'] ?? 'match') : 'match'
  if (mode === 'outcome') return []
  if (!isResource(resource) || !isNamed(resource)) throw failed('an entry has no resource with an id')
  if (mode !== 'match' && mode !== 'include') throw failed('an entry is neither a match nor included')
  return [{ resource, mode }]
}

function isNamed(resource: Resource): resource is CheckedEntry['resource'] {
  return typeof resource.id === 'string' && logicalId.test(resource.id)
}

/**
 * Refuses a resource that is not what the plan asks, or not about `patient`: for a read, also one with another id or version
 * than was named.
 * @throws `source.failed`
 */
export function requireMatch(
  resource: Resource,
  { template, search, call }: FhirPlan,
  patient: string,
  base: string,
): void {
  if (resource.resourceType !== template.type) throw failed('a match is of another type')
  if (call.interaction !== 'search-type' && !isNamedBy(call, resource))
    throw failed('a record is not the one that was asked')
  if (patientOf(resource, template.person.element, base) !== patient) throw failed('a match is about somebody else')
  const always = Object.values(template.always)
  const isAlways = always.every(({ element, value }) => holdsToken(resource[element], value))
  const isAsked = search.parameters.every(
    ({ tokens, condition }) =>
      tokens.length === 0 ||
      !('path' in condition) ||
      tokens.some((token) => holdsToken(resource[condition.path], token)),
  )
  if (!isAlways || !isAsked) throw failed('a match does not have what was asked')
}

/** A server need not say its version. */
function isNamedBy({ id, versionId }: FhirPlan['call'], resource: Resource): boolean {
  const { meta } = resource
  const version = isObject(meta) ? meta['versionId'] : undefined
  return resource.id === id && (versionId === undefined || version === undefined || version === versionId)
}

function requireAccompanying(
  entries: readonly CheckedEntry[],
  matches: readonly Resource[],
  { search }: FhirPlan,
  patient: string,
  base: string,
): void {
  const referred = targetsIn(matches, base)
  const named = new Set(matches.map(({ resourceType, id }) => `${resourceType}/${id ?? ''}`))
  for (const { resource, mode } of entries) {
    if (mode === 'match') continue
    const { resourceType, id } = resource
    if (resourceType === 'Patient' && `Patient/${id}` !== patient) throw failed('another person is included')
    if (isAboutOther(resource, patient, base)) throw failed('something about another person is included')
    const isIncluded = search.include.some(({ type }) => type === resourceType) && referred.has(`${resourceType}/${id}`)
    const isReverse =
      search.revinclude.some(({ type }) => type === resourceType) &&
      [...targetsIn(resource, base)].some((target) => named.has(target))
    if (!isIncluded && !isReverse) throw failed('something is included that was not asked')
  }
}

/** By the elements with which resources say whose they are. */
function isAboutOther({ subject, patient: named }: Resource, patient: string, base: string): boolean {
  return [subject, named].some((reference) => {
    const target = targetOf(reference, base)
    return target?.startsWith('Patient/') === true && target !== patient
  })
}

function nextOf(link: unknown, base: string): string | undefined {
  const next = listOf(link).find((each) => isObject(each) && each['relation'] === 'next')
  if (next === undefined) return undefined
  const url = isObject(next) ? next['url'] : undefined
  const suffix = typeof url === 'string' && url.startsWith(base) ? url.slice(base.length) : undefined
  // A relative link is one below the base; another place would be asked with the credentials for this one.
  const relative =
    suffix ?? (typeof url === 'string' && /^(\?|[A-Z])/.test(url) ? (url.startsWith('?') ? url : `/${url}`) : '')
  if (
    !/^(\/[A-Za-z0-9$_./-]*)?(\?[\x21-\x7e]*)?$/.test(relative) ||
    relative === '' ||
    relative.length > maxSuffix ||
    relative.includes('..') ||
    relative.includes('//')
  )
    throw failed('the next page is somewhere else')
  return relative
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw failed('a member that is a list in FHIR is none')
  return value
}

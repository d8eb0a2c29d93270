import type { Resource } from './references.js'
import { isObject, isResource } from './references.js'
import { failed } from './ask-fhir.js'

/** Of `meta` what a reader needs to know what it has; not where the server got it, nor its own marks. */
const keptMeta = ['versionId', 'lastUpdated', 'profile', 'security'] as const
/** What changes the meaning of a resource cannot be left out. @see FHIR R4 search.html#elements: modifier elements */
const always = new Set(['resourceType', 'id', 'meta', 'implicitRules', 'modifierExtension', 'doNotPerform'])
const subsetted = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' }

/** The elements of each type that may leave. */
export type Leaving = ReadonlyMap<string, ReadonlySet<string>>

/**
 * The resource with what may leave of it, marked as being a part when something was left out. An element leaves with what
 * is said beside its value (`_birthDate`); what is contained leaves as its own type does.
 * @throws `source.failed` for a contained resource of a type that does not leave
 */
export function narrowResource(resource: Resource, leaving: Leaving): Resource {
  const elements = leaving.get(resource.resourceType)
  if (elements === undefined) throw failed('a resource is of a type that was not asked')
  const kept: Record<string, unknown> = { resourceType: resource.resourceType }
  let isWhole = true
  for (const [name, value] of Object.entries(resource)) {
    if (name === 'meta' || name === 'resourceType') continue
    if (!always.has(name) && !elements.has(name.startsWith('_') ? name.slice(1) : name)) isWhole = false
    else kept[name] = name === 'contained' ? narrowContained(value, leaving) : value
  }
  const meta = narrowMeta(resource['meta'], isWhole)
  return {
    resourceType: resource.resourceType,
    ...(typeof resource.id === 'string' ? { id: resource.id } : {}),
    ...(meta === undefined ? {} : { meta }),
    ...kept,
  }
}

function narrowMeta(meta: unknown, isWhole: boolean): Readonly<Record<string, unknown>> | undefined {
  const own = isObject(meta) ? meta : {}
  const kept: Record<string, unknown> = {}
  for (const name of keptMeta) if (own[name] !== undefined) kept[name] = own[name]
  if (!isWhole) kept['tag'] = [subsetted]
  return Object.keys(kept).length === 0 ? undefined : kept
}

function narrowContained(contained: unknown, leaving: Leaving): readonly Resource[] {
  if (!Array.isArray(contained)) throw failed('what is contained is no list')
  return contained.map((each: unknown) => {
    // A person who stands inside a resource is looked at by nobody.
    if (!isResource(each) || each.resourceType === 'Patient') throw failed('what is contained may not leave')
    return narrowResource(each, leaving)
  })
}

/** A resource as a server gave it: its type is known, and nothing else. */
export interface Resource {
  readonly resourceType: string
  readonly id?: string
  readonly [member: string]: unknown
}

/** A logical id, but for `.` and `..`: in an address these are other places. @see FHIR R4 datatypes.html#id */
export const logicalId = /^(?!\.{1,2}$)[A-Za-z0-9.-]{1,64}$/

/** True for an object with a type of resource. */
export function isResource(value: unknown): value is Resource {
  return (
    isObject(value) && typeof value['resourceType'] === 'string' && /^[A-Z][A-Za-z]{1,63}$/.test(value['resourceType'])
  )
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * What a literal reference points at, as `Type/id`, when it is at `base`; `undefined` for a reference elsewhere, to a part
 * of the resource itself, or by nothing but an identifier.
 * @see FHIR R4 references.html
 */
export function targetOf(reference: unknown, base: string): string | undefined {
  const text = isObject(reference) ? reference['reference'] : reference
  if (typeof text !== 'string') return undefined
  const local = text.startsWith(`${base}/`) ? text.slice(base.length + 1) : text
  const match = /^([A-Z][A-Za-z]{1,63})\/([A-Za-z0-9.-]{1,64})(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/.exec(local)
  return match === null ? undefined : `${match[1] ?? ''}/${match[2] ?? ''}`
}

/** Everything that a resource refers to at `base`, wherever the reference stands in it. */
export function targetsIn(value: unknown, base: string, into = new Set<string>()): ReadonlySet<string> {
  if (Array.isArray(value)) for (const item of value) targetsIn(item, base, into)
  else if (isObject(value)) {
    const target = targetOf(value, base)
    if (target !== undefined) into.add(target)
    for (const member of Object.values(value)) if (typeof member === 'object') targetsIn(member, base, into)
  }
  return into
}

/** The Patient that a resource is about: the resource itself, or what `element` refers to, as `Patient/id`. */
export function patientOf(resource: Resource, element: string, base: string): string | undefined {
  if (resource.resourceType === 'Patient') return resource.id === undefined ? undefined : `Patient/${resource.id}`
  const target = targetOf(resource[element], base)
  return target?.startsWith('Patient/') === true ? target : undefined
}

/**
 * The one value that a Patient has under `system`; `undefined` for none, or several. A number that was assigned once, or for
 * the time being, is not the Patient's.
 * @see FHIR R4 datatypes-definitions.html#Identifier.use: a modifier element
 */
export function identifierOf(patient: Resource, system: string): string | undefined {
  const values = identifiersOf(patient, system)
    .filter(({ use }) => use !== 'old' && use !== 'temp')
    .map(({ value }) => value)
  const [value, ...others] = new Set(values)
  return others.length === 0 ? value : undefined
}

/** True when a Patient had `value` under `system`, and has it no longer, or another was told to be used instead of this Patient. */
export function isFormer(patient: Resource, system: string, value: string): boolean {
  const all = identifiersOf(patient, system).filter((each) => each.value === value)
  const links: readonly unknown[] = Array.isArray(patient['link']) ? patient['link'] : []
  return (
    (all.length > 0 && all.every(({ use }) => use === 'old' || use === 'temp')) ||
    links.some((link) => isObject(link) && link['type'] === 'replaced-by')
  )
}

function identifiersOf(
  patient: Resource,
  system: string,
): readonly { readonly value: string; readonly use: unknown }[] {
  const identifiers: readonly unknown[] = Array.isArray(patient['identifier']) ? patient['identifier'] : []
  return identifiers.flatMap((each) =>
    isObject(each) && each['system'] === system && typeof each['value'] === 'string'
      ? [{ value: each['value'], use: each['use'] }]
      : [],
  )
}

import { NodeError } from '../../kernel/errors.js'
import type { Credential } from '../credential.js'
import { credentialTypeNames } from '../types/table.js'
import type { Fault, FieldValues, InputDescriptor, PresentationDefinition } from './definition.js'

/** A fulfilled definition: which credential answers which descriptor, and the values of its fields. */
export interface Match {
  readonly byDescriptor: readonly { readonly descriptor: string; readonly credential: Credential }[]
  readonly values: FieldValues
}

/** Values that fields of the definition must have, by field id: picks one of several credentials that would fit. */
export type Selection = Readonly<Record<string, string>>

/**
 * Finds for each descriptor that must be answered the first credential that fits, in the order given.
 *
 * A `selection` narrows it: for a descriptor with a field of the selection exactly one credential may be left.
 * @throws `presentation.unfulfilled` with a note per descriptor that nothing fits: the nearest credential and the field
 *   on which it failed, by name and never by value; `request.bad_parameters` for a selection by a field that the
 *   definition does not have
 * @see DIF Presentation Exchange 2.0 section 5; nuts-node v6: the first match wins, `credential_selection`
 */
export function matchDefinition(
  definition: PresentationDefinition,
  credentials: readonly Credential[],
  options: { readonly selection?: Selection } = {},
): Match {
  const outcome = tryMatch(definition, credentials, options)
  if ('missing' in outcome) throw new NodeError('presentation.unfulfilled', { notes: outcome.missing })
  return outcome
}

/** As `matchDefinition`; a definition that is not fulfilled yields its notes. @throws `request.bad_parameters` */
export function tryMatch(
  definition: PresentationDefinition,
  credentials: readonly Credential[],
  { selection = {} }: { readonly selection?: Selection },
): Match | { readonly missing: readonly string[] } {
  checkSelection([definition], selection)
  const outcomes = new Map<string, Fit | Unfit>()
  for (const descriptor of definition.descriptors) {
    outcomes.set(descriptor.id, findCredential(descriptor, credentials, selection))
  }
  const fitting = new Set([...outcomes].filter(([, outcome]) => 'credential' in outcome).map(([id]) => id))
  const { taken, missing } = definition.requirement(fitting)
  if (missing.length > 0) return { missing: describeMissing(missing, outcomes) }
  const byDescriptor: { descriptor: string; credential: Credential }[] = []
  const values: Record<string, FieldValues[string]> = {}
  for (const [descriptor, outcome] of outcomes) {
    if (!taken.includes(descriptor) || !('credential' in outcome)) continue
    byDescriptor.push({ descriptor, credential: outcome.credential })
    Object.assign(values, outcome.values)
  }
  return { byDescriptor, values }
}

/** Refuses a selection by a field that none of the definitions has. @throws `request.bad_parameters` */
export function checkSelection(definitions: readonly PresentationDefinition[], selection: Selection): void {
  const selected = Object.keys(selection)
  if (selected.length === 0) return
  const fields = definitions.flatMap(({ descriptors }) => descriptors.flatMap((descriptor) => descriptor.fields))
  const known = new Set(fields.map(({ id }) => id))
  const unknown = selected.filter((id) => !known.has(id))
  if (unknown.length === 0) return
  throw new NodeError('request.bad_parameters', {
    notes: unknown.slice(0, 5).map((id) => `credential_selection: the definition has no field ${id.slice(0, 64)}`),
  })
}

interface Fit {
  readonly credential: Credential
  readonly values: FieldValues
}

interface Unfit {
  /** Written only when it is told: most wallets hold much that does not fit. */
  readonly reasons: () => readonly string[]
}

function findCredential(
  descriptor: InputDescriptor,
  credentials: readonly Credential[],
  selection: Selection,
): Fit | Unfit {
  const selecting = descriptor.fields.some(({ id }) => id !== undefined && Object.hasOwn(selection, id))
  const fits: Fit[] = []
  const misses: { readonly credential: Credential; readonly fault: Fault | string }[] = []
  for (const credential of credentials) {
    const outcome = descriptor.match(credential)
    const fault = outcome.matched ? unselectedField(outcome.values, selection) : outcome.fault
    if (fault !== undefined) misses.push({ credential, fault })
    else if (outcome.matched) {
      const fit = { credential, values: outcome.values }
      if (!selecting) return fit
      fits.push(fit)
    }
  }
  const [fit, ...others] = fits
  if (fit !== undefined && others.length === 0) return fit
  if (fits.length > 0) return { reasons: () => [`credential_selection leaves ${fits.length} credentials, and not one`] }
  return {
    reasons: () =>
      misses.map(({ credential, fault }) => {
        const words = typeof fault === 'string' ? describeUnselected(fault) : describeFault(fault)
        return `${nameOf(credential)}: ${words}`
      }),
  }
}

/** The first field whose value is not the selected one. */
export function unselectedField(values: FieldValues, selection: Selection): string | undefined {
  return Object.keys(selection).find((id) => {
    if (!Object.hasOwn(values, id)) return false
    const value = values[id] ?? []
    const items: readonly unknown[] = Array.isArray(value) ? value : [value]
    return !items.some((item) => String(item) === selection[id])
  })
}

export function describeUnselected(field: string): string {
  return `field ${field} is not the one of credential_selection`
}

/** One sentence per fault, without the value that was found and without the one that is asked. */
export function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case 'format':
      return 'its format or algorithm is not accepted'
    case 'absent':
      return `field ${fault.field} is absent`
    case 'mismatch':
      return fault.path === '$.issuer'
        ? 'its issuer is not one that the definition accepts'
        : `field ${fault.field} does not match`
  }
}

function describeMissing(missing: readonly string[], outcomes: ReadonlyMap<string, Fit | Unfit>): readonly string[] {
  const notes = [...outcomes].flatMap(([id, outcome]) => {
    if ('credential' in outcome) return []
    const reasons = [...new Set(outcome.reasons())].slice(0, 5)
    return [`${id}: ${reasons.length === 0 ? 'there is no credential' : reasons.join('; ')}`]
  })
  // Without submission requirements, what is missing are descriptors, and their notes stand below.
  const requirements = missing.filter((line) => !outcomes.has(line))
  return [...requirements, ...notes]
}

/** A type that we know; one that the caller made up can hold anything. */
function nameOf({ type }: Credential): string {
  return credentialTypeNames.includes(type) ? type : 'a credential of another type'
}

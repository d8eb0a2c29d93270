import { NodeError } from '../../kernel/errors.js'
import { schemaFaults } from '../../kernel/schema-faults.js'
import {
  presentationDefinitionSchema,
  type PresentationDefinitionData,
} from '../../../schemas/presentation-exchange.js'
import type { Credential } from '../credential.js'
import { compileFilter, describeFilter, isFieldValue, type FieldValue, type Filter } from './filter.js'
import { acceptsFormat, describeFormat } from './format.js'
import { compilePath, type Path } from './path.js'
import { compileRequirements, type Requirement } from './requirement.js'

/** What a matched credential yields: values by the ids of the definition's fields; `null` for an optional field that is absent. */
export type FieldValues = Readonly<Record<string, FieldValue | null>>

/** Why a credential does not fit a descriptor. Names what is asked and never the value that was found. */
export type Fault =
  | { readonly kind: 'format'; readonly expected: string }
  | { readonly kind: 'absent'; readonly field: string; readonly paths: readonly string[]; readonly expected: string }
  | { readonly kind: 'mismatch'; readonly field: string; readonly path: string; readonly expected: string }

/** The outcome of holding one credential against one input descriptor. */
export type DescriptorMatch =
  | { readonly matched: true; readonly values: FieldValues }
  /** With the first fault. */
  | { readonly matched: false; readonly fault: Fault }

/** One input descriptor, compiled. */
export interface InputDescriptor {
  readonly id: string
  /** What the author says that it is for. */
  readonly purpose: string | undefined
  readonly fields: readonly { readonly id: string | undefined; readonly label: string; readonly expected: string }[]
  readonly match: (credential: Credential) => DescriptorMatch
  /** Every reason why the credential does not fit; empty when it does. */
  readonly explain: (credential: Credential) => readonly Fault[]
}

/** A presentation definition, compiled once at load. */
export interface PresentationDefinition {
  readonly id: string
  readonly descriptors: readonly InputDescriptor[]
  /** Which of the descriptors must be answered. */
  readonly requirement: Requirement
  /** As it travels. */
  readonly data: PresentationDefinitionData
}

/**
 * Claims that introspection uses itself, so no field may carry their names, and the one name that an object cannot carry.
 * @see RFC 7662 section 2.2
 */
const reservedFieldIds = new Set([
  'active',
  'iss',
  'sub',
  'aud',
  'exp',
  'iat',
  'nbf',
  'jti',
  'client_id',
  'scope',
  'cnf',
  'act',
  'token_type',
  '__proto__',
])

/**
 * Compiles a definition. Matching never throws afterwards, whatever credential it gets.
 *
 * @throws `presentation.definition_unsupported` for what the node does not do: paths, filters and requirements outside
 *   the subset, field ids used twice or reserved
 * @see DIF Presentation Exchange 2.0 section 5
 */
export function compileDefinition(value: unknown): PresentationDefinition {
  const parsed = presentationDefinitionSchema.safeParse(value)
  if (!parsed.success) {
    const notes = schemaFaults(parsed.error, { most: 10 })
    throw new NodeError('presentation.definition_unsupported', { notes })
  }
  const data = parsed.data
  const fieldIds = data.input_descriptors.flatMap(({ constraints }) =>
    constraints.fields.flatMap(({ id }) => (id === undefined ? [] : [id])),
  )
  const faulty = fieldIds.find((id, index) => reservedFieldIds.has(id) || fieldIds.indexOf(id) !== index)
  const descriptorIds = new Set(data.input_descriptors.map(({ id }) => id))
  if (faulty !== undefined || descriptorIds.size !== data.input_descriptors.length) {
    throw new NodeError('presentation.definition_unsupported', {
      notes: [faulty === undefined ? 'two descriptors have one id' : `field id is reserved or used twice: ${faulty}`],
    })
  }
  return {
    id: data.id,
    data,
    requirement: compileRequirements(data),
    descriptors: data.input_descriptors.map((descriptor) => compileDescriptor(descriptor, data.format)),
  }
}

interface CompiledField {
  readonly id: string | undefined
  readonly paths: readonly { readonly text: string; readonly find: Path }[]
  /** Without one, everything that is there passes. */
  readonly filter: Filter | undefined
  readonly optional: boolean
  /** How messages name it. */
  readonly label: string
  /** What it asks, in words. */
  readonly expected: string
}

type FieldData = PresentationDefinitionData['input_descriptors'][number]['constraints']['fields'][number]

function compileField({ id, path, filter, optional = false }: FieldData): CompiledField {
  const [firstPath = ''] = path
  return {
    id,
    paths: path.map((text) => ({ text, find: compilePath(text) })),
    filter: filter === undefined ? undefined : compileFilter(filter),
    optional,
    label: id ?? firstPath,
    expected: filter === undefined ? 'is there' : describeFilter(filter),
  }
}

function compileDescriptor(
  descriptor: PresentationDefinitionData['input_descriptors'][number],
  outerFormat: PresentationDefinitionData['format'],
): InputDescriptor {
  const formats = [outerFormat, descriptor.format].filter((format) => format !== undefined)
  const fields = descriptor.constraints.fields.map(compileField)
  const faultOfFormat = (credential: Credential): Fault | undefined => {
    const refusing = formats.find((format) => !acceptsFormat(format, credential))
    return refusing === undefined ? undefined : { kind: 'format', expected: describeFormat(refusing) }
  }
  const match = (credential: Credential): DescriptorMatch => {
    const fault = faultOfFormat(credential)
    if (fault !== undefined) return { matched: false, fault }
    const values: Record<string, FieldValue | null> = {}
    for (const field of fields) {
      const outcome = matchField(field, credential.view)
      if ('fault' in outcome) return { matched: false, fault: outcome.fault }
      if (field.id !== undefined) values[field.id] = outcome.value
    }
    return { matched: true, values }
  }
  /** What a credential and a descriptor say does not change; verified credentials are kept and come again. */
  const matches = new WeakMap<Credential, DescriptorMatch>()
  return {
    id: descriptor.id,
    purpose: descriptor.purpose,
    fields: fields.map(({ id, label, expected }) => ({ id, label, expected })),
    match(credential) {
      const known = matches.get(credential)
      if (known !== undefined) return known
      const outcome = match(credential)
      matches.set(credential, outcome)
      return outcome
    },
    explain(credential) {
      const fault = faultOfFormat(credential)
      const outcomes = fields.map((field) => matchField(field, credential.view))
      return [
        ...(fault === undefined ? [] : [fault]),
        ...outcomes.flatMap((outcome) => ('fault' in outcome ? [outcome.fault] : [])),
      ]
    },
  }
}

/** The first path whose value passes wins; an optional field may be absent, but not present and wrong. */
function matchField(
  field: CompiledField,
  view: unknown,
): { readonly value: FieldValue | null } | { readonly fault: Fault } {
  const { label, expected } = field
  let mismatch: string | undefined
  for (const { text, find } of field.paths) {
    const found = find(view)
    if (found === undefined) continue
    const value = passField(field, found)
    if (value !== undefined) return { value }
    mismatch ??= text
  }
  if (mismatch !== undefined) return { fault: { kind: 'mismatch', field: label, path: mismatch, expected } }
  if (field.optional) return { value: null }
  return { fault: { kind: 'absent', field: label, paths: field.paths.map(({ text }) => text), expected } }
}

/** An object is there, but it cannot be a claim: it passes only a field that has neither filter nor id. */
function passField({ filter, id }: CompiledField, found: unknown): FieldValue | null | undefined {
  if (filter !== undefined) return filter(found)
  if (isFieldValue(found)) return found
  return id === undefined ? null : undefined
}

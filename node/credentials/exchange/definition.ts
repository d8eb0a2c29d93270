import { NodeError } from '../../kernel/errors.js'
import {
  presentationDefinitionSchema,
  type PresentationDefinitionData,
} from '../../../schemas/presentation-exchange.js'
import type { Credential } from '../credential.js'
import { compileFilter, passAny, type FieldValue, type Filter } from './filter.js'
import { compilePath, type Path } from './path.js'

/** What a matched credential yields: values by the ids of the definition's fields; `null` for an optional field that is absent. */
export type FieldValues = Readonly<Record<string, FieldValue | null>>

/** The outcome of holding one credential against one input descriptor. */
export type DescriptorMatch =
  { readonly matched: true; readonly values: FieldValues } | { readonly matched: false; readonly reason: string }

/** One input descriptor, compiled. */
export interface InputDescriptor {
  readonly id: string
  readonly match: (credential: Credential) => DescriptorMatch
}

/** A presentation definition, compiled once at load. */
export interface PresentationDefinition {
  readonly id: string
  readonly descriptors: readonly InputDescriptor[]
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
  'token_type',
  '__proto__',
])

/**
 * Compiles a definition. Matching never throws afterwards, whatever credential it gets.
 *
 * @throws `presentation.definition_unsupported` for what the node does not do: submission requirements, groups, paths
 *   and filters outside the subset, field ids used twice or reserved
 * @see DIF Presentation Exchange 2.0 section 5
 */
export function compileDefinition(value: unknown): PresentationDefinition {
  const parsed = presentationDefinitionSchema.safeParse(value)
  if (!parsed.success) {
    const notes = parsed.error.issues.slice(0, 10).map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    throw new NodeError('presentation.definition_unsupported', { notes })
  }
  const data = parsed.data
  if (data.submission_requirements !== undefined) {
    throw new NodeError('presentation.definition_unsupported', { notes: ['submission_requirements are not supported'] })
  }
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
    descriptors: data.input_descriptors.map((descriptor) => compileDescriptor(descriptor, data.format)),
  }
}

interface CompiledField {
  readonly id: string | undefined
  readonly paths: readonly Path[]
  readonly filter: Filter
  readonly optional: boolean
  readonly label: string
}

function compileDescriptor(
  descriptor: PresentationDefinitionData['input_descriptors'][number],
  outerFormat: PresentationDefinitionData['format'],
): InputDescriptor {
  const formats = [outerFormat, descriptor.format].filter((format) => format !== undefined)
  const fields: readonly CompiledField[] = descriptor.constraints.fields.map((field) => ({
    id: field.id,
    paths: field.path.map(compilePath),
    filter: field.filter === undefined ? passAny : compileFilter(field.filter),
    optional: field.optional ?? false,
    label: field.id ?? field.path[0] ?? '',
  }))
  return {
    id: descriptor.id,
    match(credential) {
      if (!formats.every((format) => acceptsFormat(format, credential)))
        return { matched: false, reason: 'format is not accepted' }
      const values: Record<string, FieldValue | null> = {}
      for (const field of fields) {
        const outcome = matchField(field, credential.view)
        if (outcome === undefined) return { matched: false, reason: `field ${field.label} does not match` }
        if (field.id !== undefined) values[field.id] = outcome.value
      }
      return { matched: true, values }
    },
  }
}

/** The first path whose value passes wins; an optional field may be absent, but not present and wrong. */
function matchField(field: CompiledField, view: unknown): { readonly value: FieldValue | null } | undefined {
  let present = false
  for (const path of field.paths) {
    for (const found of path(view)) {
      present = true
      const value = field.filter(found)
      if (value !== undefined) return { value }
    }
  }
  return field.optional && !present ? { value: null } : undefined
}

function acceptsFormat(format: NonNullable<PresentationDefinitionData['format']>, credential: Credential): boolean {
  if (!Object.hasOwn(format, credential.format)) return false
  const { jwt } = credential
  return jwt === undefined || (format['jwt_vc']?.alg ?? []).includes(jwt.header.alg)
}

import { z } from 'zod'
import { configurationSchema } from './configuration.js'

/** One value that an operator can set. */
export interface ConfigurationField {
  /** As in the YAML file: `http.public.port`. Fields of list items carry `[]`. */
  readonly path: string
  /** The environment variable, for values that fit in one; lists of objects do not. */
  readonly variable: string | undefined
  readonly kind: 'text' | 'number' | 'boolean' | 'list'
  /** Of a list of single values: what they are. */
  readonly items: 'text' | 'number' | undefined
  /** What it is when it is not set; `undefined` when there is no default. */
  readonly default: unknown
  readonly description: string
}

/** Every field of the configuration, in the order of the schema. */
export const configurationFields: readonly ConfigurationField[] = listFields(configurationSchema, [], true)

interface Unwrapped {
  readonly schema: z.ZodType
  readonly default: unknown
  readonly description: string
}

function listFields(schema: z.ZodType, path: readonly string[], inEnvironment: boolean): readonly ConfigurationField[] {
  const { schema: inner, default: value, description } = unwrap(schema)
  if (inner instanceof z.ZodObject) {
    return Object.entries(inner.shape).flatMap(([name, member]) =>
      // The library types members by their core; every one of ours is a full schema.
      listFields(member as z.ZodType, [...path, name], inEnvironment),
    )
  }
  if (inner instanceof z.ZodArray) {
    const element = inner.element as z.ZodType // As above.
    if (unwrap(element).schema instanceof z.ZodObject) {
      const list: ConfigurationField = {
        path: path.join('.'),
        variable: undefined,
        kind: 'list',
        items: undefined,
        default: value,
        description,
      }
      const last = path.at(-1) ?? ''
      return [list, ...listFields(element, [...path.slice(0, -1), `${last}[]`], false)]
    }
  }
  const isRecord = inner instanceof z.ZodRecord
  return [
    {
      path: path.join('.'),
      variable: inEnvironment && !isRecord ? `BRONNET_${path.join('_').toUpperCase()}` : undefined,
      kind: kindOf(inner),
      items: itemsOf(inner),
      default: value,
      description,
    },
  ]
}

/** Takes defaults and optionality off, keeping what they say. */
function unwrap(schema: z.ZodType): Unwrapped {
  let inner = schema
  let value: unknown
  let description = inner.description
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault || inner instanceof z.ZodOptional) {
    if (inner instanceof z.ZodDefault) value = inner.def.defaultValue
    inner = inner.def.innerType as z.ZodType // As above.
    description ??= inner.description
  }
  return { schema: inner, default: value, description: description ?? '' }
}

function itemsOf(schema: z.ZodType): ConfigurationField['items'] {
  if (!(schema instanceof z.ZodArray)) return undefined
  return schema.element instanceof z.ZodNumber ? 'number' : 'text'
}

function kindOf(schema: z.ZodType): ConfigurationField['kind'] {
  if (schema instanceof z.ZodBoolean) return 'boolean'
  if (schema instanceof z.ZodNumber) return 'number'
  return schema instanceof z.ZodArray || schema instanceof z.ZodRecord ? 'list' : 'text'
}

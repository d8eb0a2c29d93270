import { z } from 'zod'

/** A JSON Schema of draft 2020-12, as OpenAPI 3.1 has it. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** Turns zod schemas into JSON Schema and gathers what they share. */
export interface SchemaWriter {
  /** What may be sent: members with a default are optional. */
  input(schema: z.ZodType, name: string): JsonSchema
  /** What is answered. */
  output(schema: z.ZodType, name: string): JsonSchema
  /** Schemas that others point at, for `components.schemas`. */
  shared(): Readonly<Record<string, JsonSchema>>
}

/** `name` must be different for every schema: it keeps apart the parts that schemas name for themselves. */
export function createSchemaWriter(): SchemaWriter {
  const shared: Record<string, JsonSchema> = {}

  function write(schema: z.ZodType, io: 'input' | 'output', name: string): JsonSchema {
    const {
      $schema: _,
      $defs: parts,
      ...whole
    } = z.toJSONSchema(schema, { io, target: 'draft-2020-12', unrepresentable: 'any' })
    const rename = (reference: string): string =>
      `#/components/schemas/${reference === '#' ? name : partName(name, reference.slice('#/$defs/'.length))}`
    for (const [part, inner] of Object.entries(parts ?? {})) shared[partName(name, part)] = renamed(inner, rename)
    const own = renamed(whole, rename)
    // A schema that holds itself must have a name to be pointed at.
    if (!JSON.stringify(own).includes(`"#/components/schemas/${name}"`)) return own
    shared[name] = own
    return { $ref: `#/components/schemas/${name}` }
  }

  return {
    input: (schema, name) => write(schema, 'input', name),
    output: (schema, name) => write(schema, 'output', name),
    shared: () => shared,
  }
}

function partName(name: string, part: string): string {
  return `${name}-${part.replace(/\W/g, '')}`
}

/** A copy in which every `$ref` is renamed. */
function renamed(value: object, rename: (reference: string) => string): JsonSchema {
  const copy = (inner: unknown): unknown => {
    if (Array.isArray(inner)) return inner.map(copy)
    if (typeof inner !== 'object' || inner === null) return inner
    return Object.fromEntries(
      Object.entries(inner).map(([key, member]) => [
        key,
        key === '$ref' && typeof member === 'string' ? rename(member) : copy(member),
      ]),
    )
  }
  return copy(value) as JsonSchema // A copy of an object.
}

import { readFileSync } from 'node:fs'
import { isNonNullType } from 'graphql'
import type { GraphQLSchema } from 'graphql'
import { z } from 'zod'
import { NodeError } from '../../kernel/errors.js'
import { packageFile } from '../../kernel/package-root.js'
import { findRoots, parseSourceSchema } from '../graphql/source-schema.js'

const fileName = z.string().regex(/^[a-z0-9-]+\.graphql$/)
const fieldName = z.string().regex(/^[a-zA-Z]\w*$/)

const definitionSchema = z.strictObject({
  sdl: fileName,
  roots: z.record(
    fieldName,
    z.strictObject({
      type: fieldName,
      key: fieldName,
      indexes: z.array(fieldName),
      person: fieldName.optional(),
    }),
  ),
})

/** How the records of one root field are kept. */
export interface RegisterRoot {
  readonly type: string
  /** The field that names a record: no two records have the same. */
  readonly key: string
  /** Fields by which records are found without looking at all. */
  readonly indexes: readonly string[]
  /** The field with the BSN (national person number) of the person whom a record is about. */
  readonly person?: string | undefined
}

/** What a register holds: its schema, and how the records of each root field are kept. */
export interface RegisterDefinition {
  readonly schema: GraphQLSchema
  readonly roots: Readonly<Record<string, RegisterRoot>>
}

/**
 * Loads a definition that is shipped in `schemas/sources/`. Reads the disk: call it at start-up.
 *
 * @param name for example `indicatieregister-2`
 * @throws `config.invalid` when there is none, or it does not fit its own schema
 */
export function loadRegisterDefinition(name: string): RegisterDefinition {
  if (!/^[a-z0-9-]+$/.test(name)) throw invalid('the name of a register definition')
  return parseRegisterDefinition(parseJson(readShipped(`${name}.json`)), readShipped)
}

/**
 * Returns the definition in `data` with its schema.
 *
 * @param readSdl gives the text of the schema with this file name
 * @throws `config.invalid` unless the roots are exactly those of the schema, a key is a required field, and keys and
 *   indexes are fields that can be compared
 */
export function parseRegisterDefinition(data: unknown, readSdl: (file: string) => string): RegisterDefinition {
  const parsed = definitionSchema.safeParse(data)
  if (!parsed.success) throw new NodeError('config.invalid', { detail: 'a register definition', cause: parsed.error })
  const { sdl, roots } = parsed.data
  const schema = parseSourceSchema(readSdl(sdl))
  const served = findRoots(schema)
  if ([...served.keys()].sort().join() !== Object.keys(roots).sort().join()) throw invalid('the roots of a register')
  for (const [name, root] of Object.entries(roots)) {
    const source = served.get(name)
    if (source?.type.name !== root.type) throw invalid(`the type of ${name}`)
    const unfit = [root.key, ...root.indexes].find((field) => !source.comparable.has(field))
    if (unfit !== undefined) throw invalid(`${name} cannot be found by ${unfit}`)
    if (root.person !== undefined && source.type.getFields()[root.person] === undefined)
      throw invalid(`the person of ${name}`)
    if (!isNonNullType(source.type.getFields()[root.key]?.type)) throw invalid(`the key of ${name} may be absent`)
  }
  return { schema, roots }
}

function readShipped(file: string): string {
  try {
    return readFileSync(packageFile('schemas', 'sources', file), 'utf8')
  } catch (error) {
    throw new NodeError('config.invalid', { detail: `there is no register definition ${file}`, cause: error })
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new NodeError('config.invalid', { detail: 'a register definition is not JSON', cause: error })
  }
}

function invalid(what: string): NodeError {
  return new NodeError('config.invalid', { detail: `a register definition is wrong: ${what}` })
}

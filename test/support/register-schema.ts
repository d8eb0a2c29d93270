import { readFileSync } from 'node:fs'
import { buildSchema, type GraphQLSchema } from 'graphql'
import { loadRegisterDefinition } from '../../node/sources/register/definition.js'
import { packageFile } from '../../node/kernel/package-root.js'
import { existsSync } from 'node:fs'
import { sharedFile } from './shared.js'

const known = new Map<string, GraphQLSchema>()

/** The schema of the register that a pack guards: as shipped, and as long as it is not, as published. */
export function schemaOf({ schema: name }: { readonly schema: string }): GraphQLSchema {
  const schema = known.get(name) ?? loadSchema(name)
  known.set(name, schema)
  return schema
}

function loadSchema(name: string): GraphQLSchema {
  if (existsSync(packageFile('schemas', 'sources', `${name}.json`))) return loadRegisterDefinition(name).schema
  const file = sharedFile('official', 'iwlz', `${name}.graphql`)
  if (file === undefined) throw new Error(`there is no register ${name}`)
  return buildSchema(readFileSync(file, 'utf8'))
}

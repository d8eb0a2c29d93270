import { NodeError } from '../../kernel/errors.js'
import type { Filter } from '../../policy/question.js'
import type { Collection } from '../../stores/contracts.js'
import { findRoots } from '../graphql/source-schema.js'
import type { SourceRoot } from '../graphql/source-schema.js'
import type { RegisterRecord } from './check-record.js'
import type { RegisterDefinition, RegisterRoot } from './definition.js'

/** The records of one root field. */
export interface RegisterTable {
  readonly root: SourceRoot
  readonly kept: RegisterRoot
  readonly collection: Collection<RegisterRecord>
}

/** The tables of a register, by root field. */
export type RegisterTables = ReadonlyMap<string, RegisterTable>

/** Lays out the collections of a register of `party`: one for each root field, so that registers never meet. */
export function createTables(register: {
  readonly name: string
  readonly party: string
  readonly definition: RegisterDefinition
}): RegisterTables {
  const { name, party, definition } = register
  const tables = new Map<string, RegisterTable>()
  for (const root of findRoots(definition.schema).values()) {
    const kept = definition.roots[root.name]
    if (kept === undefined) throw new NodeError('config.invalid', { detail: `${root.name} is not in the definition` })
    const indexes: Record<string, (record: RegisterRecord) => string | undefined> = {}
    for (const field of kept.indexes) indexes[field] = (record) => comparedValue(root, record, field)
    const collection = { name: `register:${party}:${name}:${root.name}`, indexes }
    tables.set(root.name, { root, kept, collection })
  }
  return tables
}

/** The value of a field in the one spelling in which filters, keys and indexes compare; `undefined` when absent. */
export function comparedValue(root: SourceRoot, record: RegisterRecord, field: string): string | undefined {
  const value = record[field]
  return typeof value === 'string' ? root.comparable.get(field)?.(value) : undefined
}

/** True when `record` meets every filter. */
export function matches({ root }: RegisterTable, record: RegisterRecord, filters: readonly Filter[]): boolean {
  return filters.every(({ path, value }) => comparedValue(root, record, path) === value)
}

import type { Collection } from '../../stores/contracts.js'
import type { Entity } from '../graphql/entity-model.js'
import type { RegisterRecord } from './check-record.js'
import type { RegisterDefinition } from './definition.js'
import { createFieldForms } from './field-forms.js'
import { canonicalKey } from './follow.js'

/** The records of one type. */
export interface RegisterTable {
  readonly entity: Entity
  /** What a seed or an import calls it: the name of its root field, else of its type. */
  readonly name: string
  readonly kept: Pick<Entity, 'key' | 'indexes'>
  readonly collection: Collection<RegisterRecord>
  /** The value of a field in the one spelling in which keys and indexes hold it; `undefined` when absent. */
  comparedValue(record: RegisterRecord, field: string): string | undefined
}

/** The tables of a register, by type. */
export type RegisterTables = ReadonlyMap<string, RegisterTable>

/** Lays out the collections of a register of `party`: one for each type, so that registers never meet. */
export function createTables(register: {
  readonly name: string
  readonly party: string
  readonly definition: RegisterDefinition
}): RegisterTables {
  const { name, party, definition } = register
  const forms = createFieldForms(definition.served)
  const tables = new Map<string, RegisterTable>()
  for (const [type, entity] of definition.served.model) {
    const comparedValue = (record: RegisterRecord, field: string): string | undefined =>
      canonicalKey(forms, `${type}.${field}`, record[field])
    const indexes: Record<string, (record: RegisterRecord) => string | undefined> = {}
    for (const field of [...entity.indexes, ...Object.values(entity.references)])
      indexes[field] = (record) => comparedValue(record, field)
    const place = entity.root ?? type
    const collection = { name: `register:${party}:${name}:${place}`, indexes }
    tables.set(type, { entity, name: place, kept: entity, collection, comparedValue })
  }
  return tables
}

/** The table that a seed or an import calls `name`: by the root field, or by the type. */
export function findTable(tables: RegisterTables, name: string): RegisterTable | undefined {
  return tables.get(name) ?? [...tables.values()].find((table) => table.name === name)
}

import { NodeError } from '../../kernel/errors.js'
import type { EntityModel } from '../graphql/entity-model.js'
import { toSafeNote } from '../graphql/refusal.js'
import { createRecordParser } from './check-record.js'
import type { RegisterRecord } from './check-record.js'
import { findTable } from './table.js'
import type { RegisterTable, RegisterTables } from './table.js'

/** What is to happen with one record. */
export type RecordChange =
  | {
      readonly type: string
      readonly record: unknown
      /** What must be true of it before: that it is not there, or the version that it has. */
      readonly expected?: 'absent' | number | undefined
    }
  | { readonly type: string; readonly remove: string; readonly expected?: number | undefined }

/** A change that fits the schema; whether it fits the other records is not known yet. */
export interface ParsedChange {
  readonly table: RegisterTable
  readonly type: string
  /** In its canonical spelling. */
  readonly key: string
  /** `null` to remove it. */
  readonly record: RegisterRecord | null
  readonly expected: 'absent' | number | undefined
}

/** What a store takes as a key or an index value. */
const maxKeyLength = 512

/**
 * Makes the parser of changes. A type can be named by its root field too. The parser throws `source.bad_record` with
 * notes that begin with `path` and hold no value.
 */
export function createChangeParser(
  tables: RegisterTables,
  model: EntityModel,
): (change: RecordChange, path: string) => ParsedChange {
  const parsers = new Map(Array.from(tables, ([type, { entity }]) => [type, createRecordParser(entity.type, model)]))
  return (change, path) => {
    const table = findTable(tables, change.type)
    const type = table?.entity.type.name ?? ''
    const parseRecord = parsers.get(type)
    if (table === undefined || parseRecord === undefined) throw badRecord(`${path}: the register has no such type`)
    const { kept } = table
    if ('remove' in change) {
      const key = table.comparedValue({ [kept.key]: change.remove }, kept.key) ?? ''
      requireKeyLength(`${path}.remove`, key)
      return { table, type, key, record: null, expected: change.expected }
    }
    const record = parseRecord(change.record, path)
    const references = Object.values(table.entity.references)
    for (const field of [kept.key, ...kept.indexes, ...references])
      requireKeyLength(`${path}.${field}`, table.comparedValue(record, field))
    const key = table.comparedValue(record, kept.key)
    if (key === undefined) throw badRecord(`${path}.${kept.key}: expected a key`)
    return { table, type, key, record, expected: change.expected }
  }
}

function requireKeyLength(path: string, value: string | undefined): void {
  if (value === undefined || (value.length >= 1 && value.length <= maxKeyLength)) return
  throw badRecord(`${path}: expected 1 to ${maxKeyLength} characters`)
}

/** The refusal of a record; the note names what is wrong and holds no value. */
export function badRecord(note: string): NodeError {
  const safe = toSafeNote(note)
  return new NodeError('source.bad_record', { detail: safe, notes: [safe] })
}

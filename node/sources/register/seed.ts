import { readFileSync } from 'node:fs'
import { NodeError } from '../../kernel/errors.js'
import { parseGuardedJson } from '../../kernel/json-guard.js'
import { put } from '../../stores/contracts.js'
import type { Key, Store } from '../../stores/contracts.js'
import { createRecordParser } from './check-record.js'
import type { RegisterRecord } from './check-record.js'
import { findTable } from './table.js'
import type { EntityModel } from '../graphql/entity-model.js'
import type { RegisterTable, RegisterTables } from './table.js'

/** What loading a seed did. */
export interface Seeded {
  /** Records that are new. */
  readonly added: number
  /** Records that were there already, and stay as they are. */
  readonly kept: number
}

/** A checked record and its place. */
export interface SeedRecord {
  readonly table: RegisterTable
  readonly key: Key
  readonly record: RegisterRecord
}

const batchSize = 100
const maxAttempts = 5
/** What a store takes as a key or an index value. */
const maxKeyLength = 512

/**
 * Reads a seed file. Does not check the records: `Register.loadSeed` does.
 *
 * @throws `source.bad_record` when the file is absent or not well-formed JSON
 */
export function readSeedFile(path: string): unknown {
  try {
    return parseGuardedJson(readFileSync(path, 'utf8'), { members: 5_000_000 })
  } catch (error) {
    throw new NodeError('source.bad_record', { detail: 'the seed file cannot be read', cause: error })
  }
}

/**
 * Returns the records in `seed` for the tables of a register.
 *
 * @param seed records by root field, or by type for a type without one
 * @throws `source.bad_record` with paths such as `wlzIndicatie[3].client.geslacht`
 */
export function parseSeed(tables: RegisterTables, model: EntityModel, seed: unknown): readonly SeedRecord[] {
  if (typeof seed !== 'object' || seed === null || Array.isArray(seed)) {
    throw bad('the seed is not an object with records by root field')
  }
  return Object.entries(seed).flatMap(([name, values]) => {
    const table = findTable(tables, name)
    if (table === undefined) throw bad('the seed has a member that is no root field and no type of the register')
    if (!Array.isArray(values)) throw bad(`${name}: expected a list of records`)
    return parseRecords(table, model, name, values)
  })
}

/**
 * Writes the records that are not in the store, in batches that are written as a whole or not at all.
 *
 * @throws `store.unavailable`, `store.conflict` when others keep adding the same records at the same moment
 */
export async function addRecords(
  store: Pick<Store, 'records' | 'write'>,
  records: readonly SeedRecord[],
): Promise<Seeded> {
  let added = 0
  for (let start = 0; start < records.length; start += batchSize) {
    added += await addBatch(store, records.slice(start, start + batchSize), maxAttempts)
  }
  return { added, kept: records.length - added }
}

function parseRecords(
  table: RegisterTable,
  model: EntityModel,
  name: string,
  values: readonly unknown[],
): readonly SeedRecord[] {
  const { entity, kept } = table
  const parseRecord = createRecordParser(entity.type, model)
  const positions = new Map<string, number>()
  return values.map((value, position) => {
    const path = `${name}[${position}]`
    const record = parseRecord(value, path)
    for (const field of [kept.key, ...kept.indexes])
      requireKeyLength(`${path}.${field}`, table.comparedValue(record, field))
    const key = table.comparedValue(record, kept.key)
    if (key === undefined) throw bad(`${path}.${kept.key}: expected a key`)
    const earlier = positions.get(key)
    if (earlier !== undefined) throw bad(`${path}.${kept.key}: the same as that of ${name}[${earlier}]`)
    positions.set(key, position)
    return { table, key: [key], record }
  })
}

function requireKeyLength(path: string, value: string | undefined): void {
  if (value === undefined || (value.length >= 1 && value.length <= maxKeyLength)) return
  throw bad(`${path}: expected 1 to ${maxKeyLength} characters`)
}

async function addBatch(
  store: Pick<Store, 'records' | 'write'>,
  batch: readonly SeedRecord[],
  attempts: number,
): Promise<number> {
  const isAbsent = await Promise.all(
    batch.map(async ({ table, key }) => (await store.records.get(table.collection, key)) === undefined),
  )
  const absent = batch.filter((_record, position) => isAbsent[position])
  if (absent.length === 0) return 0
  try {
    await store.write(
      absent.map(({ table, key, record }) => put(table.collection, key, record, { expected: 'absent' })),
    )
    return absent.length
  } catch (error) {
    // Another replica loads the same seed: look again at what is absent now.
    if (NodeError.codeOf(error) !== 'store.conflict' || attempts <= 1) throw error
    return addBatch(store, batch, attempts - 1)
  }
}

function bad(problem: string): NodeError {
  return new NodeError('source.bad_record', { detail: problem, notes: [problem] })
}

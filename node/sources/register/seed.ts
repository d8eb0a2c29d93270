import { readFileSync } from 'node:fs'
import { NodeError } from '../../kernel/errors.js'
import { parseGuardedJson } from '../../kernel/json-guard.js'
import type { Store } from '../../stores/contracts.js'
import { orderByReference } from '../graphql/entity-model.js'
import type { EntityModel } from '../graphql/entity-model.js'
import type { RegisterRecord } from './check-record.js'
import { badRecord, createChangeParser } from './parse-change.js'
import type { ParsedChange } from './parse-change.js'
import { findTable } from './table.js'
import type { RegisterTables } from './table.js'
import type { WriteRecords } from './write-records.js'

/** What loading a seed did. */
export interface Seeded {
  /** Records that are new. */
  readonly added: number
  /** Records that were there already, and stay as they are. */
  readonly kept: number
}

/** A checked record and its place. */
export interface SeedRecord extends ParsedChange {
  readonly record: RegisterRecord
  /** Where it stands in the seed: `wlzIndicatie[3]`. */
  readonly path: string
}

const batchSize = 100
const maxAttempts = 5

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
 * Returns the records in `seed` for the tables of a register; what others refer to comes before those.
 *
 * @param seed records by root field, or by type for a type without one
 * @throws `source.bad_record` with paths such as `wlzIndicatie[3].client.geslacht`
 */
export function parseSeed(tables: RegisterTables, model: EntityModel, seed: unknown): readonly SeedRecord[] {
  if (typeof seed !== 'object' || seed === null || Array.isArray(seed)) {
    throw badRecord('the seed is not an object with records by root field')
  }
  const parse = createChangeParser(tables, model)
  const records = Object.entries(seed).flatMap(([name, values]) => {
    if (findTable(tables, name) === undefined)
      throw badRecord('the seed has a member that is no root field and no type of the register')
    if (!Array.isArray(values)) throw badRecord(`${name}: expected a list of records`)
    return parseRecords(name, values, parse)
  })
  const order = orderByReference(model)
  return records.sort((one, other) => order.indexOf(one.type) - order.indexOf(other.type))
}

function parseRecords(
  name: string,
  values: readonly unknown[],
  parse: ReturnType<typeof createChangeParser>,
): readonly SeedRecord[] {
  const positions = new Map<string, number>()
  return values.map((value, position) => {
    const path = `${name}[${position}]`
    const change = parse({ type: name, record: value }, path)
    if (change.record === null) throw badRecord(`${path}: expected a record`)
    const earlier = positions.get(change.key)
    if (earlier !== undefined)
      throw badRecord(`${path}.${change.table.kept.key}: the same as that of ${name}[${earlier}]`)
    positions.set(change.key, position)
    return { ...change, record: change.record, path }
  })
}

/**
 * Writes the records that are not there and never were, in batches that are written as a whole or not at all. A record
 * that was removed stays away.
 *
 * @throws `source.bad_record` for a record that refers to one that is not there, `source.unavailable`
 */
export async function addRecords(
  store: Pick<Store, 'records'>,
  writer: WriteRecords,
  records: readonly SeedRecord[],
): Promise<Seeded> {
  let added = 0
  for (let start = 0; start < records.length; start += batchSize) {
    added += await addBatch(store, writer, records.slice(start, start + batchSize), maxAttempts)
  }
  return { added, kept: records.length - added }
}

async function addBatch(
  store: Pick<Store, 'records'>,
  writer: WriteRecords,
  batch: readonly SeedRecord[],
  attempts: number,
): Promise<number> {
  const isNew = await Promise.all(
    batch.map(async ({ table, type, key }) => {
      if ((await store.records.get(table.collection, [key])) !== undefined) return false
      return (await writer.log.history(type, key)).length === 0
    }),
  )
  const absent = batch.filter((_record, position) => isNew[position])
  if (absent.length === 0) return 0
  try {
    await writer.write(
      absent.map((record) => ({ ...record, expected: 'absent' })),
      { by: 'seed', path: (position) => absent[position]?.path ?? 'seed' },
    )
    return absent.length
  } catch (error) {
    // Another replica loads the same seed: look again at what is absent now.
    if (NodeError.codeOf(error) !== 'source.record_conflict' || attempts <= 1) throw error
    return addBatch(store, writer, batch, attempts - 1)
  }
}

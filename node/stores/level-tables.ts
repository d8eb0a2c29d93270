import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { NodeError, systemCodeOf } from '../kernel/errors.js'
import { crc32c, decompressSnappy, readBytes, readVarint, unreadable } from './level-format.js'
import type { Reading } from './level-format.js'
import { listTables } from './level-manifest.js'

const footerSize = 48
const handlesSize = 40
const magic = Buffer.from('57fb808b247547db', 'hex')
/** After each block: one byte that says whether it is compressed, and a sum over both. */
const typeSize = 1
const sumSize = 4
const compressed = 1
/** Looks at tables that change meanwhile. */
const maxAttempts = 5

/** What a block holds. */
export interface BlockEntry {
  readonly key: Buffer
  readonly value: Buffer
}

/** Where a block is in its table. */
export interface Handle {
  readonly offset: number
  readonly size: number
}

/**
 * Checks every block of every table in a LevelDB directory against the sum that LevelDB stored with it.
 *
 * LevelDB itself does not look at these sums when it reads or compacts: with one bit changed it may miss a record, show
 * another, or stop the process. Does not check the log (LevelDB and the trail do) nor the manifest (LevelDB does); a table
 * that is missing it leaves to LevelDB, which then refuses to open. About two seconds per gigabyte.
 * @throws `store.damaged`; `store.locked` when another process keeps changing the tables meanwhile
 */
export function checkTables(directory: string): Promise<void> {
  return checkFrom(directory, 1)
}

async function checkFrom(directory: string, attempt: number): Promise<void> {
  const manifest = await readManifest(directory)
  try {
    await checkListed(directory, manifest)
  } catch (error) {
    // What was read while another process merged tables says nothing about the store.
    const after = await readManifest(directory)
    if (after === undefined ? manifest === undefined : manifest?.equals(after) === true) throw error
    if (attempt === maxAttempts) throw new NodeError('store.locked', { cause: error })
    await checkFrom(directory, attempt + 1)
  }
}

async function readManifest(directory: string): Promise<Buffer | undefined> {
  const current = await readIfPresent(join(directory, 'CURRENT'))
  const name = current?.toString('utf8').trim() ?? ''
  return /^MANIFEST-\d+$/.test(name) ? readIfPresent(join(directory, name)) : undefined
}

async function checkListed(directory: string, manifest: Buffer | undefined): Promise<void> {
  if (manifest === undefined) throw unreadable('its manifest is not where it should be')
  for (const { number, size } of listTables(manifest)) {
    const table = await readIfPresent(join(directory, `${String(number).padStart(6, '0')}.ldb`))
    if (table === undefined) continue
    if (table.length !== size) throw unreadable('a table has the wrong length')
    checkTable(table)
  }
}

/**
 * Checks the blocks of one table.
 * @throws `store.damaged`
 * @see LevelDB `doc/table_format.md`
 */
export function checkTable(table: Buffer): void {
  const { extras, index } = readFooter(table)
  for (const { handle } of listHandles(checkBlock(table, extras))) checkBlock(table, handle)
  for (const { handle } of listHandles(checkBlock(table, index))) checkBlock(table, handle)
}

/** The blocks of a table that hold entries, each with a key that none of its keys is above. @throws `store.damaged` */
export function listBlocks(table: Buffer): readonly { readonly key: Buffer; readonly handle: Handle }[] {
  return listHandles(checkBlock(table, readFooter(table).index))
}

/** The entries of a block, in order; keys are those of LevelDB, with eight bytes at their end. @throws `store.damaged` */
export function readBlock(table: Buffer, handle: Handle): readonly BlockEntry[] {
  return [...listEntries(checkBlock(table, handle))]
}

function readFooter(table: Buffer): { readonly extras: Handle; readonly index: Handle } {
  if (table.length < footerSize) throw unreadable('a table is too short')
  const footer = { bytes: table.subarray(-footerSize), at: 0 }
  const [extras, index] = [readHandle(footer), readHandle(footer)]
  if (!footer.bytes.subarray(handlesSize).equals(magic)) throw unreadable('a table does not end as one')
  return { extras, index }
}

/** The content of a block, as it is stored, with its type. */
function checkBlock(table: Buffer, handle: Handle): Buffer {
  const reading = { bytes: table, at: handle.offset }
  const block = readBytes(reading, handle.size + typeSize)
  const sum = readBytes(reading, sumSize).readUInt32LE()
  if (sum !== mask(crc32c(block))) throw unreadable('a block differs from its sum')
  return block
}

/** The handles that a block of handles holds. */
function listHandles(block: Buffer): readonly { readonly key: Buffer; readonly handle: Handle }[] {
  return Array.from(listEntries(block), ({ key, value }) => ({ key, handle: readHandle({ bytes: value, at: 0 }) }))
}

function* listEntries(block: Buffer): Generator<BlockEntry> {
  const stored = block.subarray(0, -typeSize)
  const content = block.at(-1) === compressed ? decompressSnappy(stored) : stored
  if (content.length < 4) throw unreadable('a block is too short')
  // A block ends with the positions of some of its entries and their number, four bytes each.
  const end = content.length - 4 - content.readUInt32LE(content.length - 4) * 4
  const reading = { bytes: content, at: 0 }
  let key = Buffer.alloc(0)
  while (reading.at < end) {
    // What a key has in common with the one before is not stored again.
    const shared = readVarint(reading)
    const keySize = readVarint(reading)
    const valueSize = readVarint(reading)
    key = Buffer.concat([key.subarray(0, shared), readBytes(reading, keySize)])
    yield { key, value: readBytes(reading, valueSize) }
  }
}

function readHandle(reading: Reading): Handle {
  return { offset: readVarint(reading), size: readVarint(reading) }
}

/** LevelDB stores sums in this form, because a sum over data that holds its own sum is weak. */
export function mask(sum: number): number {
  return (((sum >>> 15) | (sum << 17)) + 0xa282ead8) >>> 0
}

async function readIfPresent(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file)
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

import { existsSync } from 'node:fs'
import { mkdir, open as openFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { ClassicLevel } from 'classic-level'
import type { Clock } from '../kernel/clock.js'
import { NodeError, systemCodeOf } from '../kernel/errors.js'
import type { Log } from '../kernel/log.js'
import type { OpenedStore, OpenOptions } from './contents.js'
import { createFreeSpace } from './free-space.js'
import { checkTables } from './level-tables.js'
import { openTrail, trailRange } from './level-trail.js'
import type { Trail } from './level-trail.js'
import { upgradeLevel } from './level-upgrade.js'
import type { ByteRange, BytesPlace, Entry, OrderedBytes } from './ordered-bytes.js'
import { openOrderedStore } from './ordered-store.js'

type Level = ClassicLevel<Buffer, Buffer>

/**
 * Four times what LevelDB does by itself, for memory and for files. Keys here come in no order, so every flush is merged
 * with all of the next level: with small ones the merging falls behind a register that is being filled, and LevelDB then
 * holds writes up for seconds.
 */
const sizes = { writeBufferSize: 16 * 1024 * 1024, maxFileSize: 8 * 1024 * 1024 }
const sumBytes = 4
const entriesAtOnce = 256

/**
 * Opens the embedded store in `directory`, which is made (mode 0700) when absent. Every write is synced to the disk
 * before it is acknowledged. One process at a time.
 *
 * Opening reads the whole store once and refuses one of which the files were changed or miss acknowledged writes.
 * LevelDB has then already tidied up its log: keep a copy before opening a store that is in doubt. What turns later is
 * noticed in values (`store.damaged` when read), not in keys until the store is opened again.
 * A store of an earlier version is brought to the present format first.
 * @throws `store.locked` when it is open already, `store.damaged`, `store.unavailable`; `config.invalid` when a newer
 *   version wrote it
 */
export function openLevelStore(deps: {
  readonly directory: string
  readonly clock: Clock
  readonly log: Log
  readonly options?: OpenOptions
}): Promise<OpenedStore> {
  const { directory, clock, log, options } = deps
  return openOrderedStore({ place: createLevelPlace(directory, log, options), clock, log })
}

/** Ordered bytes in LevelDB, in `directory`. */
export function createLevelPlace(directory: string, log: Log, options: OpenOptions = {}): BytesPlace {
  const freeSpace = createFreeSpace(directory)
  return {
    async open() {
      const trailFile = join(directory, 'newest-write')
      const files = join(directory, 'level')
      const isNew = !existsSync(trailFile)
      if (isNew && options.mustExist === true && !existsSync(files)) throw noStore()
      await mkdir(directory, { recursive: true, mode: 0o700 })
      if (!isNew || existsSync(join(files, 'CURRENT'))) await checkTables(files)
      const level: Level = new ClassicLevel(files, { keyEncoding: 'buffer', valueEncoding: 'buffer', ...sizes })
      // Never makes a new store over what is left of one: LevelDB would delete the files that it no longer knows.
      await level.open({ createIfMissing: isNew }).catch(refuse)
      try {
        const trail = await openTrail(scanLevel(level, trailRange), trailFile, log)
        if (isNew) await syncDirectories(directory)
        const bytes = createLevelBytes(level, trail)
        await upgradeLevel(bytes, log)
        return bytes
      } catch (error) {
        await level.close()
        throw error
      }
    },
    hasRoom: (bytes) => freeSpace.has(bytes),
    async probe() {
      if (!(await createFreeSpace(directory).has(0)))
        throw new NodeError('store.unavailable', { detail: 'the disk is full' })
      const file = join(directory, 'probe')
      const handle = await openFile(file, 'w', 0o600)
      try {
        await handle.writeFile('x')
        await handle.datasync()
      } finally {
        await handle.close()
        await rm(file, { force: true })
      }
    },
  }
}

function createLevelBytes(level: Level, trail: Trail): OrderedBytes {
  return {
    getSync(key) {
      try {
        const bytes = level.getSync(key)
        return bytes === undefined ? undefined : unseal(key, bytes)
      } catch (error) {
        return refuse(error)
      }
    },
    scan: (range) => scanLevel(level, range),
    snapshot() {
      const snapshot = level.snapshot()
      return { scan: (range) => scanLevel(level, range, snapshot), close: () => snapshot.close() }
    },
    async apply(changes) {
      // A chained batch: one third of the work of an array of operations, which are copied twice.
      const batch = level.batch()
      for (const { key, value } of [...changes, trail.next()]) {
        if (value === undefined) batch.del(key)
        else batch.put(key, seal(key, value))
      }
      await batch.write({ sync: true })
      trail.advance()
    },
    async close() {
      try {
        await level.close()
      } finally {
        trail.close()
      }
    },
  }
}

async function* scanLevel(
  level: Level,
  { from, to, order }: ByteRange,
  snapshot?: ReturnType<Level['snapshot']>,
): AsyncGenerator<Entry> {
  const iterator = level.iterator({ gte: from, lt: to, reverse: order === 'descending', snapshot })
  try {
    for (;;) {
      const found = await iterator.nextv(entriesAtOnce).catch(refuse)
      if (found.length === 0) return
      for (const [key, bytes] of found) yield { key, value: unseal(key, bytes) }
    }
  } finally {
    await iterator.close()
  }
}

/** Makes the new directory itself durable: a synced file is of no use in a directory that a power loss takes away. */
async function syncDirectories(directory: string): Promise<void> {
  // Windows cannot open a directory; its file systems do this by themselves.
  if (process.platform === 'win32') return
  for (const path of [directory, dirname(directory)]) {
    const handle = await openFile(path, 'r')
    await handle.sync().finally(() => handle.close())
  }
}

/**
 * Puts a checksum over key and value before the value: LevelDB has checksums of its own, but does not look at them when
 * it reads.
 */
function seal(key: Buffer, value: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(sumBytes + value.length)
  bytes.writeUInt32BE(crc32(value, crc32(key)))
  value.copy(bytes, sumBytes)
  return bytes
}

export function unseal(key: Buffer, bytes: Buffer): Buffer {
  const value = bytes.subarray(sumBytes)
  if (bytes.length >= sumBytes && bytes.readUInt32BE() === crc32(value, crc32(key))) return value
  throw new NodeError('store.damaged', { detail: 'a stored value differs from its checksum' })
}

/** Throws `error` as the code that it means here; what is neither damage nor a lock stays as it is. */
function refuse(error: unknown): never {
  const codes = codesOf(error)
  if (codes.includes('LEVEL_LOCKED')) {
    const notes = ['Another process has this directory open. Stop that process, or give this node its own directory.']
    throw new NodeError('store.locked', { cause: error, notes })
  }
  if (codes.includes('LEVEL_CORRUPTION')) throw new NodeError('store.damaged', { cause: error })
  throw error
}

function noStore(): NodeError {
  return new NodeError('config.invalid', {
    detail: 'there is no store',
    notes: ['there is no store in this directory'],
  })
}

/** The codes of an error and of what led to it. */
function codesOf(error: unknown): readonly (string | undefined)[] {
  const cause = typeof error === 'object' && error !== null && 'cause' in error ? error.cause : undefined
  return [systemCodeOf(error), systemCodeOf(cause)]
}

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LRUCache } from 'lru-cache'
import { NodeError } from '../kernel/errors.js'
import { silentLog } from '../kernel/log.js'
import { noEnds, parseEnds, parseEntry, toPoint, type Ends } from './chain.js'
import type { JournalPoint } from './contracts.js'
import { endsKey, journalKey, journalRange, numberInJournalKey } from './key-spaces.js'
import { unseal } from './level.js'
import { readLog } from './level-log.js'
import { listBlocks, readBlock, type Handle } from './level-tables.js'
import { readNewest, trailRange } from './level-trail.js'

/** An entry of the journal as it is stored, or a place where one should be and cannot be read. */
export type SalvagedEntry =
  (JournalPoint & { readonly text: string }) | { readonly number: number; readonly unreadable: string }

/** What can be read of a journal, whatever happened to its store. */
export interface SalvagedJournal {
  /** What the oldest entry continues from. */
  readonly start: JournalPoint
  /** In ascending order. A number that is left out is nowhere in the store. */
  readonly entries: AsyncIterable<readonly SalvagedEntry[]>
  /** What is damaged, also where it is no part of the journal. */
  readonly damage: readonly string[]
}

/** Where an entry is: in a block of a table, or in memory because it was in a log. */
interface Place {
  readonly file: string
  readonly handle: Handle
}

const inMemory = -1
const trailerBytes = 8
const pageSize = 500
const blocksInMemory = 8
const journalStart = journalKey(0)
const journalEnd = journalRange(0).to

/**
 * Reads the journal of a store in LevelDB from its files alone, and changes none of them: LevelDB itself tidies up its log
 * when it opens, and stops at the first damage. `directory` is that of the store; no process may have it open.
 *
 * Reads every table and log that is there, also those that LevelDB no longer uses: an entry is never changed, so an older
 * copy of it is as good. Remembers one number for each entry.
 * @throws `store.unavailable` when there are no files of a store
 */
export async function salvageJournal(directory: string): Promise<SalvagedJournal> {
  const files = join(directory, 'level')
  const names = await readdir(files).catch((cause: unknown) => {
    throw new NodeError('store.unavailable', { cause, notes: [`${directory}: there is no store here`] })
  })
  const found = await findEntries(files, names)
  const acknowledged = readNewest(join(directory, 'newest-write'), silentLog)
  const { start } = found.ends
  const last = Math.max(start.number, ...highest(found.places.keys()))
  const tail =
    found.lostAbove >= last
      ? found.damage.at(-1)
      : acknowledged > found.newestWrite
        ? 'writes that were acknowledged are missing'
        : undefined
  return { start: toPoint(start), entries: readInOrder(found, start.number, last, tail), damage: found.damage }
}

/** What is in the files. */
interface Found {
  /** By number; an index in `tablePlaces`, or `inMemory`. */
  readonly places: Map<number, number>
  readonly tablePlaces: readonly Place[]
  readonly logged: ReadonlyMap<number, Buffer>
  readonly ends: Ends
  /** The number of the newest write that can be read. */
  readonly newestWrite: number
  readonly damage: readonly string[]
  /** Damage may have taken entries above this number; below it they are seen to be missing. -1 without such damage. */
  readonly lostAbove: number
}

async function findEntries(directory: string, names: readonly string[]): Promise<Found> {
  const places = new Map<number, number>()
  const tablePlaces: Place[] = []
  const logged = new Map<number, Buffer>()
  const damage: string[] = []
  let lostAbove = -1
  let newestWrite = 0
  let ends = { sequence: -1, value: noEnds }

  function see(key: Buffer, value: Buffer, sequence: number, place: number): void {
    if (isJournalKey(key)) {
      places.set(numberInJournalKey(key), place)
      if (place === inMemory) logged.set(numberInJournalKey(key), value)
      return
    }
    const isEnds = key.equals(endsKey) && sequence > ends.sequence
    if (!isEnds && key[0] !== trailRange.from[0]) return
    try {
      const content = unseal(key, value)
      if (isEnds) ends = { sequence, value: parseEnds(content) }
      else newestWrite = Math.max(newestWrite, Number(content.readBigUInt64BE()))
    } catch {
      damage.push('a note of the store about its journal is damaged')
    }
  }

  for (const name of names.filter((candidate) => candidate.endsWith('.ldb')).sort()) {
    const table = await readFile(join(directory, name))
    try {
      let previous: Buffer = Buffer.alloc(0)
      for (const { key, handle } of listBlocks(table)) {
        const upTo = key.subarray(0, -trailerBytes)
        const place = tablePlaces.push({ file: join(directory, name), handle }) - 1
        try {
          for (const entry of readBlock(table, handle)) {
            const trailer = entry.key.readBigUInt64LE(entry.key.length - trailerBytes)
            const isPut = (trailer & 0xffn) === 1n
            if (isPut) see(entry.key.subarray(0, -trailerBytes), entry.value, Number(trailer >> 8n), place)
          }
        } catch {
          damage.push(`a block of ${name} is damaged`)
          if (overlapsJournal(previous, upTo)) lostAbove = Math.max(lostAbove, numberNotAbove(upTo))
        }
        previous = upTo
      }
    } catch {
      damage.push(`the index of ${name} is damaged`)
      lostAbove = Number.MAX_SAFE_INTEGER
    }
  }
  for (const name of names.filter((candidate) => candidate.endsWith('.log')).sort()) {
    let isLost = false
    for (const item of readLog(await readFile(join(directory, name)))) {
      if ('damaged' in item) {
        damage.push(`a part of ${name} is damaged`)
        isLost = true
        continue
      }
      if (item.value === undefined) continue
      see(item.key, item.value, item.sequence, inMemory)
      // What was written after the damage shows by its number what is missing.
      if (isJournalKey(item.key)) isLost = false
    }
    if (isLost) lostAbove = Number.MAX_SAFE_INTEGER
  }
  return { places, tablePlaces, logged, ends: ends.value, newestWrite, damage, lostAbove }
}

async function* readInOrder(
  found: Found,
  start: number,
  last: number,
  tail: string | undefined,
): AsyncGenerator<readonly SalvagedEntry[]> {
  const readPlace = createPlaceReader(found.tablePlaces)
  let page: SalvagedEntry[] = []
  for (let number = start + 1; number <= last; number += 1) {
    const place = found.places.get(number)
    if (place !== undefined) {
      const sealed = place === inMemory ? found.logged.get(number) : (await readPlace(place)).get(number)
      page.push(toEntry(number, sealed))
    } else if (found.damage.length > 0) {
      yield [...page, { number, unreadable: found.damage.join('; ') }]
      return
    }
    if (page.length < pageSize) continue
    yield page
    page = []
  }
  yield tail === undefined ? page : [...page, { number: last + 1, unreadable: tail }]
}

function createPlaceReader(places: readonly Place[]): (place: number) => Promise<ReadonlyMap<number, Buffer>> {
  const blocks = new LRUCache<number, ReadonlyMap<number, Buffer>>({ max: blocksInMemory })
  const tables = new LRUCache<string, Buffer>({ max: 2 })
  return async (place) => {
    const known = blocks.get(place)
    if (known !== undefined) return known
    const { file, handle } = places[place] ?? missing()
    const table = tables.get(file) ?? (await readFile(file))
    tables.set(file, table)
    const entries = new Map<number, Buffer>()
    for (const { key, value } of readBlock(table, handle)) {
      const stored = key.subarray(0, -trailerBytes)
      if (isJournalKey(stored)) entries.set(numberInJournalKey(stored), value)
    }
    blocks.set(place, entries)
    return entries
  }
}

function toEntry(number: number, sealed: Buffer | undefined): SalvagedEntry {
  try {
    const { hash, text } = parseEntry(number, unseal(journalKey(number), sealed ?? missing()))
    return { number, hash: hash.toString('hex'), text }
  } catch {
    return { number, unreadable: 'it differs from its checksum' }
  }
}

function isJournalKey(key: Buffer): boolean {
  return key.length === journalStart.length && key[0] === journalStart[0]
}

/** Whether a journal key can be above `from` and not above `to`. */
function overlapsJournal(from: Buffer, to: Buffer): boolean {
  return Buffer.compare(to, journalStart) >= 0 && Buffer.compare(from, journalEnd) < 0
}

/** The highest number of which the key is not above `key`. */
function numberNotAbove(key: Buffer): number {
  if (Buffer.compare(key, journalEnd) >= 0) return Number.MAX_SAFE_INTEGER
  // A key between two blocks may be shorter than those of entries.
  const whole = Buffer.concat([key.subarray(0, journalStart.length), Buffer.alloc(journalStart.length, 0xff)])
  const number = whole.readBigUInt64BE(1)
  return number > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(number)
}

/** The highest of `numbers`, in a list, or nothing: there may be too many to pass on. */
function highest(numbers: Iterable<number>): readonly number[] {
  let found: number | undefined
  for (const number of numbers) if (found === undefined || number > found) found = number
  return found === undefined ? [] : [found]
}

function missing(): never {
  throw new NodeError('internal.fault', { detail: 'an entry is not where it was found' })
}

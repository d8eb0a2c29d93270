import { NodeError } from '../kernel/errors.js'
import type { Log } from '../kernel/log.js'
import { reserveEntry } from './chain.js'
import { readEnds } from './connection.js'
import { createGroup } from './draft.js'
import type { Draft } from './draft.js'
import { claimKey, digestClaim, expiryKey, numberInJournalKey, presence } from './key-spaces.js'
import { parseClaim } from './operations.js'
import type { Entry, OrderedBytes } from './ordered-bytes.js'

/** The format that this version writes. */
const format = 2
const formatKey = Buffer.of(0x66)
const atOnce = 1000
const progressEvery = 100_000

/** Where format 1 kept journal entries, without a hash, and claims, under their whole key. */
const oldJournal = { from: Buffer.of(0x6a), to: Buffer.of(0x6b) }
const oldClaims = { from: Buffer.of(0x63), to: Buffer.of(0x64) }

/**
 * Brings what an earlier version stored to the present format. Goes on where it was interrupted: every step takes things
 * from their old place and puts them in their new one in one write, and the format is written last.
 * @throws `config.invalid` when a newer version wrote this; nothing is written then
 */
export async function upgradeLevel(bytes: OrderedBytes, log: Log): Promise<void> {
  const stored = bytes.getSync(formatKey)
  const found = stored === undefined ? 1 : stored.readUInt32BE()
  if (found > format) throw newerFormat(found)
  if (found === format) return
  await move(bytes, log, oldJournal, moveEntry)
  await move(bytes, log, oldClaims, moveClaim)
  const value = Buffer.alloc(4)
  value.writeUInt32BE(format)
  await bytes.apply([{ key: formatKey, value }])
}

/** Does `step` for everything in an old place, in order, many in one write. */
async function move(
  bytes: OrderedBytes,
  log: Log,
  range: { readonly from: Buffer; readonly to: Buffer },
  step: (draft: Draft, entry: Entry) => void,
): Promise<void> {
  for (let moved = 0; ;) {
    const entries = await take(bytes, range)
    if (entries.length === 0) return
    const group = createGroup({ get: (key) => bytes.getSync(key), ends: await readEnds(bytes), now: 0 })
    group.run((draft) => entries.forEach((entry) => step(draft, entry)))
    await bytes.apply(group.changes())
    moved += entries.length
    if (moved % progressEvery === 0) log.info('the store is brought to a new format', { count: moved })
  }
}

async function take(
  bytes: OrderedBytes,
  range: { readonly from: Buffer; readonly to: Buffer },
): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  for await (const entry of bytes.scan(range)) {
    entries.push(entry)
    if (entries.length === atOnce) break
  }
  return entries
}

function moveEntry(draft: Draft, { key, value }: Entry): void {
  const number = numberInJournalKey(key)
  const given = draft.append(reserveEntry(value.toString('utf8')))
  if (given !== number) {
    const notes = [`Entry ${given} of the audit journal is missing.`]
    throw new NodeError('store.damaged', { detail: `journal entry ${given} is missing`, notes })
  }
  draft.remove(key)
}

function moveClaim(draft: Draft, { key, value }: Entry): void {
  const until = parseClaim(value)
  const moved = claimKey(digestClaim(key))
  draft.remove(key)
  draft.remove(expiryKey(until, key))
  draft.put(moved, value)
  draft.put(expiryKey(until, moved), presence)
}

function newerFormat(found: number): NodeError {
  const notes = [
    `The store has format ${found}; this version of bronnet knows ${format}. Nothing was written. ` +
      'Start a version that knows it, or restore the backup from before the upgrade.',
  ]
  return new NodeError('config.invalid', { detail: 'the format of the store is newer', notes })
}

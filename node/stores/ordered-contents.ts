import { NodeError } from '../kernel/errors.js'
import { noEnds, parseEnds, parseEntry, reserveEntry, toLink, toPoint } from './chain.js'
import type { Ends } from './chain.js'
import type { Snapshot, StoredItem } from './contents.js'
import type { JournalPoint, Value } from './contracts.js'
import type { Draft } from './draft.js'
import { encodeEnvelope, parseEnvelope } from './envelope.js'
import { decodeParts } from './key-encoding.js'
import {
  claimKey,
  claimRange,
  digestInClaimKey,
  encodedKeyIn,
  endsRange,
  expiryKey,
  indexKey,
  journalRange,
  numberInJournalKey,
  presence,
  recordKey,
  recordsRange,
} from './key-spaces.js'
import { toJournalEntry } from './listing.js'
import { parseClaim } from './operations.js'
import type { BytesSnapshot, Entry } from './ordered-bytes.js'
import { encodeValue } from './value-check.js'

/** `Contents.snapshot` of bytes. */
export async function createOrderedSnapshot(bytes: BytesSnapshot): Promise<Snapshot> {
  const ends = await findEnds(bytes)
  const spaces = [
    { range: recordsRange, toItem: toRecord },
    { range: claimRange, toItem: toClaim },
    { range: journalRange(0), toItem: toEntry },
  ]
  return {
    start: toPoint(ends.start),
    head: toPoint(ends.head),
    async count() {
      let count = 0
      for (const { range } of spaces) {
        const entries = bytes.scan(range)[Symbol.asyncIterator]()
        while ((await entries.next()).done !== true) count += 1
      }
      return count
    },
    async *items() {
      for (const { range, toItem } of spaces) {
        for await (const entry of bytes.scan(range)) yield toItem(entry)
      }
    },
    close: () => bytes.close(),
  }
}

/** Those of the same moment: the ends that the store knows may be older or newer. */
async function findEnds(bytes: BytesSnapshot): Promise<Ends> {
  for await (const { value } of bytes.scan(endsRange)) return parseEnds(value)
  return noEnds
}

/** Puts an item in its place. @throws `store.bad_input`, `store.damaged` */
export function loadItem(draft: Draft, item: StoredItem): void {
  switch (item.kind) {
    case 'record': {
      const { version, indexes, expiresAt } = item
      const key = recordKey(item.collection, item.key)
      const envelope = { version, indexes, expiresAt: expiresAt ?? undefined, valueText: encodeValue(item.value) }
      draft.put(key, encodeEnvelope(envelope))
      for (const [name, value] of Object.entries(indexes)) draft.put(indexKey(key, name, value), presence)
      if (expiresAt !== null) draft.put(expiryKey(expiresAt, key), presence)
      return
    }
    case 'claim': {
      const key = claimKey(Buffer.from(item.digest, 'hex'))
      draft.put(key, Buffer.from(String(item.until)))
      draft.put(expiryKey(item.until, key), presence)
      return
    }
    case 'entry': {
      const number = draft.append(reserveEntry(encodeValue(item.value)))
      if (number !== item.number || draft.newest().hash.toString('hex') !== item.hash) {
        throw new NodeError('store.damaged', { detail: `journal entry ${item.number} does not follow the one before` })
      }
    }
  }
}

/** Lets an empty journal continue from `start`. */
export function loadStart(draft: Draft, start: JournalPoint): void {
  if (draft.ends.head.number === 0) draft.setEnds({ start: toLink(start), head: toLink(start) })
}

function toRecord({ key, value }: Entry): StoredItem {
  const [collection = '', ...parts] = decodeParts(encodedKeyIn(key))
  const { version, expiresAt, indexes, value: stored } = parseEnvelope(value)
  // What is stored is what `put` accepted, which was a `Value`.
  const accepted = stored as Value
  return { kind: 'record', collection, key: parts, version, expiresAt: expiresAt ?? null, indexes, value: accepted }
}

function toClaim({ key, value }: Entry): StoredItem {
  return { kind: 'claim', digest: digestInClaimKey(key).toString('hex'), until: parseClaim(value) }
}

function toEntry({ key, value }: Entry): StoredItem {
  return { kind: 'entry', ...toJournalEntry(parseEntry(numberInJournalKey(key), value)) }
}

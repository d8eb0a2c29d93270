import { isDeepStrictEqual } from 'node:util'
import { NodeError } from '../kernel/errors.js'
import { encodeItem } from './contents.js'
import type { OpenedStore, StoredItem, StoredRecord } from './contents.js'
import { remove } from './contracts.js'
import type { Collection, JournalPoint, Operation, Records } from './contracts.js'
import { createTally } from './tally.js'
import type { Tally, Totals } from './tally.js'

/** How far a store has been filled; the record is there from the first item until all has been verified. */
interface Filling {
  readonly kind: FillingKind
  /** The ends of the journal that is copied: they tell one source, and one state of it, from all others. */
  readonly start: JournalPoint
  readonly head: JournalPoint
  /** How many items are there. */
  readonly loaded: number
}

/** With which command a store is filled. */
export type FillingKind = 'copy' | 'restore'

const fillings: Collection<Filling> = { name: 'store-filling' }
const fillingKey = ['state']

const maxItems = 500
const maxLength = 2 * 1024 * 1024

/** What a store is filled from. */
export interface FillSource {
  readonly start: JournalPoint
  readonly head: JournalPoint
  /** The same items in the same order each time. */
  items(): AsyncIterable<StoredItem>
}

/** @throws `config.invalid` with a note when the store is only partly filled: no node may start on it */
export async function requireFilled(records: Pick<Records, 'get'>): Promise<void> {
  const filling = await records.get(fillings, fillingKey)
  if (filling === undefined) return
  const command = `bronnet storage ${filling.value.kind}`
  throw new NodeError('config.invalid', {
    detail: 'the store is only partly filled',
    notes: [
      `the store holds an unfinished ${filling.value.kind}: repeat the command \`${command}\`, or use another store`,
    ],
  })
}

/**
 * Fills an empty store, or goes on with filling it from the same source, and reads back what it then holds. The last write
 * does `finish` and makes the store one that a node may start on.
 *
 * `verify` is asked what it thinks of the totals of the source before that; it throws when they are not as announced.
 * `more` belongs to what the store is filled from, as if the source held it.
 * @throws `config.invalid` with a note when the target holds something else; `store.damaged` when the chain of the source
 *   is broken or the target does not hold the same
 */
export async function fillStore(options: {
  readonly kind: FillingKind
  readonly source: FillSource
  readonly target: OpenedStore
  readonly verify?: (totals: Totals) => void
  /** Journal entries that follow on those of the source. */
  readonly more?: { readonly head: JournalPoint; items(): AsyncIterable<StoredItem> }
  readonly finish?: readonly Operation[]
  readonly onProgress: (done: number) => void
}): Promise<Totals> {
  const { kind, source, target, more, finish = [], onProgress } = options
  const { start } = source
  const head = more?.head ?? source.head
  const present = await findFilling(target)
  if (present === undefined) await requireEmpty(target)
  else requireSame(present, { kind, start, head })
  const filling = { kind, start, head, loaded: present?.loaded ?? 0 }
  const tally = createTally(start)
  async function* items(): AsyncGenerator<StoredItem> {
    yield* source.items()
    const found = tally.totals()
    if (!isDeepStrictEqual(found.head, { ...source.head }))
      throw differs('the journal of the source does not end where it says')
    options.verify?.(found)
    if (more !== undefined) yield* more.items()
  }
  const totals = await loadItems(items(), tally, target, filling, onProgress)
  if (!isDeepStrictEqual(totals.head, { ...head })) throw differs('the journal does not end where it is said to end')
  if (!isDeepStrictEqual(await sumUp(target), totals)) throw differs('the target does not hold what the source holds')
  await target.write([remove(fillings, fillingKey), ...finish])
  return totals
}

async function loadItems(
  items: AsyncIterable<StoredItem>,
  tally: Tally,
  target: OpenedStore,
  filling: Filling,
  onProgress: (done: number) => void,
): Promise<Totals> {
  let waiting: StoredItem[] = []
  let length = 0
  let done = 0
  const load = async () => {
    await target.contents.load(filling.start, [...waiting, toRecord({ ...filling, loaded: done })])
    waiting = []
    length = 0
  }
  // From here on the target is known to be half filled.
  if (filling.loaded === 0) await load()
  for await (const item of items) {
    const text = encodeItem(item)
    tally.add(item, text)
    done += 1
    if (done <= filling.loaded) continue
    waiting.push(item)
    length += text.length
    if (waiting.length < maxItems && length < maxLength) continue
    await load()
    onProgress(done)
  }
  if (waiting.length > 0) await load()
  onProgress(done)
  return tally.totals()
}

/** What a store that is being filled holds beside the record about that. */
async function sumUp(target: OpenedStore): Promise<Totals> {
  const snapshot = await target.contents.snapshot()
  try {
    const tally = createTally(snapshot.start)
    for await (const item of snapshot.items()) {
      if (item.kind !== 'record' || item.collection !== fillings.name) tally.add(item)
    }
    return tally.totals()
  } finally {
    await snapshot.close()
  }
}

async function findFilling(target: OpenedStore): Promise<Filling | undefined> {
  return (await target.records.get(fillings, fillingKey))?.value
}

async function requireEmpty(target: OpenedStore): Promise<void> {
  const snapshot = await target.contents.snapshot()
  try {
    const isEmpty = snapshot.head.number === 0 && (await snapshot.count()) === 0
    if (!isEmpty) throw refusal('the target is not empty: nothing was written')
  } finally {
    await snapshot.close()
  }
}

function requireSame(present: Filling, wanted: Omit<Filling, 'loaded'>): void {
  if (present.kind === wanted.kind && isDeepStrictEqual([present.start, present.head], [wanted.start, wanted.head]))
    return
  throw refusal(
    present.kind === wanted.kind
      ? `the target holds an unfinished ${present.kind} of another source, or the source has changed since: empty the target`
      : `the target holds an unfinished ${present.kind}: finish that, or empty the target`,
  )
}

function toRecord({ kind, start, head, loaded }: Filling): StoredRecord {
  return {
    kind: 'record',
    collection: fillings.name,
    key: fillingKey,
    version: 1,
    expiresAt: null,
    indexes: {},
    value: { kind, start: { ...start }, head: { ...head }, loaded },
  }
}

function refusal(note: string): NodeError {
  return new NodeError('config.invalid', { detail: 'the target cannot be filled', notes: [note] })
}

function differs(note: string): NodeError {
  return new NodeError('store.damaged', { detail: note, notes: [note] })
}

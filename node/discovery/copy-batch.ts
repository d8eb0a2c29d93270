import { isDeepStrictEqual } from 'node:util'
import type { Instant } from '../kernel/clock.js'
import type { ErrorCode } from '../kernel/errors.js'
import type { StatusEvidence } from '../credentials/status/check-status.js'
import { put, remove, type Operation, type Store } from '../stores/contracts.js'
import { numberPart } from '../stores/numbered-keys.js'
import {
  changes,
  departures,
  listings,
  quarantine,
  quarantinedTexts,
  type CopyRecord,
  type ListingRecord,
} from './copy-records.js'
import type { Listing, Quarantined } from './listing.js'
import { firstLook, isUnreachable, type SetAside } from './set-aside.js'

/** One thing to change in a copy. */
export type ReplicaChange =
  | { readonly kind: 'list'; readonly listing: Listing; readonly status: readonly StatusEvidence[] }
  /** The signer's own withdrawal. */
  | { readonly kind: 'withdraw'; readonly signer: string; readonly registeredAt: Instant }
  /** Takes out the listing that this change put there, and sets it aside when there is a reason. */
  | { readonly kind: 'depart'; readonly signer: string; readonly sequence: number; readonly reason?: ErrorCode }
  /** Takes out what the present reading of the list did not find. */
  | { readonly kind: 'sweep'; readonly signer: string }
  | { readonly kind: 'quarantine'; readonly aside: SetAside }
  | { readonly kind: 'release'; readonly timestamp: number }

/** What of the copy as a whole a batch changes. */
export type Counted = Pick<CopyRecord, 'sequence' | 'listed'>

export interface Batch extends Counted {
  readonly operations: readonly Operation[]
}

/**
 * A later word of a signer that says to be this much older than the one that is kept is an old one that somebody showed
 * again. Less than this its own clocks may differ.
 */
const reorderedMilliseconds = 60_000

/** The operations that make these changes to the copy, in their order, each with its number in the feed. */
export async function draftBatch(options: {
  readonly store: Pick<Store, 'records'>
  readonly now: Instant
  readonly service: string
  readonly copy: Counted & Pick<CopyRecord, 'generation'>
  readonly made: readonly ReplicaChange[]
}): Promise<Batch> {
  const { store, now, service, copy, made } = options
  let { sequence, listed } = copy
  const operations: Operation[] = []
  const known = await readListings(store, service, made)

  function number(): string {
    sequence += 1
    return numberPart(sequence)
  }

  function list(listing: Listing, status: readonly StatusEvidence[]): void {
    const { signer, expiresAt } = listing
    const { generation } = copy
    const before = known.get(signer)
    const key = [service, signer]
    let after: ListingRecord
    if (before !== undefined && isOutdated(listing, before, now)) after = { ...before, generation }
    else if (before !== undefined && isSame(listing, before))
      after = { ...listing, generation, sequence: before.sequence }
    else {
      if (before === undefined) listed += 1
      else operations.push(remove(changes, [service, numberPart(before.sequence)]))
      const at = number()
      after = { ...listing, generation, sequence }
      operations.push(put(changes, [service, at], { kind: 'listed', signer, at: now, expiresAt, status }))
    }
    known.set(signer, after)
    operations.push(put(listings, key, after))
  }

  function takeOut(before: ListingRecord): void {
    const { signer } = before
    listed -= 1
    known.delete(signer)
    operations.push(remove(listings, [service, signer]), remove(changes, [service, numberPart(before.sequence)]))
    const at = number()
    operations.push(put(changes, [service, at], { kind: 'gone', signer, at: now }))
    operations.push(put(departures, [service, at], { at: now }))
  }

  function setAside({ entry, text }: SetAside): void {
    const before = entry.signer === undefined ? undefined : known.get(entry.signer)
    if (before !== undefined && text === before.presentation && isUnreachable(entry.reason)) {
      // It was verified before, and nobody says that it is no good now.
      operations.push(put(listings, [service, before.signer], { ...before, generation: copy.generation }))
      return
    }
    const key = [service, numberPart(entry.timestamp)]
    const { expiresAt } = entry
    operations.push(put(quarantine, key, entry, { expiresAt }))
    if (text !== undefined) operations.push(put(quarantinedTexts, key, text, { expiresAt }))
    else if (entry.retryAt === undefined) operations.push(remove(quarantinedTexts, key))
  }

  for (const change of made) {
    if (change.kind === 'quarantine') setAside(change.aside)
    else if (change.kind === 'release') {
      const key = [service, numberPart(change.timestamp)]
      operations.push(remove(quarantine, key), remove(quarantinedTexts, key))
    } else if (change.kind === 'list') list(change.listing, change.status)
    else {
      const before = known.get(change.signer)
      if (before === undefined) continue
      if (change.kind === 'withdraw' && isOutdated(change, before, now)) continue
      if (change.kind === 'depart' && before.sequence !== change.sequence) continue
      if (change.kind === 'sweep' && before.generation === copy.generation) continue
      takeOut(before)
      if (change.kind === 'depart' && change.reason !== undefined) setAside(asideOf(before, change.reason, now))
    }
  }
  return { operations, sequence, listed }
}

async function readListings(
  store: Pick<Store, 'records'>,
  service: string,
  made: readonly ReplicaChange[],
): Promise<Map<string, ListingRecord>> {
  const signers = new Set<string>()
  for (const change of made) {
    if (change.kind === 'list') signers.add(change.listing.signer)
    else if (change.kind === 'quarantine') {
      const { entry, text } = change.aside
      if (text !== undefined && entry.signer !== undefined) signers.add(entry.signer)
    } else if (change.kind !== 'release') signers.add(change.signer)
  }
  const found = await Promise.all([...signers].map((signer) => store.records.get(listings, [service, signer])))
  return new Map(
    found.flatMap((stored) => (stored === undefined ? [] : [[stored.value.signer, stored.value] as const])),
  )
}

function isOutdated(word: Pick<Listing, 'registeredAt'>, before: ListingRecord, now: Instant): boolean {
  return before.expiresAt > now && word.registeredAt < before.registeredAt - reorderedMilliseconds
}

/** True when nothing that is built on the listing would notice. */
function isSame(listing: Listing, before: ListingRecord): boolean {
  return listing.presentation === before.presentation && isDeepStrictEqual(listing.fields, before.fields)
}

function asideOf({ timestamp, presentation, signer, expiresAt }: Listing, reason: ErrorCode, now: Instant): SetAside {
  return firstLook({ timestamp, reason, text: presentation, signer, expiresAt, now })
}

/** The entry as it is kept after another look, without its text: that is kept already. */
export function updated(entry: Quarantined): ReplicaChange {
  return { kind: 'quarantine', aside: { entry, text: undefined } }
}

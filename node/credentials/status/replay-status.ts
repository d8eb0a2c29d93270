import type { AuditEvent } from '../../audit/event.js'
import type { Replay } from '../../audit/replay.js'
import { NodeError } from '../../kernel/errors.js'
import { put, type Operation, type Store } from '../../stores/contracts.js'
import { createBits, listLength, packBits, unpackBits, writeBit } from './bitstring.js'
import { statusListKinds } from './kinds.js'
import { findNamedPlace } from './list-url.js'
import { entryRecords, listRecords, type EntryRecord, type ListRecord } from './records.js'
import { statusPurposes } from '../../../schemas/credentials/status.js'

/** A place of a credential as its account names it. */
type Place = Omit<EntryRecord, 'set'> & Pick<ListRecord, 'list'>

/**
 * Sets in a restored store what the journal says of places in status lists. A list or a place that the backup does not know
 * is made: of a credential that was issued after the backup, too, the list must say that it is revoked. No list is signed
 * here: the next reader finds it unsigned.
 */
export function createReplayStatus({ store }: { readonly store: Pick<Store, 'records'> }): {
  /** Takes the places of a credential that was issued, so that it can be revoked. */
  readonly issued: Replay
  readonly withdrawn: Replay
  readonly resumed: Replay
} {
  async function take(place: Place): Promise<readonly Operation[]> {
    const { issuer, page, index } = place
    if ((await store.records.get(entryRecords, [issuer, String(page), String(index)])) !== undefined) return []
    return write(place, false)
  }

  async function write(place: Place, set: boolean): Promise<readonly Operation[]> {
    const { issuer, page, index, purpose, credential, list } = place
    const key = [issuer, String(page)]
    const stored = await store.records.get(listRecords, key)
    const entry = await store.records.get(entryRecords, [...key, String(index)])
    const bits = stored === undefined ? createBits() : await unpackBits(stored.value.packed)
    if (bits === undefined) throw new NodeError('store.damaged', { detail: 'a status list' })
    writeBit(bits, index, set)
    const packed = await packBits(bits)
    const { signed: _old, ...unsigned } = stored?.value ?? { issuer, page, list, purpose, signed: undefined }
    return [
      put(listRecords, key, { ...unsigned, packed }, { expected: stored?.version ?? 'absent' }),
      put(
        entryRecords,
        [...key, String(index)],
        { issuer, page, index, purpose, credential, set },
        { expected: entry?.version ?? 'absent' },
      ),
    ]
  }

  const forEach =
    (work: (place: Place) => Promise<readonly Operation[]>): Replay =>
    async (event) => {
      const operations: Operation[] = []
      // Two places of one event are in two lists, so no list is written twice.
      for (const place of placesOf(event)) operations.push(...(await work(place)))
      return operations
    }

  return {
    issued: forEach(take),
    withdrawn: forEach((place) => write(place, true)),
    resumed: forEach((place) => write(place, false)),
  }
}

/** @throws `store.damaged` for an account that names no place of a list: what it ended would count again */
function placesOf({ object }: AuditEvent): readonly Place[] {
  return (object?.status ?? []).map(({ list: url, index, type, purpose: named }) => {
    const found = findNamedPlace(url)
    const kind = Object.values(statusListKinds).find(({ list }) => list === type)
    const purpose = statusPurposes.find((one) => one === named)
    const credential = object?.credential
    if (!found || !kind || !purpose || credential === undefined || index >= listLength) {
      throw new NodeError('store.damaged', { detail: 'the account of a status names no place in a list' })
    }
    return { ...found, index, purpose, credential, list: kind.list }
  })
}

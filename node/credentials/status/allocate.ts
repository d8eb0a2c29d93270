import type { AuditObject, AuditPlace } from '../../audit/event.js'
import type { Instant } from '../../kernel/clock.js'
import { randomBelow } from '../../kernel/random.js'
import { put, type Operation, type Store } from '../../stores/contracts.js'
import type { Party } from '../../identity/party.js'
import type { StatusEntry } from '../../../schemas/credentials/status.js'
import { createBits, listLength, packBits } from './bitstring.js'
import { statusListKinds, type StatusKind } from './kinds.js'
import { listUrlFor } from './list-url.js'
import { entryRecords, listRecords, useOf, type EntryRecord, type ListRecord } from './records.js'

/** The places of one credential in status lists. */
export interface Allocation {
  /** What the credential carries as `credentialStatus`, one per kind that was asked for. */
  readonly entries: readonly StatusEntry[]
  /** Contexts that a JSON-LD credential of VC Data Model 1.1 needs for its entries. */
  readonly contexts: readonly string[]
  /** The places as the account of the issue names them: enough to take them again in a restored store. */
  readonly account: Pick<AuditObject, 'status'>
  /** Part of the batch that records the issued credential: with it the places are taken, for ever. */
  readonly operations: readonly Operation[]
}

/**
 * Finds places in status lists for a credential that is about to be issued. The places are random, so that a list tells
 * nobody how many credentials there are or in which order they came, and a place is never given twice: not even by a
 * store that was restored and has forgotten which it gave. After a restore places come from new lists only.
 *
 * Nothing is stored until the operations are written. When another issuer was quicker, that write fails with
 * `store.conflict`: allocate again, sign again, write again.
 * @throws `store.unavailable`
 */
export type AllocateStatus = (request: {
  readonly issuer: Party
  readonly credentialId: string
  readonly kinds: readonly StatusKind[]
}) => Promise<Allocation>

export interface AllocateStatusDeps {
  readonly store: Pick<Store, 'records'>
  /** The public base URL of the node, without a slash at the end. */
  readonly url: string
  /** When the store was last restored; 0 for never. */
  readonly restoredAt: Instant
  /** A random place; for tests. */
  readonly pickIndex?: () => number
}

/**
 * A list counts as full when this many random places in a row are taken. With 32 that happens when about three in four
 * are, and the next list begins.
 */
const attempts = 32

/**
 * Lists after a restore are counted on from here: the number of the minute, which is beyond every list that was begun
 * before it and is forgotten. Eight digits until 2160: nine could have the form of a BSN, which no account may hold.
 */
const pageOfMinute = (instant: Instant): number => Math.floor(instant / 60_000)

export function createAllocateStatus(deps: AllocateStatusDeps): AllocateStatus {
  const { store, url, restoredAt, pickIndex = () => randomBelow(listLength) } = deps

  async function findPlace(issuer: string, page: number): Promise<number | undefined> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const index = pickIndex()
      const taken = await store.records.get(entryRecords, [issuer, String(page), String(index)])
      if (taken === undefined) return index
    }
    return undefined
  }

  async function newestPage(issuer: string, kind: StatusKind): Promise<number | undefined> {
    const index = { name: 'use', value: useOf(issuer, kind) }
    const { items } = await store.records.list(listRecords, { index, limit: 1000 })
    return items.findLast(({ value }) => (value.restoredAt ?? 0) === restoredAt)?.value.page
  }

  async function lastPage(issuer: string): Promise<number> {
    const { items } = await store.records.list(listRecords, { prefix: [issuer], limit: 1000 })
    return Math.max(items.at(-1)?.value.page ?? 0, pageOfMinute(restoredAt))
  }

  return async ({ issuer, credentialId, kinds }) => {
    const entries: StatusEntry[] = []
    const operations: Operation[] = []
    const status: AuditPlace[] = []
    let opened = 0
    for (const kind of kinds) {
      let page = await newestPage(issuer.did, kind)
      let index = page === undefined ? undefined : await findPlace(issuer.did, page)
      if (page === undefined || index === undefined) {
        opened += 1
        page = (await lastPage(issuer.did)) + opened
        index = pickIndex()
        const packed = await packBits(createBits())
        const since = restoredAt === 0 ? {} : { restoredAt }
        const list: ListRecord = { issuer: issuer.did, page, ...kind, packed, ...since }
        operations.push(put(listRecords, [issuer.did, String(page)], list, { expected: 'absent' }))
      }
      const { purpose } = kind
      const entry: EntryRecord = { issuer: issuer.did, page, index, purpose, credential: credentialId, set: false }
      operations.push(put(entryRecords, [issuer.did, String(page), String(index)], entry, { expected: 'absent' }))
      const listUrl = listUrlFor(url, issuer.did, page)
      status.push({ list: listUrl, type: kind.list, index, purpose })
      entries.push({
        id: `${listUrl}#${String(index)}`,
        type: statusListKinds[kind.list].entryType,
        statusPurpose: purpose,
        statusListIndex: String(index),
        statusListCredential: listUrl,
      })
    }
    const contexts = new Set(kinds.flatMap(({ list }) => statusListKinds[list].entryContexts))
    return { entries, contexts: [...contexts], account: status.length === 0 ? {} : { status }, operations }
  }
}

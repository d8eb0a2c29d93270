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
  /** Part of the batch that records the issued credential: with it the places are taken, for ever. */
  readonly operations: readonly Operation[]
}

/**
 * Finds places in status lists for a credential that is about to be issued. The places are random, so that a list tells
 * nobody how many credentials there are or in which order they came, and a place is never given twice.
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
  /** A random place; for tests. */
  readonly pickIndex?: () => number
}

/**
 * A list counts as full when this many random places in a row are taken. With 32 that happens when about three in four
 * are, and the next list begins.
 */
const attempts = 32

export function createAllocateStatus(deps: AllocateStatusDeps): AllocateStatus {
  const { store, url, pickIndex = () => randomBelow(listLength) } = deps

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
    return items.at(-1)?.value.page
  }

  async function lastPage(issuer: string): Promise<number> {
    const { items } = await store.records.list(listRecords, { prefix: [issuer], limit: 1000 })
    return items.at(-1)?.value.page ?? 0
  }

  return async ({ issuer, credentialId, kinds }) => {
    const entries: StatusEntry[] = []
    const operations: Operation[] = []
    let opened = 0
    for (const kind of kinds) {
      let page = await newestPage(issuer.did, kind)
      let index = page === undefined ? undefined : await findPlace(issuer.did, page)
      if (page === undefined || index === undefined) {
        opened += 1
        page = (await lastPage(issuer.did)) + opened
        index = pickIndex()
        const list: ListRecord = { issuer: issuer.did, page, ...kind, packed: await packBits(createBits()) }
        operations.push(put(listRecords, [issuer.did, String(page)], list, { expected: 'absent' }))
      }
      const { purpose } = kind
      const entry: EntryRecord = { issuer: issuer.did, page, index, purpose, credential: credentialId, set: false }
      operations.push(put(entryRecords, [issuer.did, String(page), String(index)], entry, { expected: 'absent' }))
      const listUrl = listUrlFor(url, issuer.did, page)
      entries.push({
        id: `${listUrl}#${String(index)}`,
        type: statusListKinds[kind.list].entryType,
        statusPurpose: purpose,
        statusListIndex: String(index),
        statusListCredential: listUrl,
      })
    }
    const contexts = new Set(kinds.flatMap(({ list }) => statusListKinds[list].entryContexts))
    return { entries, contexts: [...contexts], operations }
  }
}

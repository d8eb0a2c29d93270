import { epochSeconds, toRfc3339, type Clock, type Instant } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import { put, type Store, type Stored } from '../../stores/contracts.js'
import type { Parties } from '../../identity/parties.js'
import type { Party } from '../../identity/party.js'
import type { JsonObject } from '../credential.js'
import { statusListKinds, type StatusListType } from './kinds.js'
import { isPage, listUrlFor } from './list-url.js'
import { listRecords, type ListRecord } from './records.js'

const validMilliseconds = 24 * 3_600_000
const renewMilliseconds = 6 * 3_600_000
const attempts = 5

/** Signs a list, which is a credential without proof, as the party; returns it with its proof. */
export type SignList = (options: {
  readonly party: Party
  readonly list: StatusListType
  readonly credential: JsonObject
  readonly issuedAt: Instant
  readonly validUntil: Instant
}) => Promise<JsonObject>

/** The lists of this node's parties. */
export interface ListHost {
  /**
   * The list as a signed credential, straight from the store, so that every replica says the same. It is signed again
   * when less than 6 of its 24 hours remain.
   * @throws `request.not_found`, `store.unavailable`
   */
  read(issuer: string, page: string): Promise<string>
  /** The record with `packed` as its bits, signed as it will be served. Stores nothing. */
  sign(record: ListRecord, packed: string): Promise<ListRecord>
}

export interface ListHostDeps {
  readonly store: Pick<Store, 'records' | 'write'>
  readonly clock: Clock
  readonly parties: Pick<Parties, 'findByDid'>
  readonly url: string
  readonly signList: SignList
}

export function createListHost({ store, clock, parties, url, signList }: ListHostDeps): ListHost {
  async function sign(record: ListRecord, packed: string): Promise<ListRecord> {
    const party = await parties.findByDid(record.issuer)
    if (party === undefined) throw new NodeError('request.not_found', { detail: 'the party of the list is gone' })
    // In whole seconds, as it stands in the list, and never before an earlier edition of it: readers refuse that.
    const issuedAt = Math.max(epochSeconds(clock.now()) * 1000, record.signed?.issuedAt ?? 0)
    const validUntil = issuedAt + validMilliseconds
    const credential = statusListKinds[record.list].write({
      url: listUrlFor(url, record.issuer, record.page),
      issuer: record.issuer,
      purpose: record.purpose,
      packed,
      issuedAt: toRfc3339(issuedAt),
      validUntil: toRfc3339(validUntil),
    })
    const document = JSON.stringify(await signList({ party, list: record.list, credential, issuedAt, validUntil }))
    return { ...record, packed, signed: { document, issuedAt, validUntil } }
  }

  async function renew(stored: Stored<ListRecord>): Promise<string | undefined> {
    const record = await sign(stored.value, stored.value.packed)
    try {
      await store.write([put(listRecords, stored.key, record, { expected: stored.version })])
      return record.signed?.document
    } catch (cause) {
      // Another replica renewed it, or a bit was set: that edition is the one to serve.
      if (NodeError.codeOf(cause) === 'store.conflict') return undefined
      throw cause
    }
  }

  return {
    sign,
    async read(issuer, page) {
      if (!isPage(page) || !/^did:[\x21-\x7e]{1,500}$/.test(issuer)) throw new NodeError('request.not_found')
      for (let attempt = 0; attempt < attempts; attempt += 1) {
        const stored = await store.records.get(listRecords, [issuer, page])
        if (stored === undefined) throw new NodeError('request.not_found')
        const { signed } = stored.value
        if (signed !== undefined && signed.validUntil - clock.now() >= renewMilliseconds) return signed.document
        const document = await renew(stored)
        if (document !== undefined) return document
      }
      throw new NodeError('store.unavailable', { detail: 'a status list changes faster than it can be signed' })
    },
  }
}

import { createHash } from 'node:crypto'
import type { Instant } from '../../kernel/clock.js'
import type { Collection } from '../../stores/contracts.js'
import type { StatusPurpose } from '../../../schemas/credentials/status.js'
import type { StatusKind, StatusListType } from './kinds.js'

/** One list of a party: 131 072 places for one purpose. Key: the issuer's DID, then the page. */
export interface ListRecord {
  /** The DID of the party whose credentials it is about. */
  readonly issuer: string
  /** Counted from 1 per issuer, over lists of all kinds. */
  readonly page: number
  readonly list: StatusListType
  readonly purpose: StatusPurpose
  /** gzip and base64url of the bits. */
  readonly packed: string
  /** The restore after which the list was begun; absent in a store that was never restored. */
  readonly restoredAt?: Instant
  /** The list as a signed credential; a list that nobody has looked at yet is not signed. */
  readonly signed?: {
    readonly document: string
    readonly issuedAt: Instant
    readonly validUntil: Instant
  }
}

/** One place in a list, given to one credential for ever. Key: the issuer's DID, the page, the index. */
export interface EntryRecord {
  readonly issuer: string
  readonly page: number
  readonly index: number
  readonly purpose: StatusPurpose
  readonly credential: string
  /** What the bit says. */
  readonly set: boolean
}

export const listRecords: Collection<ListRecord> = {
  name: 'status-lists',
  indexes: { use: ({ issuer, list, purpose }) => useOf(issuer, { list, purpose }) },
}

export const entryRecords: Collection<EntryRecord> = {
  name: 'status-entries',
  indexes: { credential: ({ issuer, credential }) => entryIndexOf(issuer, credential) },
}

/** What finds the lists of an issuer that serve one kind. */
export function useOf(issuer: string, { list, purpose }: StatusKind): string {
  return digest(JSON.stringify([issuer, list, purpose]))
}

/** What finds the places that a credential has. */
export function entryIndexOf(issuer: string, credential: string): string {
  return digest(JSON.stringify([issuer, credential]))
}

/** Ids of credentials and DIDs can be longer than an index value. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

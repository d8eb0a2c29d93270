import type { StatusEntry, StatusPurpose } from '../../../schemas/credentials/status.js'
import { baseContext, baseType } from '../credential.js'

/** The two kinds of status list. */
export type StatusListType = 'StatusList2021' | 'BitstringStatusList'

/** Which status a credential gets: in a list of which kind, for which purpose. */
export interface StatusKind {
  readonly list: StatusListType
  readonly purpose: StatusPurpose
}

/** What a list says, before it is written as a credential. */
export interface ListContent {
  readonly url: string
  readonly issuer: string
  readonly purpose: StatusPurpose
  /** gzip and base64url of the bits. */
  readonly packed: string
  /** RFC 3339. */
  readonly issuedAt: string
  readonly validUntil: string
}

/** One kind of status list: the words that the two standards use for the same thing. */
export interface StatusListKind {
  readonly list: StatusListType
  readonly credentialType: string
  readonly entryType: StatusEntry['type']
  /** Contexts beside the base context that a JSON-LD credential needs for an entry. Bitstring entries are part of the base context of VC Data Model 2.0. */
  readonly entryContexts: readonly string[]
  /** The list as a credential without proof. */
  readonly write: (content: ListContent) => Readonly<Record<string, unknown>>
}

const bitstringContext = 'https://www.w3.org/ns/credentials/v2'
const statusList2021Context = 'https://w3id.org/vc/status-list/2021/v1'

/** Every kind that the node hosts and checks. */
export const statusListKinds: Readonly<Record<StatusListType, StatusListKind>> = {
  StatusList2021: {
    list: 'StatusList2021',
    credentialType: 'StatusList2021Credential',
    entryType: 'StatusList2021Entry',
    entryContexts: [statusList2021Context],
    /** @see StatusList2021 section 4.2; nuts-node v6: the subject's id is the URL of the list */
    write: ({ url, issuer, purpose, packed, issuedAt, validUntil }) => ({
      '@context': [baseContext, statusList2021Context],
      id: url,
      type: [baseType, 'StatusList2021Credential'],
      issuer,
      issuanceDate: issuedAt,
      expirationDate: validUntil,
      credentialSubject: { id: url, type: 'StatusList2021', statusPurpose: purpose, encodedList: packed },
    }),
  },
  BitstringStatusList: {
    list: 'BitstringStatusList',
    credentialType: 'BitstringStatusListCredential',
    entryType: 'BitstringStatusListEntry',
    entryContexts: [],
    /** @see Bitstring Status List 1.0 section 2.2: multibase `u`, which is base64url without padding */
    write: ({ url, issuer, purpose, packed, issuedAt, validUntil }) => ({
      '@context': [bitstringContext],
      id: url,
      type: [baseType, 'BitstringStatusListCredential'],
      issuer,
      validFrom: issuedAt,
      validUntil,
      credentialSubject: {
        id: `${url}#list`,
        type: 'BitstringStatusList',
        statusPurpose: purpose,
        encodedList: `u${packed}`,
      },
    }),
  },
}

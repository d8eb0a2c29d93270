import {
  bitstringStatusListSubjectSchema,
  statusList2021SubjectSchema,
  type StatusEntry,
  type StatusPurpose,
} from '../../../schemas/credentials/status.js'
import { jws2020Context } from '../proofs/json-web-signature.js'
import { asArray, baseContext, baseContextV2, baseType, type Credential } from '../credential.js'

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

/** What the list of somebody says, as far as its words go: nothing is verified or unpacked. */
export interface ListStatement {
  readonly purposes: readonly string[]
  /** base64url of gzip of the bits. */
  readonly packed: string
  /** How long a copy may be used, when the list says so. */
  readonly keepMilliseconds: number | undefined
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
  /** What a list says that was had from `url`; `undefined` when it is no such list, or that of another URL. */
  readonly read: (credential: Credential, url: string) => ListStatement | undefined
}

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
      '@context': [baseContext, statusList2021Context, jws2020Context],
      id: url,
      type: [baseType, 'StatusList2021Credential'],
      issuer,
      issuanceDate: issuedAt,
      expirationDate: validUntil,
      credentialSubject: { id: url, type: 'StatusList2021', statusPurpose: purpose, encodedList: packed },
    }),
    read: ({ subject }, url) => {
      const parsed = statusList2021SubjectSchema.safeParse(subject)
      if (!parsed.success || parsed.data.id !== url) return undefined
      const { statusPurpose, encodedList } = parsed.data
      return { purposes: [statusPurpose], packed: encodedList, keepMilliseconds: undefined }
    },
  },
  BitstringStatusList: {
    list: 'BitstringStatusList',
    credentialType: 'BitstringStatusListCredential',
    entryType: 'BitstringStatusListEntry',
    entryContexts: [],
    /** @see Bitstring Status List 1.0 section 2.2: multibase `u`, which is base64url without padding */
    write: ({ url, issuer, purpose, packed, issuedAt, validUntil }) => ({
      '@context': [baseContextV2],
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
    read: ({ id, subject }, url) => {
      const parsed = bitstringStatusListSubjectSchema.safeParse(subject)
      if (!parsed.success || id !== url) return undefined
      const { statusPurpose, encodedList, ttl } = parsed.data
      return { purposes: asArray(statusPurpose), packed: encodedList.slice(1), keepMilliseconds: ttl }
    },
  },
}

/** The kind of list that an entry of `type` points at. */
export function kindOfEntry(type: StatusEntry['type']): StatusListKind {
  return type === 'StatusList2021Entry' ? statusListKinds.StatusList2021 : statusListKinds.BitstringStatusList
}

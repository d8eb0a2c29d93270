import { createHash } from 'node:crypto'
import type { Instant } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import { decodeUtf8, parseGuardedJson } from '../../kernel/json-guard.js'
import type { Outbound } from '../../kernel/outbound.js'
import { put, type Collection, type Store } from '../../stores/contracts.js'
import type { Credential } from '../credential.js'
import { shortestListBytes, unpackBits } from './bitstring.js'
import type { StatusListKind } from './kinds.js'

/** Why a list is of no use. @see Bitstring Status List 1.0 section 3.3 */
export type StatusErrorName =
  'STATUS_RETRIEVAL_ERROR' | 'STATUS_VERIFICATION_ERROR' | 'STATUS_LIST_LENGTH_ERROR' | 'RANGE_ERROR'

/** The list of another node, verified and unpacked. */
export interface StatusList {
  readonly bits: Buffer
  readonly purposes: readonly string[]
  readonly validUntil: Instant | undefined
  /** How long its issuer lets a copy be used. */
  readonly keepMilliseconds: number | undefined
}

/** Which list is wanted, and whose it has to be. */
export interface WantedList {
  readonly url: string
  /** The issuer of the credential; nobody else can say that it is revoked. */
  readonly issuer: string
  readonly kind: StatusListKind
}

/** Takes a list apart and verifies its period and signature. @throws `credential.*`, `identity.*` */
export type VerifyList = (value: unknown) => Promise<Credential>

/**
 * Gets a list and verifies it as a credential: of the right type, about the URL that was asked for, issued by the issuer
 * of the credential whose status it keeps, signed and valid, without a status of its own, long enough, and not older than
 * one that was seen before, here or in another replica.
 *
 * Neither standard says that the two issuers are one. We ask for it, because otherwise any key that we can resolve could
 * end a revocation.
 * @throws `credential.status_unavailable` with a name of `StatusErrorName` first in its detail
 */
export type FetchList = (wanted: WantedList, verifyList: VerifyList) => Promise<StatusList>

/** The beginning of the newest edition that was seen, per list: it never goes back. */
const newestLists: Collection<{ readonly issuedAt: Instant }> = { name: 'newest-status-lists' }

const timeoutMilliseconds = 3000
const maxListBytes = 1024 * 1024
const attempts = 5

export interface FetchListDeps {
  readonly store: Pick<Store, 'records' | 'write'>
  readonly outbound: Pick<Outbound, 'request'>
}

export function createFetchList({ store, outbound }: FetchListDeps): FetchList {
  async function download(url: string): Promise<unknown> {
    const answer = await outbound.request({
      method: 'GET',
      url,
      accept: 'application/vc, application/vc+jwt, application/vc+ld+json, application/json',
      timeoutMilliseconds,
      maxResponseBytes: maxListBytes,
    })
    if (answer.status !== 200) throw new Error(`status ${String(answer.status)}`)
    const text = decodeUtf8(answer.body).trim()
    // A JWT, bare or as a JSON string, or a credential object.
    return /^[{"]/.test(text) ? parseGuardedJson(text, { stringBytes: maxListBytes }) : text
  }

  async function checkNotRolledBack({ url, issuer }: WantedList, issuedAt: Instant): Promise<boolean> {
    const key = [
      createHash('sha256')
        .update(JSON.stringify([issuer, url]))
        .digest('base64url'),
    ]
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const seen = await store.records.get(newestLists, key)
      if (seen !== undefined && seen.value.issuedAt >= issuedAt) return seen.value.issuedAt === issuedAt
      try {
        await store.write([put(newestLists, key, { issuedAt }, { expected: seen?.version ?? 'absent' })])
        return true
      } catch (cause) {
        // Another replica saw an edition at the same moment: compare with that one.
        if (NodeError.codeOf(cause) !== 'store.conflict') throw cause
      }
    }
    return false
  }

  return async (wanted, verifyList) => {
    const { url, issuer, kind } = wanted
    const value = await download(url).catch((cause: unknown) => {
      throw unavailable('STATUS_RETRIEVAL_ERROR', NodeError.is(cause) ? cause.code : 'no good answer', cause)
    })
    const credential = await verifyList(value).catch((cause: unknown) => {
      throw unavailable('STATUS_VERIFICATION_ERROR', NodeError.codeOf(cause), cause)
    })
    const fault = (words: string): NodeError => unavailable('STATUS_VERIFICATION_ERROR', words)
    if (credential.type !== kind.credentialType) throw fault('it is not a status list of this kind')
    if (credential.issuer !== issuer) throw fault('its issuer is not that of the credential')
    if (credential.statusEntries.length > 0) throw fault('it has a status of its own')
    const statement = credential.subjects.length === 1 ? kind.read(credential, url) : undefined
    if (statement === undefined) throw fault('it is the list of another URL, or no list')
    const bits = await unpackBits(statement.packed)
    if (bits === undefined) throw fault('it does not unpack to at most 1 MiB')
    if (bits.length < shortestListBytes) throw unavailable('STATUS_LIST_LENGTH_ERROR', 'it is too short')
    if (credential.issuedAt === undefined) throw fault('it does not say since when it is valid')
    if (!(await checkNotRolledBack(wanted, credential.issuedAt))) throw fault('it is older than one seen before')
    const { purposes, keepMilliseconds } = statement
    return { bits, purposes, validUntil: credential.expiresAt, keepMilliseconds }
  }
}

/** A list cannot be had or believed: nobody is said to be revoked, and nobody is let through. */
export function unavailable(name: StatusErrorName, words: string, cause?: unknown): NodeError {
  return new NodeError('credential.status_unavailable', {
    detail: `${name}: ${words}`,
    notes: [name],
    ...(cause === undefined ? {} : { cause }),
  })
}

import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../../kernel/clock.js'
import { NodeError, type ErrorCode } from '../../kernel/errors.js'
import type { Log } from '../../kernel/log.js'
import type { Outbound } from '../../kernel/outbound.js'
import type { Store } from '../../stores/contracts.js'
import { statusEntrySchema, type StatusEntry } from '../../../schemas/credentials/status.js'
import type { Credential } from '../credential.js'
import { readBit, unpackBits } from './bitstring.js'
import { createFetchList, unavailable, type StatusList, type VerifyList } from './fetch-list.js'
import { createKeepLists, type Freshness } from './keep-lists.js'
import { kindOfEntry, type StatusListKind } from './kinds.js'
import { findListPlace, type ListPlace } from './list-url.js'
import { listRecords } from './records.js'

/** What is needed of a credential to look at its status again, without the credential itself. */
export type StatusEvidence = Pick<Credential, 'type' | 'issuer' | 'statusEntries'>

/** One status of a credential, taken apart; whose credential it is decides whose list it must be. */
export interface ListedStatus {
  readonly issuer: string
  readonly entry: StatusEntry
}

/** What a status list says of each place in it. */
export interface ListLook {
  /** Two looks with the same edition say the same. */
  readonly edition: string
  /** The code of the refusal; `undefined` when the status is good. */
  faultAt(entry: Pick<StatusEntry, 'statusPurpose' | 'statusListIndex'>): ErrorCode | undefined
}

/**
 * Checks of status. Lists of this node are read from the store, those of others are asked for where their copy is not
 * fresh enough. The issuer and the signature of the credential come before this: only whom we trust makes us call an
 * address.
 */
export interface CheckStatus {
  /**
   * Checks every status that a credential has; all must be good.
   * @throws `credential.revoked`, `credential.suspended`; `credential.status_unsupported` for a kind, purpose or place
   *   that does not exist; `credential.status_unavailable` when a list cannot be had or verified; `store.unavailable`
   */
  check(evidence: StatusEvidence, options: CheckOptions): Promise<void>
  /**
   * Looks at the list of one status, for all credentials of that issuer in it.
   * @throws `credential.status_unavailable` when the list cannot be had or verified; `store.unavailable`
   */
  look(listed: ListedStatus, options: CheckOptions): Promise<ListLook>
}

interface CheckOptions {
  readonly freshness: Freshness
  readonly verifyList: VerifyList
}

export interface CheckStatusDeps {
  readonly clock: Clock
  readonly log: Log
  readonly store: Store
  readonly outbound: Pick<Outbound, 'request'>
  /** The public base URL of the node, without a slash at the end. */
  readonly url: string
}

/** What a check needs of a list of this node. */
type OwnList = Pick<StatusList, 'bits' | 'purposes'>

export function createCheckStatus({ clock, log, store, outbound, url }: CheckStatusDeps): CheckStatus {
  const findList = createKeepLists({ clock, log, fetchList: createFetchList({ store, outbound }) })
  const ownBits = new LRUCache<string, Buffer>({ max: 256 })

  /** The bits of a list of this node, as the store has them now. */
  async function readOwn({ issuer, page }: ListPlace, { list }: StatusListKind): Promise<OwnList> {
    const stored = await store.records.get(listRecords, [issuer, String(page)])
    if (stored?.value.list !== list) throw unavailable('STATUS_RETRIEVAL_ERROR', 'this node has no such list')
    const purposes = [stored.value.purpose]
    const edition = JSON.stringify([issuer, page, stored.version])
    const known = ownBits.get(edition)
    if (known !== undefined) return { bits: known, purposes }
    const bits = await unpackBits(stored.value.packed)
    if (bits === undefined) throw new NodeError('store.damaged', { detail: 'a status list' })
    ownBits.set(edition, bits)
    return { bits, purposes }
  }

  async function findListOf({ issuer, entry }: ListedStatus, options: CheckOptions): Promise<OwnList> {
    const own = findListPlace(url, entry.statusListCredential)
    if (own !== undefined && own.issuer !== issuer) {
      throw unavailable('STATUS_VERIFICATION_ERROR', 'its issuer is not that of the credential')
    }
    const wanted = { url: entry.statusListCredential, issuer, kind: kindOfEntry(entry.type) }
    return own === undefined ? findList(wanted, options.freshness, options.verifyList) : readOwn(own, wanted.kind)
  }

  return {
    async check({ type, issuer, statusEntries }, options) {
      for (const value of statusEntries) {
        const entry = findStatusEntry(value)
        if (entry === undefined) throw unsupported(type, 'its kind or purpose is not known here')
        const code = faultIn(await findListOf({ issuer, entry }, options), entry)
        if (code === undefined) continue
        if (code === 'credential.status_unavailable') {
          throw unavailable('STATUS_VERIFICATION_ERROR', 'the list is for another purpose')
        }
        if (code === 'credential.status_unsupported') throw unsupported(type, 'RANGE_ERROR')
        const words = code === 'credential.revoked' ? 'revoked' : 'suspended'
        throw new NodeError(code, { notes: [`the ${type} was ${words} by its issuer`] })
      }
    },
    async look(listed, options) {
      const list = await findListOf(listed, options)
      const edition = createHash('sha256').update(list.purposes.join(' ')).update('\n').update(list.bits)
      return { edition: edition.digest('base64url'), faultAt: (entry) => faultIn(list, entry) }
    },
  }
}

function faultIn({ bits, purposes }: OwnList, entry: Pick<StatusEntry, 'statusPurpose' | 'statusListIndex'>) {
  if (!purposes.includes(entry.statusPurpose)) return 'credential.status_unavailable'
  const bit = readBit(bits, Number(entry.statusListIndex))
  if (bit === undefined) return 'credential.status_unsupported'
  if (!bit) return undefined
  return entry.statusPurpose === 'revocation' ? 'credential.revoked' : 'credential.suspended'
}

/** The status entry of a credential, when it is of a kind and for a purpose that is known here. */
export function findStatusEntry(value: unknown): StatusEntry | undefined {
  const parsed = statusEntrySchema.safeParse(value)
  return parsed.success ? parsed.data : undefined
}

function unsupported(type: string, why: string): NodeError {
  return new NodeError('credential.status_unsupported', {
    detail: why,
    notes: [`the status of the ${type} cannot be checked: ${why}`],
  })
}

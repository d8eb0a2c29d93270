import { LRUCache } from 'lru-cache'
import type { Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
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

/**
 * Checks every status that a credential has; all must be good. Lists of this node are read from the store, those of
 * others are asked for where their copy is not fresh enough. The issuer and the signature of the credential come before
 * this: only whom we trust makes us call an address.
 *
 * @throws `credential.revoked`, `credential.suspended`; `credential.status_unsupported` for a kind, purpose or place that
 *   does not exist; `credential.status_unavailable` when a list cannot be had or verified; `store.unavailable`
 */
export type CheckStatus = (
  evidence: StatusEvidence,
  options: { readonly freshness: Freshness; readonly verifyList: VerifyList },
) => Promise<void>

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

  return async ({ type, issuer, statusEntries }, { freshness, verifyList }) => {
    for (const value of statusEntries) {
      const entry = parseEntry(value, type)
      const own = findListPlace(url, entry.statusListCredential)
      if (own !== undefined && own.issuer !== issuer) {
        throw unavailable('STATUS_VERIFICATION_ERROR', 'its issuer is not that of the credential')
      }
      const wanted = { url: entry.statusListCredential, issuer, kind: kindOfEntry(entry.type) }
      const list = own === undefined ? await findList(wanted, freshness, verifyList) : await readOwn(own, wanted.kind)
      if (!list.purposes.includes(entry.statusPurpose)) {
        throw unavailable('STATUS_VERIFICATION_ERROR', 'the list is for another purpose')
      }
      const bit = readBit(list.bits, Number(entry.statusListIndex))
      if (bit === undefined) throw unsupported(type, 'RANGE_ERROR')
      if (bit) {
        const isFinal = entry.statusPurpose === 'revocation'
        throw new NodeError(isFinal ? 'credential.revoked' : 'credential.suspended', {
          notes: [`the ${type} was ${isFinal ? 'revoked' : 'suspended'} by its issuer`],
        })
      }
    }
  }
}

function parseEntry(value: unknown, type: string): StatusEntry {
  const parsed = statusEntrySchema.safeParse(value)
  if (!parsed.success) throw unsupported(type, 'its kind or purpose is not known here')
  return parsed.data
}

function unsupported(type: string, why: string): NodeError {
  return new NodeError('credential.status_unsupported', {
    detail: why,
    notes: [`the status of the ${type} cannot be checked: ${why}`],
  })
}

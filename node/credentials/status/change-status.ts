import type { Audit } from '../../audit/audit.js'
import type { AuditPlace } from '../../audit/event.js'
import type { AuditCode } from '../../../schemas/audit-codes.js'
import { NodeError } from '../../kernel/errors.js'
import { redactNumbers } from '../../kernel/identifiers.js'
import type { Trace } from '../../kernel/trace.js'
import { put, type Operation, type Store, type Stored } from '../../stores/contracts.js'
import { retryConflict } from '../../stores/retry-conflict.js'
import type { Party } from '../../identity/party.js'
import type { StatusPurpose } from '../../../schemas/credentials/status.js'
import { unpackBits, packBits, writeBit } from './bitstring.js'
import type { ListHost } from './host-list.js'
import type { StatusListType } from './kinds.js'
import { listUrlFor } from './list-url.js'
import { entryIndexOf, entryRecords, listRecords, type EntryRecord } from './records.js'

/** Which credential, by whose word, and why. */
export interface StatusChange {
  /** The party that issued it. */
  readonly party: Party
  readonly credentialId: string
  /** For the audit journal; numbers that could name a person are left out. */
  readonly reason?: string
  readonly trace?: Trace
}

/**
 * Changes what the lists say of a credential. The bit, the newly signed list and the audit event are one atomic batch:
 * when a call returns, every replica serves the new list. A change that is there already changes nothing.
 *
 * @throws `credential.not_found` when the party issued no such credential, `credential.not_revocable` when it was issued
 *   without such a status, `store.unavailable`
 */
export interface ChangeStatus {
  /** Withdraws a credential for good: there is no call that undoes it. False when it was withdrawn already. */
  revoke(change: StatusChange): Promise<boolean>
  /** Withdraws a credential for the time being. False when it was withdrawn already. */
  suspend(change: StatusChange): Promise<boolean>
  /** Ends a suspension. False when there is none. */
  resume(change: StatusChange): Promise<boolean>
}

export interface ChangeStatusDeps {
  readonly store: Pick<Store, 'records' | 'write'>
  readonly audit: Pick<Audit, 'operation'>
  readonly host: Pick<ListHost, 'sign'>
  readonly url: string
}

export function createChangeStatus({ store, audit, host, url }: ChangeStatusDeps): ChangeStatus {
  async function entriesOf(party: Party, credentialId: string): Promise<readonly Stored<EntryRecord>[]> {
    const index = { name: 'credential', value: entryIndexOf(party.did, credentialId) }
    return (await store.records.list(entryRecords, { index, limit: 16 })).items
  }

  async function setBit(
    entry: Stored<EntryRecord>,
    value: boolean,
  ): Promise<{ readonly operations: readonly Operation[]; readonly type: StatusListType }> {
    const { issuer, page, index } = entry.value
    const list = await store.records.get(listRecords, [issuer, String(page)])
    const bits = list === undefined ? undefined : await unpackBits(list.value.packed)
    if (list === undefined || bits === undefined) throw new NodeError('store.damaged', { detail: 'a status list' })
    writeBit(bits, index, value)
    const record = await host.sign(list.value, await packBits(bits))
    const operations = [
      put(listRecords, list.key, record, { expected: list.version }),
      put(entryRecords, entry.key, { ...entry.value, set: value }, { expected: entry.version }),
    ]
    return { operations, type: list.value.list }
  }

  async function change(
    code: AuditCode,
    purpose: StatusPurpose,
    value: boolean,
    request: StatusChange,
  ): Promise<boolean> {
    const { party, credentialId, reason, trace } = request
    const found = await entriesOf(party, credentialId)
    if (found.length === 0) throw new NodeError('credential.not_found')
    const entries = found.filter((entry) => entry.value.purpose === purpose)
    if (entries.length === 0) {
      throw new NodeError('credential.not_revocable', { notes: [`it was issued without a status for ${purpose}`] })
    }
    const changing = entries.filter((entry) => entry.value.set !== value)
    if (changing.length === 0) return false
    const operations: Operation[] = []
    // What is needed to set the bit again when the store is an older one than the journal.
    const status: AuditPlace[] = []
    // Two kinds of list of one purpose have two pages, so no list is written twice.
    for (const entry of changing) {
      const { operations: setting, type } = await setBit(entry, value)
      operations.push(...setting)
      const { page, index } = entry.value
      status.push({ list: listUrlFor(url, party.did, page), type, index, purpose })
    }
    const event = audit.operation({
      code,
      action: 'update',
      outcome: 'success',
      party: party.subject,
      actor: { did: party.did },
      object: { credential: credentialId, status },
      ...(reason === undefined ? {} : { reasons: [[...redactNumbers(reason)].slice(0, 200).join('')] }),
      ...(trace === undefined ? {} : { trace }),
    })
    await store.write([...operations, event])
    return true
  }

  /** Another change of the same list at the same moment is waited out. */
  const changeInTurn = (...parameters: Parameters<typeof change>): Promise<boolean> =>
    retryConflict(() => change(...parameters))

  return {
    revoke: (request) => changeInTurn('credential.revoked', 'revocation', true, request),
    suspend: (request) => changeInTurn('credential.suspended', 'suspension', true, request),
    resume: (request) => changeInTurn('credential.resumed', 'suspension', false, request),
  }
}

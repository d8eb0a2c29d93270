import type { Clock, Instant } from '../../kernel/clock.js'
import { NodeError, type ErrorCode } from '../../kernel/errors.js'
import type { StatusEntry } from '../../../schemas/credentials/status.js'
import type { CredentialVerifier } from '../verify-credential.js'
import { findStatusEntry, type ListedStatus, type ListLook, type StatusEvidence } from './check-status.js'

/** Something whose credentials are watched, and what is wrong with one of them. */
export interface StatusFinding {
  readonly member: string
  readonly code: ErrorCode
}

/** An eye on the status of many credentials, list by list: what is in one list costs one look at it. */
export interface StatusWatch {
  /**
   * Watches the credentials of `member`, in the place of those it had. Their status was good at `checkedAt`. Evidence of a
   * kind that is not known here is not watched: who verifies it refuses it.
   */
  watch(member: string, evidence: readonly StatusEvidence[], checkedAt: Instant): void
  /** Watches them no more. */
  forget(member: string): void
  /**
   * Asks every list, however fresh its copy is, and returns who has a credential that no longer counts: revoked or
   * suspended, and `credential.status_unavailable` when nobody could say so for longer than `patienceMilliseconds`. A list
   * that does not answer holds up no other one.
   * @throws `store.unavailable`
   */
  look(patienceMilliseconds: number): Promise<readonly StatusFinding[]>
  /** How many lists there are. */
  readonly lists: number
}

/** So many lists are asked at a time: each may take its three seconds. */
const askedAtOnce = 32

type Place = Pick<StatusEntry, 'statusPurpose' | 'statusListIndex'>

/** One list and who is in it. */
interface WatchedList {
  readonly listed: ListedStatus
  readonly members: Map<string, readonly Place[]>
  /** Who came since the last good look: for the others nothing changes while the list is the same. */
  unseen: Map<string, readonly Place[]>
  edition: string | undefined
  goodAt: Instant
}

/** Holds the places in memory: some hundred bytes for each credential that has a status. */
export function createStatusWatch(deps: {
  readonly clock: Clock
  readonly verifier: Pick<CredentialVerifier, 'lookAtList'>
}): StatusWatch {
  const { clock, verifier } = deps
  const lists = new Map<string, WatchedList>()
  const listsOf = new Map<string, readonly string[]>()

  function forget(member: string): void {
    for (const key of listsOf.get(member) ?? []) {
      const list = lists.get(key)
      list?.members.delete(member)
      list?.unseen.delete(member)
      if (list?.members.size === 0) lists.delete(key)
    }
    listsOf.delete(member)
  }

  function place(member: string, listed: ListedStatus, checkedAt: Instant): string {
    const { issuer, entry } = listed
    const key = JSON.stringify([issuer, entry.type, entry.statusListCredential])
    const list = lists.get(key) ?? begin(listed, checkedAt)
    lists.set(key, list)
    const { statusPurpose, statusListIndex } = entry
    const places = [...(list.members.get(member) ?? []), { statusPurpose, statusListIndex }]
    list.members.set(member, places)
    list.unseen.set(member, places)
    list.goodAt = Math.max(list.goodAt, checkedAt)
    return key
  }

  async function lookAt(list: WatchedList, patience: number): Promise<readonly StatusFinding[]> {
    const askedAt = clock.now()
    let look: ListLook
    try {
      look = await verifier.lookAtList(list.listed, 'now')
    } catch (cause) {
      if (NodeError.codeOf(cause) !== 'credential.status_unavailable') throw cause
      // Continues on purpose: it is in the log, and what was good a while ago counts for as long as patience lasts.
      if (askedAt - list.goodAt <= patience) return []
      return [...list.members.keys()].map((member) => ({ member, code: 'credential.status_unavailable' }))
    }
    const isSame = look.edition === list.edition
    const found: StatusFinding[] = []
    // Who is found is looked at again until it is forgotten: the caller may not have got to it.
    const unseen = new Map<string, readonly Place[]>()
    for (const [member, places] of isSame ? list.unseen : list.members) {
      const code = faultOf(places, look)
      if (code === undefined) continue
      found.push({ member, code })
      unseen.set(member, places)
    }
    list.edition = look.edition
    list.goodAt = askedAt
    list.unseen = unseen
    return found
  }

  return {
    watch(member, evidence, checkedAt) {
      forget(member)
      const keys = new Set<string>()
      for (const { issuer, statusEntries } of evidence) {
        for (const value of statusEntries) {
          const entry = findStatusEntry(value)
          if (entry !== undefined) keys.add(place(member, { issuer, entry }, checkedAt))
        }
      }
      if (keys.size > 0) listsOf.set(member, [...keys])
    },
    forget,
    async look(patienceMilliseconds) {
      const waiting = [...lists.values()]
      const found = new Map<string, StatusFinding>()
      async function takeLists(): Promise<void> {
        for (let list = waiting.pop(); list !== undefined; list = waiting.pop()) {
          for (const finding of await lookAt(list, patienceMilliseconds)) {
            const before = found.get(finding.member)
            if (before === undefined || finding.code === 'credential.revoked') found.set(finding.member, finding)
          }
        }
      }
      await Promise.all(Array.from({ length: askedAtOnce }, takeLists))
      return [...found.values()]
    },
    get lists() {
      return lists.size
    },
  }
}

function begin(listed: ListedStatus, checkedAt: Instant): WatchedList {
  const { type, statusListCredential, statusPurpose, statusListIndex } = listed.entry
  // Only what names the list: an entry may hold anything else, and would be kept as long as the list.
  const entry = { type, statusListCredential, statusPurpose, statusListIndex } as StatusEntry
  return {
    listed: { issuer: listed.issuer, entry },
    members: new Map(),
    unseen: new Map(),
    edition: undefined,
    goodAt: checkedAt,
  }
}

function faultOf(places: readonly Place[], look: ListLook): ErrorCode | undefined {
  const codes = places.map((place) => look.faultAt(place)).filter((code) => code !== undefined)
  return codes.find((code) => code === 'credential.revoked') ?? codes[0]
}

import { LRUCache } from 'lru-cache'
import type { Clock, Instant } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import type { Log } from '../../kernel/log.js'
import type { FetchList, StatusList, VerifyList, WantedList } from './fetch-list.js'

/**
 * How old a copy of a list may be before its source is asked again.
 *
 * - `now`: it is always asked, by one call for all who wait. For new tokens.
 * - `minute`: at most a minute. For tokens that are alive.
 * - `usual`: as long as the list itself says, at most 15 minutes. For what can wait.
 */
export type Freshness = 'now' | 'minute' | 'usual'

const ageMilliseconds: Readonly<Record<Freshness, number>> = { now: 0, minute: 60_000, usual: 15 * 60_000 }
/** A copy that cannot be renewed is used this long after it was last had, and never beyond its own end. */
const longestStaleMilliseconds = 4 * 3_600_000
const firstBackOffMilliseconds = 1000
const longestBackOffMilliseconds = 60_000

/** Gives lists of other nodes, from memory where that is fresh enough. @throws `credential.status_unavailable` */
export type FindList = (wanted: WantedList, freshness: Freshness, verifyList: VerifyList) => Promise<StatusList>

/** What is known of one list. */
interface Kept {
  readonly copy: { readonly list: StatusList; readonly askedAt: Instant } | undefined
  /** How often in a row it could not be had, since when it may be asked for again, and why it failed. */
  readonly failed: { readonly times: number; readonly retryAt: Instant; readonly cause: NodeError } | undefined
}

/**
 * Keeps lists in memory: at most 2 000 of them and 64 MiB. After a failure the source is left alone for 1 s, then 2 s, up
 * to a minute; meanwhile the last good copy is used, at most until its own end and at most for 4 hours, and then nothing
 * is let through any more.
 */
export function createKeepLists(deps: {
  readonly clock: Clock
  readonly log: Log
  readonly fetchList: FetchList
}): FindList {
  const { clock, log, fetchList } = deps
  const kept = new LRUCache<string, Kept>({
    max: 2000,
    maxSize: 64 * 1024 * 1024,
    sizeCalculation: ({ copy }) => 1024 + (copy?.list.bits.length ?? 0),
  })
  const underway = new Map<string, Promise<Kept>>()

  async function ask(key: string, wanted: WantedList, verifyList: VerifyList): Promise<Kept> {
    const before = kept.get(key)
    // The moment before the question: what is revoked while the answer travels may not be in it.
    const askedAt = clock.now()
    let after: Kept
    try {
      after = { copy: { list: await fetchList(wanted, verifyList), askedAt }, failed: undefined }
    } catch (error) {
      const cause = NodeError.is(error) ? error : new NodeError('internal.fault', { cause: error })
      const times = (before?.failed?.times ?? 0) + 1
      const wait = Math.min(firstBackOffMilliseconds * 2 ** Math.min(times - 1, 10), longestBackOffMilliseconds)
      const { code, detail } = cause
      log.warn('status list cannot be had', {
        code,
        ...(detail === undefined ? {} : { detail }),
      })
      after = { copy: before?.copy, failed: { times, retryAt: clock.now() + wait, cause } }
    }
    kept.set(key, after)
    return after
  }

  function askOnce(key: string, wanted: WantedList, verifyList: VerifyList): Promise<Kept> {
    const running = underway.get(key)
    if (running !== undefined) return running
    const started = ask(key, wanted, verifyList).finally(() => underway.delete(key))
    underway.set(key, started)
    return started
  }

  function isFresh({ list, askedAt }: NonNullable<Kept['copy']>, freshness: Freshness): boolean {
    const longest = Math.min(ageMilliseconds[freshness], list.keepMilliseconds ?? Number.POSITIVE_INFINITY)
    const age = clock.now() - askedAt
    return age >= 0 && age < longest && isUsable({ list, askedAt })
  }

  function isUsable({ list, askedAt }: NonNullable<Kept['copy']>): boolean {
    const now = clock.now()
    return now < (list.validUntil ?? Number.POSITIVE_INFINITY) && now < askedAt + longestStaleMilliseconds
  }

  return async (wanted, freshness, verifyList) => {
    const key = JSON.stringify([wanted.kind.list, wanted.issuer, wanted.url])
    let state = kept.get(key)
    if (state?.copy !== undefined && isFresh(state.copy, freshness)) return state.copy.list
    const mustWait = state?.failed !== undefined && clock.now() < state.failed.retryAt
    if (state === undefined || !mustWait) state = await askOnce(key, wanted, verifyList)
    if (state.copy !== undefined && isUsable(state.copy)) return state.copy.list
    throw state.failed?.cause ?? new NodeError('credential.status_unavailable', { detail: 'the list has ended' })
  }
}

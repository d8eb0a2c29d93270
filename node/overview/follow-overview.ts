import type { Party } from '../identity/party.js'
import type { Clock } from '../kernel/clock.js'
import type { Trace } from '../kernel/trace.js'
import type { FindToldCases } from '../notifications/abonnement/find-told-cases.js'
import type { Inbox } from '../notifications/inbox.js'
import type { InboxEntry } from '../notifications/inbox-records.js'
import { lookAgainMilliseconds, type InboxWaits } from '../notifications/inbox-stream.js'
import type { Overview, OverviewRequest } from '../../schemas/wire/overview.js'
import type { CreateOverview } from './create-overview.js'
import { lastTwo } from './melding/melding-records.js'

/** What who looks at an overview gets: the overview, as it is since an event, or a sign of life. */
export type OverviewPart = { readonly kind: 'overview'; readonly overview: Overview } | { readonly kind: 'alive' }

export interface FollowOverviewDeps {
  readonly clock: Clock
  readonly createOverview: CreateOverview
  readonly inbox: Pick<Inbox, 'read' | 'head'>
  readonly waits: InboxWaits
  /** The own cases that a message is about. */
  readonly findToldCases: FindToldCases
}

/** Who looks on longer says anew for what: a screen that was left open goes on asking for nobody. */
const longestMilliseconds = 30 * 60_000
/** Proxies close a connection on which nothing happens. */
const signOfLifeMilliseconds = 15_000
const pageSize = 100
/** What a request can name. */
const maxRecords = 50

/**
 * Makes an overview, and again whenever something comes into the inbox that is about the person: a record that stands in the
 * overview or that was asked for, or one that the party was told of for an own case of that person. Nothing else is a reason
 * to ask all sources again. Each time is an overview of its own, with its account. Ends after half an hour, and when
 * `signal` says so.
 * @throws as `CreateOverview`, before it begins
 */
export function createFollowOverview(deps: FollowOverviewDeps) {
  const { clock, createOverview, inbox, waits, findToldCases } = deps

  /** The records of an entry, when it is about the person; `undefined` otherwise. */
  async function recordsAbout(
    entry: InboxEntry,
    { bsn }: OverviewRequest,
    known: ReadonlySet<string>,
  ): Promise<readonly string[] | undefined> {
    const named = entry.subjectList.flatMap(({ subject, recordID }) => [subject, recordID]).filter(isPointer)
    if (named.some((each) => known.has(lastTwo(each)))) return named
    const cases = await findToldCases(entry, 'overzicht')
    return cases.some(({ active }) => active.bsn === bsn) ? named : undefined
  }

  return async function followOverview(asked: {
    readonly party: Party
    readonly request: OverviewRequest
    readonly trace: Trace
    readonly signal: AbortSignal
  }): Promise<AsyncGenerator<OverviewPart>> {
    // Before the first overview: what comes in while that is made is no part of it.
    const { number } = await inbox.head(asked.party.subject)
    return follow(asked, number, await createOverview(asked))
  }

  async function* follow(
    asked: {
      readonly party: Party
      readonly request: OverviewRequest
      readonly trace: Trace
      readonly signal: AbortSignal
    },
    from: number,
    first: Overview,
  ): AsyncGenerator<OverviewPart> {
    const { party, trace, signal } = asked
    const { subject } = party
    const ends = clock.now() + longestMilliseconds
    let { request } = asked
    let overview = first
    let after = from
    yield { kind: 'overview', overview }
    let quiet = 0
    while (!signal.aborted && clock.now() < ends) {
      const seen = waits.commits(subject)
      const { entries } = await inbox.read({ party: subject, state: 'all', after, limit: pageSize })
      after = entries.at(-1)?.number ?? after
      const about: string[] = []
      let isAbout = false
      for (const entry of entries) {
        const records = await recordsAbout(entry, request, namesIn(overview, request))
        isAbout ||= records !== undefined
        about.push(...(records ?? []))
      }
      if (isAbout) {
        request = { ...request, records: [...new Set([...request.records, ...about.map(toName)])].slice(0, maxRecords) }
        overview = await createOverview({ party, request, trace })
        quiet = 0
        yield { kind: 'overview', overview }
      }
      if (entries.length === pageSize) continue
      try {
        await waits.untilMore(subject, seen, lookAgainMilliseconds, signal)
      } catch {
        // Told to stop.
        return
      }
      quiet += lookAgainMilliseconds
      if (quiet < signOfLifeMilliseconds) continue
      quiet = 0
      yield { kind: 'alive' }
    }
  }
}

export type FollowOverview = ReturnType<typeof createFollowOverview>

function namesIn({ timeline }: Overview, { records }: OverviewRequest): ReadonlySet<string> {
  return new Set([...records, ...timeline.flatMap(({ record }) => record ?? [])].map(lastTwo))
}

function isPointer(text: string): boolean {
  return text.includes('/')
}

/** As a request names a record: the last two parts. */
function toName(pointer: string): string {
  return pointer.split('/').slice(-2).join('/')
}

import type { Parties } from '../../identity/parties.js'
import type { CreateOverview } from '../../overview/create-overview.js'
import type { Store } from '../../stores/contracts.js'
import type { FollowOverview, OverviewPart } from '../../overview/follow-overview.js'
import { transitionChecks } from '../../overview/transition/transition-records.js'
import {
  overviewRequestSchema,
  overviewSchema,
  transitionListSchema,
  transitionQuerySchema,
} from '../../../schemas/wire/overview.js'
import { jsonAnswer, type Route } from '../exchange.js'
import { parseBody, parseParameters } from '../parse.js'

export interface OverviewRoutesDeps {
  readonly parties: Pick<Parties, 'get'>
  readonly store: Pick<Store, 'records'>
  readonly createOverview: CreateOverview
  readonly followOverview: FollowOverview
  /** Lets nobody wait any longer. */
  readonly stopping: AbortSignal
}

/** The overview of one person, for a professional of a party. The person stands in the body and in no address. */
export function overviewRoutes(deps: OverviewRoutesDeps): readonly Route[] {
  const { parties, store, createOverview, followOverview, stopping } = deps
  return [
    {
      method: 'POST',
      pattern: '/internal/bronnet/v1/subjects/:subject/overview',
      family: 'problem',
      callers: ['application'],
      body: { maxBytes: 16 * 1024, mediaTypes: ['application/json'] },
      doc: {
        summary: 'Ask what is arranged for one person, at every source that may be asked',
        about:
          'Each source is asked under its own rule, with two and a half seconds for its answer. Nothing that comes back is ' +
          'kept. `complete` says whether every source answered; `sources` says what became of each.',
        body: overviewRequestSchema,
        answers: { 200: overviewSchema },
        refusals: [404],
      },
      async handle({ params, body, trace }) {
        const request = parseBody(overviewRequestSchema, body)
        const party = await parties.get(params['subject'] ?? '')
        return jsonAnswer(200, await createOverview({ party, request, trace }))
      },
    },
    {
      method: 'POST',
      pattern: '/internal/bronnet/v1/subjects/:subject/overview/live',
      family: 'problem',
      callers: ['application'],
      body: { maxBytes: 16 * 1024, mediaTypes: ['application/json'] },
      doc: {
        summary: 'Look at what is arranged for one person, as it changes',
        about:
          'Server-sent events: the overview at once, and again whenever an event about the person comes into the inbox. Ends ' +
          'after half an hour: who still looks asks anew, with its basis.',
        body: overviewRequestSchema,
        answers: { 200: { mediaType: 'text/event-stream', about: 'An overview as data of each event `overview`.' } },
        refusals: [404],
      },
      async handle({ params, body, trace }) {
        const request = parseBody(overviewRequestSchema, body)
        const party = await parties.get(params['subject'] ?? '')
        return {
          status: 200,
          headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' },
          body: toEvents(await followOverview({ party, request, trace, signal: stopping })),
        }
      },
    },
    {
      method: 'GET',
      pattern: '/internal/bronnet/v1/subjects/:subject/transitions',
      family: 'problem',
      callers: ['application'],
      doc: {
        summary: 'List the own cases with an indicatie whose transition is watched',
        about:
          'Pointers only. Days without care are told by the events OVERGANGSGAT_GEMEENTE, in the own inbox, and ' +
          'OVERGANGSGAT_ZORGKANTOOR; the overview shows them.',
        query: transitionQuerySchema,
        answers: { 200: transitionListSchema },
        refusals: [404],
      },
      async handle({ params, query }) {
        const { after, limit } = parseParameters(transitionQuerySchema, query)
        const { subject } = await parties.get(params['subject'] ?? '')
        const page = await store.records.list(transitionChecks, {
          prefix: [subject],
          limit,
          ...(after === undefined ? {} : { after }),
        })
        const transitions = page.items.map(({ value: { party: _, told: __, since, dueAt, toldAt, ...check } }) => ({
          ...check,
          since: new Date(since).toISOString(),
          ...(check.state === 'due' ? { dueAt: new Date(dueAt).toISOString() } : {}),
          ...(toldAt === undefined ? {} : { toldAt: new Date(toldAt).toISOString() }),
        }))
        return jsonAnswer(200, { transitions, ...(page.next === undefined ? {} : { next: page.next }) })
      },
    },
  ]
}

async function* toEvents(parts: AsyncIterable<OverviewPart>): AsyncGenerator<string> {
  for await (const part of parts)
    yield part.kind === 'alive' ? ': waiting\n\n' : `event: overview\ndata: ${JSON.stringify(part.overview)}\n\n`
}

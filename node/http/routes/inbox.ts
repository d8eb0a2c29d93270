import { NodeError } from '../../kernel/errors.js'
import { toCloudEvents, type EncodedEvent } from '../../notifications/cloud-events.js'
import type { Inbox, InboxUser } from '../../notifications/inbox.js'
import { toInboxMessage } from '../../notifications/inbox-message.js'
import {
  followInbox,
  lookAgainMilliseconds,
  parsePosition,
  type InboxWaits,
  type StreamPart,
} from '../../notifications/inbox-stream.js'
import type { RetryParked } from '../../notifications/retry-parked.js'
import {
  inboxAcknowledgedSchema,
  inboxAcknowledgeSchema,
  inboxEventsQuerySchema,
  inboxMessageSchema,
  inboxPageSchema,
  inboxPollSchema,
  inboxQuerySchema,
  inboxRetrySchema,
} from '../../../schemas/wire/inbox.js'
import { jsonAnswer, type HttpAnswer, type HttpRequest, type Route } from '../exchange.js'
import { parseBody, parseParameters } from '../parse.js'

export interface InboxRoutesDeps {
  readonly inbox: Inbox
  readonly waits: InboxWaits
  readonly retryParked: RetryParked
  readonly findEventType: (name: string) => EncodedEvent | undefined
  /** Whether a party of this node receives messages. */
  readonly receives: (party: string) => boolean
  /** Aborted when the node stops: nobody is kept waiting. */
  readonly stopping: AbortSignal
}

const base = '/internal/bronnet/v1/notifications/inbox/:subject'
const params = { subject: 'the party that receives' }
const body = { maxBytes: 64 * 1024, mediaTypes: ['application/json'] } as const

/** The inbox of a party, for its own systems: looking, taking, following and acknowledging. Each use is in the journal. */
export function inboxRoutes(deps: InboxRoutesDeps): readonly Route[] {
  const { inbox } = deps
  const partyOf = ({ params: { subject = '' } }: Pick<HttpRequest, 'params'>): string => {
    if (!deps.receives(subject)) throw new NodeError('identity.party_unknown')
    return subject
  }
  return [
    {
      method: 'GET',
      pattern: base,
      family: 'problem',
      callers: ['application', 'operator'],
      doc: {
        summary: 'Look what is in the inbox',
        about: 'Changes nothing. To take messages in, follow the inbox or poll it.',
        params,
        query: inboxQuerySchema,
        answers: { 200: inboxPageSchema },
        refusals: [404],
      },
      async handle(request) {
        const party = partyOf(request)
        const query = parseParameters(inboxQuerySchema, request.query)
        return jsonAnswer(200, await readPage(party, query, inbox))
      },
    },
    {
      method: 'POST',
      pattern: `${base}/poll`,
      family: 'problem',
      callers: ['application'],
      doc: {
        summary: 'Take the messages that wait',
        about:
          'Gives messages that were not acknowledged, oldest first, and writes down that they were handed over. They are given ' +
          'again until they are acknowledged. With `waitSeconds` it waits for one when there is none.',
        params,
        body: inboxPollSchema,
        answers: { 200: inboxPageSchema },
        refusals: [404],
      },
      body,
      handle: (request) => poll(partyOf(request), request, deps),
    },
    {
      method: 'POST',
      pattern: `${base}/acknowledge`,
      family: 'problem',
      callers: ['application'],
      doc: {
        summary: 'Say that messages were processed',
        about: 'One by one, or all up to a number. What was acknowledged before stays as it is.',
        params,
        body: inboxAcknowledgeSchema,
        answers: { 200: inboxAcknowledgedSchema },
        refusals: [404],
      },
      body,
      async handle(request) {
        const party = partyOf(request)
        const { by, numbers, through = 0, ...rest } = parseBody(inboxAcknowledgeSchema, request.body)
        const which = numbers === undefined ? { through } : { numbers }
        const user = { by, trace: request.trace, raadplegingTraceId: rest.raadplegingTraceId }
        return jsonAnswer(200, { acknowledged: await inbox.acknowledge(party, which, user) })
      },
    },
    {
      method: 'POST',
      pattern: `${base}/retry`,
      family: 'problem',
      callers: ['application', 'operator'],
      doc: {
        summary: 'Try a parked message again',
        params,
        body: inboxRetrySchema,
        answers: { 200: inboxMessageSchema },
        refusals: [404, 409],
      },
      body,
      async handle(request) {
        const party = partyOf(request)
        const { number, by } = parseBody(inboxRetrySchema, request.body)
        const entry = await deps.retryParked(party, number, { by, trace: request.trace })
        return jsonAnswer(200, toInboxMessage(entry, (await inbox.head(party)).feed))
      },
    },
    {
      method: 'GET',
      pattern: `${base}/events`,
      family: 'problem',
      callers: ['application'],
      doc: {
        summary: 'Follow the inbox',
        about:
          'Server-sent events, each a message. Send the id of the last one that you processed as `Last-Event-ID` to go on after ' +
          'it: nothing is left out. Without it you begin at the oldest message that waits.',
        params,
        query: inboxEventsQuerySchema,
        answers: { 200: { mediaType: 'text/event-stream', about: 'A message as data of each event.' } },
        refusals: [404],
      },
      handle(request) {
        const party = partyOf(request)
        const { after, format } = parseParameters(inboxEventsQuerySchema, request.query)
        const position = request.header('last-event-id') ?? after
        const from = parsePosition(position)
        if (position !== undefined && from === undefined)
          throw new NodeError('request.bad_parameters', { notes: ['Last-Event-ID: is no position of an inbox'] })
        const user: InboxUser = { by: 'follower', trace: request.trace }
        const parts = followInbox({ ...deps, party, from, user, signal: deps.stopping })
        return Promise.resolve({
          status: 200,
          headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' },
          body: toEvents(parts, format === 'cloudevents' ? deps.findEventType : undefined),
        })
      },
    },
  ]
}

async function readPage(party: string, query: Omit<Parameters<Inbox['read']>[0], 'party'>, inbox: Inbox) {
  const [{ entries, more }, { feed }] = await Promise.all([inbox.read({ party, ...query }), inbox.head(party)])
  return {
    messages: entries.map((entry) => toInboxMessage(entry, feed)),
    next: entries.at(-1)?.number ?? query.after,
    more,
  }
}

async function poll(
  party: string,
  request: HttpRequest,
  { inbox, waits, stopping }: InboxRoutesDeps,
): Promise<HttpAnswer> {
  const { by, after, limit, waitSeconds } = parseBody(inboxPollSchema, request.body)
  for (let left = waitSeconds * 1000; ; left -= lookAgainMilliseconds) {
    const seen = waits.commits(party)
    const { entries, more } = await inbox.read({ party, state: 'open', after, limit })
    if (entries.length === 0 && left > 0 && !stopping.aborted) {
      // Continues on purpose: a node that stops answers what there is.
      await waits.untilMore(party, seen, Math.min(left, lookAgainMilliseconds), stopping).catch(() => undefined)
      continue
    }
    const handed = await inbox.handOver(party, entries, { by, trace: request.trace })
    const { feed } = await inbox.head(party)
    return jsonAnswer(200, {
      messages: handed.map((entry) => toInboxMessage(entry, feed)),
      next: handed.at(-1)?.number ?? after,
      more,
    })
  }
}

/** @see WHATWG HTML, "Server-sent events" */
async function* toEvents(
  parts: AsyncIterable<StreamPart>,
  findEventType: InboxRoutesDeps['findEventType'] | undefined,
): AsyncGenerator<string> {
  for await (const part of parts) {
    if (part.kind === 'alive') yield ': waiting\n\n'
    else
      for (const entry of part.entries) {
        const message = toInboxMessage(entry, part.feed)
        const event = findEventType?.(entry.eventType)
        const data =
          event === undefined ? message : toCloudEvents({ notificatieID: entry.notificatieID, message: entry }, event)
        yield `id: ${message.position}\nevent: ${message.kind}\ndata: ${JSON.stringify(data)}\n\n`
      }
  }
}

import { NodeError } from '../../kernel/errors.js'
import type { AnyDelivery, Outbox } from '../../notifications/outbox/outbox.js'
import type { SendOwn } from '../../notifications/outbox/send-own.js'
import {
  outboxActingSchema,
  outboxDeliverySchema,
  outboxMessageSchema,
  outboxPageSchema,
  outboxQuerySchema,
  outboxReceiversSchema,
  outboxResentSchema,
  type OutboxDelivery,
} from '../../../schemas/wire/outbox.js'
import { emptyAnswer, jsonAnswer, type HttpRequest, type Route } from '../exchange.js'
import { parseBody, parseParameters } from '../parse.js'

export interface OutboxRoutesDeps {
  readonly outbox: Outbox
  readonly sendOwn: SendOwn
  /** Whether there is such a party. */
  readonly findParty: (subject: string) => Promise<unknown>
}

const base = '/internal/bronnet/v1/notifications/outbox/:subject'
const body = { maxBytes: 64 * 1024, mediaTypes: ['application/json'] } as const
const params = { subject: 'the party that sends' }

/** What the parties of this node tell others of changes, for their own applications and administrators. */
export function outboxRoutes({ outbox, sendOwn, findParty }: OutboxRoutesDeps): readonly Route[] {
  async function partyOf({ params: { subject = '' } }: HttpRequest): Promise<string> {
    if ((await findParty(subject)) === undefined) throw new NodeError('identity.party_unknown')
    return subject
  }
  const deliveryOf = (request: HttpRequest): string => request.params['delivery'] ?? ''
  const actingOf = async (request: HttpRequest) => ({
    party: await partyOf(request),
    by: parseBody(outboxActingSchema, request.body).by,
    trace: request.trace,
  })

  return [
    {
      method: 'GET',
      pattern: base,
      family: 'problem',
      callers: ['application', 'operator'],
      doc: {
        summary: 'List what is to be told to others, what could not be delivered, or what was',
        params,
        query: outboxQuerySchema,
        answers: { 200: outboxPageSchema },
        refusals: [404],
      },
      async handle(request) {
        const party = await partyOf(request)
        const { part, after, limit } = parseParameters(outboxQuerySchema, request.query)
        const { deliveries, next } = await outbox.list({ party, part, after, limit })
        return jsonAnswer(200, { deliveries: deliveries.map(toWire), ...(next === undefined ? {} : { next }) })
      },
    },
    {
      method: 'POST',
      pattern: base,
      family: 'problem',
      callers: ['application'],
      body,
      doc: {
        summary: 'Tell somebody of a change of a record that is in none of the registers of the node',
        about: 'Stored when this answers, and sent at once. The same message with the same version is sent once.',
        params,
        body: outboxMessageSchema,
        answers: { 202: outboxDeliverySchema },
        refusals: [403, 404],
      },
      async handle(request) {
        const party = await partyOf(request)
        const { by, ...message } = parseBody(outboxMessageSchema, request.body)
        const deliveryID = await sendOwn(message, { party, by, trace: request.trace })
        return jsonAnswer(202, toWire(await outbox.get(party, deliveryID)))
      },
    },
    {
      method: 'GET',
      pattern: `${base}/receivers`,
      family: 'problem',
      callers: ['application', 'operator'],
      doc: {
        summary: 'List receivers that do not take what they are sent, and when they are tried again',
        params,
        answers: { 200: outboxReceiversSchema },
        refusals: [404],
      },
      async handle(request) {
        const receivers = await outbox.receivers(await partyOf(request))
        return jsonAnswer(200, {
          receivers: receivers.map(({ receiver, receiverRole, failures, retryAt, lastFailure }) => ({
            receiver,
            receiverRole,
            failures,
            retryAt: toText(retryAt),
            ...(lastFailure === undefined ? {} : { lastFailure: { ...lastFailure, at: toText(lastFailure.at) } }),
          })),
        })
      },
    },
    {
      method: 'GET',
      pattern: `${base}/deliveries/:delivery`,
      family: 'problem',
      callers: ['application', 'operator'],
      doc: {
        summary: 'Show one delivery with its receipt or the reason why it failed',
        params: { ...params, delivery: 'its deliveryID' },
        answers: { 200: outboxDeliverySchema },
        refusals: [404],
      },
      handle: async (request) => jsonAnswer(200, toWire(await outbox.get(await partyOf(request), deliveryOf(request)))),
    },
    {
      method: 'POST',
      pattern: `${base}/deliveries/:delivery/resend`,
      family: 'problem',
      callers: ['application', 'operator'],
      body,
      doc: {
        summary: 'Put a delivery that is dead back, to be tried at once',
        params: { ...params, delivery: 'its deliveryID' },
        body: outboxActingSchema,
        answers: { 200: outboxDeliverySchema },
        refusals: [404],
      },
      handle: async (request) =>
        jsonAnswer(200, toWire(await outbox.resend(deliveryOf(request), await actingOf(request)))),
    },
    {
      method: 'POST',
      pattern: `${base}/deliveries/:delivery/discard`,
      family: 'problem',
      callers: ['application', 'operator'],
      body,
      doc: {
        summary: 'Put a delivery that is dead away for good',
        about: 'Its receiver is not told. It can be seen as long as what was delivered.',
        params: { ...params, delivery: 'its deliveryID' },
        body: outboxActingSchema,
        answers: { 200: outboxDeliverySchema },
        refusals: [404],
      },
      handle: async (request) =>
        jsonAnswer(200, toWire(await outbox.discard(deliveryOf(request), await actingOf(request)))),
    },
    {
      method: 'POST',
      pattern: `${base}/resend`,
      family: 'problem',
      callers: ['application', 'operator'],
      body,
      doc: {
        summary: 'Put everything that is dead back, to be tried at once',
        params,
        body: outboxActingSchema,
        answers: { 200: outboxResentSchema },
        refusals: [404],
      },
      handle: async (request) => jsonAnswer(200, { resent: await outbox.resendAll(await actingOf(request)) }),
    },
    {
      method: 'POST',
      pattern: `${base}/hurry`,
      family: 'problem',
      callers: ['application', 'operator'],
      doc: {
        summary: 'Try everything that waits now, also at receivers that did not answer',
        params,
        answers: { 204: 'It is tried within a second.' },
        refusals: [404],
      },
      async handle(request) {
        await outbox.hurry(await partyOf(request))
        return emptyAnswer(204)
      },
    },
  ]
}

function toWire(delivery: AnyDelivery): OutboxDelivery {
  const { party: _party, persons: _persons, createdAt, nextAttemptAt, endedAt, lastFailure, ...rest } = delivery
  return {
    ...rest,
    subjects: [...rest.subjects],
    createdAt: toText(createdAt),
    ...(nextAttemptAt === undefined ? {} : { nextAttemptAt: toText(nextAttemptAt) }),
    ...(endedAt === undefined ? {} : { endedAt: toText(endedAt) }),
    ...(lastFailure === undefined ? {} : { lastFailure: { ...lastFailure, at: toText(lastFailure.at) } }),
  }
}

/** With milliseconds: what comes first matters here. */
function toText(instant: number): string {
  return new Date(instant).toISOString()
}

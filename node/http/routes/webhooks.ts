import { z } from 'zod'
import { NodeError } from '../../kernel/errors.js'
import type { WebhookState, Webhooks } from '../../notifications/webhook.js'
import { putWebhookSchema, webhookStateSchema } from '../../../schemas/wire/webhook.js'
import { emptyAnswer, jsonAnswer, type HttpRequest, type Route } from '../exchange.js'
import { parseBody, parseParameters } from '../parse.js'

const pattern = '/internal/bronnet/v1/notifications/webhook/:subject'
const params = { subject: 'the party that receives' }
const removeQuerySchema = z.strictObject({
  by: z.string().min(1).max(200).describe('who removes it, for the journal'),
})

/** To where the inbox of a party is handed over, for its administrators. */
export function webhookRoutes(deps: {
  readonly webhooks: Webhooks
  /** Whether a party of this node receives messages. */
  readonly receives: (party: string) => boolean
}): readonly Route[] {
  const { webhooks } = deps
  const partyOf = ({ params: { subject = '' } }: HttpRequest): string => {
    if (!deps.receives(subject)) throw new NodeError('identity.party_unknown')
    return subject
  }
  return [
    {
      method: 'GET',
      pattern,
      family: 'problem',
      callers: ['application', 'operator'],
      doc: {
        summary: 'Say where messages are handed over, and how that goes',
        params,
        answers: { 200: webhookStateSchema },
        refusals: [404],
      },
      handle: async (request) => jsonAnswer(200, describe(await webhooks.get(partyOf(request)))),
    },
    {
      method: 'POST',
      pattern,
      family: 'problem',
      callers: [],
      doc: {
        summary: 'Hand messages over to a webhook',
        about:
          'It is tried first: a message of type `ping`, signed as Standard Webhooks has it, must be answered with 2xx. From then on ' +
          'what is answered with 2xx counts as acknowledged. The node calls only addresses that it may call.',
        params,
        body: putWebhookSchema,
        answers: { 200: webhookStateSchema },
        refusals: [404],
      },
      body: { maxBytes: 16 * 1024, mediaTypes: ['application/json'] },
      async handle(request) {
        const party = partyOf(request)
        const { by, ...webhook } = parseBody(putWebhookSchema, request.body)
        await webhooks.set(party, webhook, { by, trace: request.trace })
        return jsonAnswer(200, describe(await webhooks.get(party)))
      },
    },
    {
      method: 'DELETE',
      pattern,
      family: 'problem',
      callers: [],
      doc: {
        summary: 'Hand no more messages over to the webhook',
        params,
        query: removeQuerySchema,
        answers: { 204: 'It is gone; messages wait in the inbox.' },
        refusals: [404],
      },
      async handle(request) {
        const { by } = parseParameters(removeQuerySchema, request.query)
        await webhooks.remove(partyOf(request), { by, trace: request.trace })
        return emptyAnswer(204)
      },
    },
  ]
}

function describe({ since, triesAgainAt, ...rest }: WebhookState): z.output<typeof webhookStateSchema> {
  return {
    ...rest,
    since: new Date(since).toISOString(),
    ...(triesAgainAt === undefined ? {} : { triesAgainAt: new Date(triesAgainAt).toISOString() }),
  }
}

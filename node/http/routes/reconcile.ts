import { NodeError } from '../../kernel/errors.js'
import type { Reconcile } from '../../notifications/reconcile/reconcile.js'
import { reconciledSchema, reconcileSchema } from '../../../schemas/wire/reconcile.js'
import { jsonAnswer, type Route } from '../exchange.js'
import { parseBody } from '../parse.js'

/** Asking senders what they sent, for the organisation that may have missed something. */
export function reconcileRoutes({
  reconcile,
  subjects,
}: {
  readonly reconcile: Pick<Reconcile, 'run'>
  /** The parties that have a netwerkpunt. */
  readonly subjects: readonly string[]
}): readonly Route[] {
  return [
    {
      method: 'POST',
      pattern: '/internal/bronnet/v1/notifications/reconciliation/:subject',
      family: 'problem',
      callers: ['application', 'operator'],
      body: { maxBytes: 16 * 1024, mediaTypes: ['application/json'] },
      doc: {
        summary: 'Ask senders what they sent, and take in what did not arrive',
        about:
          'The node does so once a day by itself. What is found is in the inbox with `reconciliation` as its source.',
        params: { subject: 'the party that receives' },
        body: reconcileSchema,
        answers: { 200: reconciledSchema },
        refusals: [404],
      },
      async handle({ params: { subject = '' }, body }) {
        if (!subjects.includes(subject)) throw new NodeError('identity.party_unknown')
        const { by, sender, from } = parseBody(reconcileSchema, body)
        const asked = { party: subject, by, sender, from: from === undefined ? undefined : Date.parse(from) }
        return jsonAnswer(200, { senders: await reconcile.run(asked) })
      },
    },
  ]
}

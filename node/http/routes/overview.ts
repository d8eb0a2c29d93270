import type { Parties } from '../../identity/parties.js'
import type { CreateOverview } from '../../overview/create-overview.js'
import { overviewRequestSchema, overviewSchema } from '../../../schemas/wire/overview.js'
import { jsonAnswer, type Route } from '../exchange.js'
import { parseBody } from '../parse.js'

export interface OverviewRoutesDeps {
  readonly parties: Pick<Parties, 'get'>
  readonly createOverview: CreateOverview
}

/** The overview of one person, for a professional of a party. The person stands in the body and in no address. */
export function overviewRoutes({ parties, createOverview }: OverviewRoutesDeps): readonly Route[] {
  return [
    {
      method: 'POST',
      pattern: '/internal/bronnet/v1/subjects/:subject/overview',
      family: 'problem',
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
  ]
}

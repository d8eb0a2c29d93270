import type { ReadIndexFeed } from '../../discovery/index/index-feed.js'
import { indexFeedQuerySchema, indexFeedSchema } from '../../../schemas/wire/index-feed.js'
import { jsonAnswer, type Route } from '../exchange.js'
import { parseParameters } from '../parse.js'
import { refusePersonNumbers } from '../person-numbers.js'

/** The changes of the index, for other indexes. Every entry carries what its publisher signed. */
export function indexFeedRoutes({ readFeed }: { readonly readFeed: ReadIndexFeed }): readonly Route[] {
  return [
    {
      method: 'GET',
      pattern: '/index/v1/entries',
      family: 'problem',
      callers: ['application', 'operator', 'reader'],
      aboutParties: 'none',
      doc: {
        summary: 'Follow the changes of the index',
        about:
          'Keep `seed` and `seq` and ask for what comes after. With another seed, or after 410, forget everything and begin at 0.',
        query: indexFeedQuerySchema,
        answers: { 200: indexFeedSchema },
        refusals: [410],
      },
      async handle({ query }) {
        refusePersonNumbers(query)
        const { since, limit } = parseParameters(indexFeedQuerySchema, query)
        return jsonAnswer(200, await readFeed(since, limit))
      },
    },
  ]
}

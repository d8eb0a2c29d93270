import type { StatusLists } from '../../credentials/status/status-lists.js'
import { statusListSchema } from '../../../schemas/wire/credential-status.js'
import type { Route } from '../exchange.js'

/** Status lists of the node's parties. @see nuts-node v6 `/statuslist/{did}/{page}`; Bitstring Status List 1.0 */
export function statusListRoutes({
  statusLists,
}: {
  readonly statusLists: Pick<StatusLists, 'read'>
}): readonly Route[] {
  return [
    {
      method: 'GET',
      pattern: '/statuslist/:did/:page',
      family: 'problem',
      hot: true,
      doc: {
        summary: 'A status list of a party',
        about: 'Says which credentials that the party issued are revoked or suspended, as a signed credential.',
        params: { did: 'DID of the party, its percent signs encoded', page: 'which of its lists, from 1' },
        answers: { 200: statusListSchema },
        refusals: [404],
      },
      async handle({ params }) {
        const body = await statusLists.read(params['did'] ?? '', params['page'] ?? '')
        // Peers of nuts-node v6 keep a cacheable answer for ever, and would never see a revocation.
        const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }
        return { status: 200, headers, body }
      },
    },
  ]
}

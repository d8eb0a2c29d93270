import type { StatusLists } from '../../credentials/status/status-lists.js'
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
      async handle({ params }) {
        const body = await statusLists.read(params['did'] ?? '', params['page'] ?? '')
        // Peers of nuts-node v6 keep a cacheable answer for ever, and would never see a revocation.
        const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }
        return { status: 200, headers, body }
      },
    },
  ]
}

import type { ListServer } from '../../catalogue/list-server.js'
import { NodeError } from '../../kernel/errors.js'
import { parseJsonBody } from '../door.js'
import { emptyAnswer, type Route } from '../exchange.js'

/** The discovery lists that the node hosts. @see Nuts RFC022; nuts-node v6 `/discovery/{service}` */
export function discoveryListRoutes({ listServer }: { readonly listServer: ListServer }): readonly Route[] {
  return [
    {
      method: 'GET',
      pattern: '/discovery/:service',
      family: 'problem',
      hot: true,
      quiet: true,
      async handle({ params, query }) {
        const timestamp = query['timestamp'] ?? '0'
        if (!/^\d{1,15}$/.test(timestamp)) {
          throw new NodeError('request.bad_parameters', { notes: ['timestamp: a whole number, zero or more'] })
        }
        const body = await listServer.page(params['service'] ?? '', Number(timestamp))
        return {
          status: 200,
          headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
          body,
        }
      },
    },
    {
      method: 'POST',
      pattern: '/discovery/:service',
      family: 'problem',
      body: { maxBytes: 128 * 1024, mediaTypes: ['application/json'] },
      async handle({ params, body, trace }) {
        const presentation = parseJsonBody(body)
        if (typeof presentation !== 'string') {
          throw new NodeError('discovery.registration_invalid', {
            notes: ['the body is a JSON string: a JWT presentation'],
          })
        }
        await listServer.register(params['service'] ?? '', presentation, trace)
        return emptyAnswer(201)
      },
    },
  ]
}

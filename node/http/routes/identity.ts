import type { Parties } from '../../identity/parties.js'
import { didDocumentOf } from '../../identity/party.js'
import { NodeError } from '../../kernel/errors.js'
import { jsonAnswer, type Route } from '../exchange.js'

/** DID documents of the node's parties. @see did:web method specification; nuts-node v6 `/iam/{id}/did.json` */
export function didDocumentRoutes({ parties }: { readonly parties: Parties }): readonly Route[] {
  return [
    {
      method: 'GET',
      pattern: '/iam/:id/did.json',
      family: 'problem',
      hot: true,
      async handle({ params }) {
        const party = await parties.findById(params['id'] ?? '')
        if (party === undefined) throw new NodeError('request.not_found')
        return jsonAnswer(200, didDocumentOf(party))
      },
    },
  ]
}

import type { Parties } from '../../identity/parties.js'
import { didDocumentOf } from '../../identity/party.js'
import { NodeError } from '../../kernel/errors.js'
import { didDocumentSchema } from '../../../schemas/did-document.js'
import { jsonAnswer, type Route } from '../exchange.js'

/** DID documents of the node's parties. @see did:web method specification; nuts-node v6 `/iam/{id}/did.json` */
export function didDocumentRoutes({ parties }: { readonly parties: Parties }): readonly Route[] {
  return [
    {
      method: 'GET',
      pattern: '/iam/:id/did.json',
      family: 'problem',
      hot: true,
      doc: {
        summary: 'The DID document of a party',
        about: 'Its DID is did:web, so this is where others resolve it.',
        params: { id: 'The last part of the DID.' },
        answers: { 200: didDocumentSchema.describe('The document. @context and other members stand beside these.') },
        refusals: [404],
      },
      async handle({ params }) {
        const party = await parties.findById(params['id'] ?? '')
        if (party === undefined) throw new NodeError('request.not_found')
        return jsonAnswer(200, didDocumentOf(party))
      },
    },
  ]
}

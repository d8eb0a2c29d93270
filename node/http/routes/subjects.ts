import { NodeError } from '../../kernel/errors.js'
import { randomId } from '../../kernel/random.js'
import type { Parties } from '../../identity/parties.js'
import { didDocumentOf } from '../../identity/party.js'
import type { DidResolver } from '../../identity/resolve-did.js'
import { createSubjectSchema } from '../../../schemas/wire/internal.js'
import { emptyAnswer, jsonAnswer, type Route } from '../exchange.js'
import { parseBody } from '../parse.js'

/** Parties and DIDs, for administrators. @see nuts-node v6 `/internal/vdr/v2` */
export function subjectRoutes({
  parties,
  resolver,
}: {
  readonly parties: Parties
  readonly resolver: DidResolver
}): readonly Route[] {
  return [
    {
      method: 'POST',
      pattern: '/internal/vdr/v2/subject',
      family: 'problem',
      body: { maxBytes: 64 * 1024, mediaTypes: ['application/json'], optional: true },
      async handle({ body, trace }) {
        const { subject = randomId() } = body.length === 0 ? {} : parseBody(createSubjectSchema, body)
        const party = await parties.create({ subject, trace })
        return jsonAnswer(200, { subject: party.subject, documents: [didDocumentOf(party)] })
      },
    },
    {
      method: 'GET',
      pattern: '/internal/vdr/v2/subject',
      family: 'problem',
      async handle() {
        return jsonAnswer(200, Object.fromEntries((await parties.list()).map((party) => [party.subject, [party.did]])))
      },
    },
    {
      method: 'GET',
      pattern: '/internal/vdr/v2/subject/:subject',
      family: 'problem',
      async handle({ params }) {
        return jsonAnswer(200, [(await parties.get(params['subject'] ?? '')).did])
      },
    },
    {
      method: 'DELETE',
      pattern: '/internal/vdr/v2/subject/:subject',
      unconfirmed: 'goes-on',
      family: 'problem',
      async handle({ params, trace }) {
        await parties.deactivate(params['subject'] ?? '', trace)
        return emptyAnswer(204)
      },
    },
    {
      method: 'GET',
      pattern: '/internal/vdr/v2/did/:did',
      family: 'problem',
      async handle({ params }) {
        try {
          const { document } = await resolver.resolve(params['did'] ?? '')
          return jsonAnswer(200, { document, documentMetadata: {} })
        } catch (cause) {
          const code = NodeError.codeOf(cause)
          if (code !== 'identity.did_unresolvable' && code !== 'identity.did_deactivated') throw cause
          throw new NodeError('request.not_found', { cause, notes: ['The DID document cannot be had.'] })
        }
      },
    },
  ]
}

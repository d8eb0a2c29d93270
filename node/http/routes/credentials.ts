import { baseType } from '../../credentials/credential.js'
import type { Issuer } from '../../credentials/issue.js'
import type { Wallet } from '../../credentials/wallet.js'
import type { Parties } from '../../identity/parties.js'
import { NodeError } from '../../kernel/errors.js'
import { issueCredentialSchema } from '../../../schemas/wire/internal.js'
import { parseJsonBody } from '../door.js'
import { emptyAnswer, jsonAnswer, type Route } from '../exchange.js'
import { parseBody } from '../parse.js'

export interface CredentialRoutesDeps {
  readonly parties: Parties
  readonly issuer: Issuer
  readonly wallet: Wallet
}

/** Issuing and holding, for administrators. @see nuts-node v6 `/internal/vcr/v2` */
export function credentialRoutes({ parties, issuer, wallet }: CredentialRoutesDeps): readonly Route[] {
  return [
    {
      method: 'POST',
      pattern: '/internal/vcr/v2/issuer/vc',
      family: 'problem',
      body: { maxBytes: 256 * 1024, mediaTypes: ['application/json'] },
      async handle({ body, trace }) {
        const request = parseBody(issueCredentialSchema, body)
        const party = await parties.findByDid(request.issuer)
        if (party === undefined)
          throw new NodeError('identity.party_unknown', { notes: ['issuer: not a DID of this node'] })
        const [type, ...others] = [request.type].flat().filter((name) => name !== baseType)
        if (type === undefined || others.length > 0) {
          throw new NodeError('request.bad_body', { notes: [`type: exactly one beside ${baseType}`] })
        }
        const credential = await issuer.issue({
          issuer: party,
          type,
          subject: request.credentialSubject,
          expiresAt: Date.parse(request.expirationDate),
          trace,
        })
        return jsonAnswer(200, credential.raw)
      },
    },
    {
      method: 'GET',
      pattern: '/internal/vcr/v2/holder/:subject/vc',
      family: 'problem',
      async handle({ params }) {
        const party = await parties.get(params['subject'] ?? '')
        return jsonAnswer(
          200,
          (await wallet.list(party)).map((credential) => credential.raw),
        )
      },
    },
    {
      method: 'POST',
      pattern: '/internal/vcr/v2/holder/:subject/vc',
      family: 'problem',
      body: { maxBytes: 256 * 1024, mediaTypes: ['application/json'] },
      async handle({ params, body, trace }) {
        const party = await parties.get(params['subject'] ?? '')
        const compact = parseJsonBody(body)
        if (typeof compact !== 'string') {
          throw new NodeError('credential.malformed', { notes: ['The body is a JSON string: a JWT credential.'] })
        }
        await wallet.add(party, compact, trace)
        return emptyAnswer(204)
      },
    },
    {
      method: 'DELETE',
      pattern: '/internal/vcr/v2/holder/:subject/vc/:id',
      family: 'problem',
      async handle({ params, trace }) {
        await wallet.remove(await parties.get(params['subject'] ?? ''), params['id'] ?? '', trace)
        return emptyAnswer(204)
      },
    },
  ]
}

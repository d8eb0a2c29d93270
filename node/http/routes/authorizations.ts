import type { CollectAuthorizations } from '../../access/authorizations/collect.js'
import type { FindGiven } from '../../access/authorizations/given-to.js'
import type { ServedSources } from '../../access/served-sources.js'
import type { Parties } from '../../identity/parties.js'
import { NodeError } from '../../kernel/errors.js'
import type { Authenticate } from '../../tokens/authenticate.js'
import type { Dpop } from '../../tokens/dpop.js'
import {
  collectedSchema,
  collectSchema,
  findGivenSchema,
  givenAuthorizationsSchema,
} from '../../../schemas/wire/authorizations.js'
import { jsonAnswer, type Route } from '../exchange.js'
import { parseBody } from '../parse.js'

const body = { maxBytes: 16 * 1024, mediaTypes: ['application/json'] } as const

/** Where a holder fetches what a source gave it by itself, with the token with which it reads there. */
export function givenAuthorizationRoutes(deps: {
  readonly authenticate: Authenticate
  readonly dpop: Dpop
  readonly servedSources: Pick<ServedSources, 'find'>
  readonly findGiven: FindGiven
}): readonly Route[] {
  return [
    {
      method: 'POST',
      pattern: '/sources/:party/:source/authorizations',
      family: 'problem',
      throttled: [401],
      errorHeaders: () => deps.dpop.nonceHeaders(),
      body,
      doc: {
        summary: 'Fetch the authorizations that a source gave by itself to who asks',
        about: 'With a token for any scope of the source. Nobody gets those of others.',
        params: { party: 'the party whose source it is', source: 'the name of the source' },
        body: findGivenSchema,
        answers: { 200: givenAuthorizationsSchema },
        refusals: [401, 403, 404],
      },
      async handle({ method, params, header, baseUrls, trace, body: given }) {
        const { party = '', source = '' } = params
        const served = deps.servedSources.find(party, source)
        if (served === undefined) throw new NodeError('source.unknown')
        const [url = '', ...otherUrls] = baseUrls.map((base) => `${base}/sources/${party}/${source}/authorizations`)
        const [authorization, proof] = [header('authorization'), header('dpop')]
        const grant = await deps.authenticate({ party, authorization, proof, method, url, otherUrls })
        if (!grant.record.scope.split(' ').some((scope) => served.scopes.includes(scope)))
          throw new NodeError('token.insufficient_scope', { notes: [`ask for one of: ${served.scopes.join(' ')}`] })
        const { after } = parseBody(findGivenSchema, given)
        const page = await deps.findGiven({ party, source, grant, after, trace })
        return jsonAnswer(200, page, deps.dpop.nonceHeaders())
      },
    },
  ]
}

/** Fetching what others give by themselves, for the administrator of the holder. */
export function collectRoutes(deps: {
  readonly parties: Pick<Parties, 'get'>
  readonly collect: CollectAuthorizations
}): readonly Route[] {
  return [
    {
      method: 'POST',
      pattern: '/internal/bronnet/v1/subjects/:subject/credentials/collect',
      family: 'problem',
      callers: ['application'],
      body,
      doc: {
        summary: 'Fetch the authorizations that a source of another party gave by itself, into the wallet',
        about: 'Each is verified like any other credential.',
        params: { subject: 'the name of the subject' },
        body: collectSchema,
        answers: { 200: collectedSchema },
        refusals: [404, 412, 502, 504],
      },
      async handle({ params, body: given, trace }) {
        const party = await deps.parties.get(params['subject'] ?? '')
        const { authorization_server: authorizationServer, scope, source } = parseBody(collectSchema, given)
        return jsonAnswer(200, await deps.collect({ party, authorizationServer, scope, source, trace }))
      },
    },
  ]
}

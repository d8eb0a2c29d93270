import { z } from 'zod'
import type { Audit } from '../../audit/audit.js'
import type { DiscoveryDefinition } from '../../catalogue/definition.js'
import type { Activation } from '../../discovery/activation-record.js'
import type { Activations } from '../../discovery/activation.js'
import type { Search } from '../../discovery/search.js'
import { NodeError } from '../../kernel/errors.js'
import {
  activationRequestSchema,
  activationStatusSchema,
  searchResultsSchema,
  serviceDefinitionsSchema,
} from '../../../schemas/wire/discovery.js'
import { publicErrors } from '../errors/table.js'
import { emptyAnswer, jsonAnswer, type Route } from '../exchange.js'
import { parseBody } from '../parse.js'

export interface DiscoveryRoutesDeps {
  readonly audit: Pick<Audit, 'record'>
  readonly definitions: readonly DiscoveryDefinition[]
  readonly search: Search
  readonly activations: Pick<Activations, 'activate' | 'deactivate' | 'find'>
}

const service = 'id of the discovery service'
const subject = 'name of a party of this node'
const listed = { service, subject }

/** Finding others and being found, as applications of nuts-node v6 know it. @see nuts-node v6 `/internal/discovery/v1` */
export function discoveryRoutes(deps: DiscoveryRoutesDeps): readonly Route[] {
  const { audit, definitions, search, activations } = deps
  return [
    {
      method: 'GET',
      pattern: '/internal/discovery/v1',
      family: 'problem',
      callers: ['application', 'operator', 'reader'],
      aboutParties: 'none',
      doc: { summary: 'The discovery services that this node knows', answers: { 200: serviceDefinitionsSchema } },
      handle: () =>
        Promise.resolve(
          jsonAnswer(
            200,
            definitions.map((definition) => ({
              id: definition.id,
              endpoint: definition.endpoint,
              presentation_max_validity: definition.maxValiditySeconds,
              presentation_definition: definition.presentation.data,
              ...(definition.didMethods.length === 0 ? {} : { did_methods: definition.didMethods }),
            })),
          ),
        ),
    },
    {
      method: 'GET',
      pattern: '/internal/discovery/v1/:service',
      family: 'problem',
      callers: ['application', 'operator', 'reader'],
      aboutParties: 'none',
      doc: {
        summary: 'Searches a discovery service',
        about:
          'Looks in the node’s own copy of the list. Every query parameter is a condition: a path below credentialSubject, or ' +
          'id, issuer or type, with a text that may begin or end with `*`. All must hold on one credential. Nine digits that ' +
          'could be a BSN are refused.',
        params: { service },
        query: z.looseObject({}),
        answers: { 200: searchResultsSchema },
        refusals: [404],
      },
      async handle({ params, query }) {
        const { listings } = await search(params['service'] ?? '', query)
        const results = listings.map((listing) => ({
          id: listing.presentationId,
          credential_subject_id: listing.signer,
          vp: listing.presentation,
          fields: listing.fields,
          registrationParameters: listing.parameters,
        }))
        return jsonAnswer(200, results)
      },
    },
    {
      method: 'POST',
      pattern: '/internal/discovery/v1/:service/:subject',
      family: 'problem',
      callers: [],
      body: { maxBytes: 64 * 1024, mediaTypes: ['application/json'], optional: true },
      doc: {
        summary: 'Lists a party in a discovery service, from now on',
        about: 'The node renews the listing by itself. 412 when the wallet does not hold what the service asks.',
        params: listed,
        body: activationRequestSchema,
        answers: { 200: 'The party is listed.' },
        refusals: [404, 409, 412, 502, 504],
      },
      async handle({ params, body, trace }) {
        const { service: name = '', subject: party = '' } = params
        const { registrationParameters = {} } = body.length === 0 ? {} : parseBody(activationRequestSchema, body)
        const about = { outcome: 'success', party, object: { service: name }, trace } as const
        // That an administrator wants it; what came of it is in the events of the registration.
        await audit.record({ code: 'discovery.activated', action: 'create', ...about })
        await activations.activate(name, party, registrationParameters)
        return emptyAnswer(200)
      },
    },
    {
      method: 'GET',
      pattern: '/internal/discovery/v1/:service/:subject',
      family: 'problem',
      callers: ['operator', 'reader'],
      doc: {
        summary: 'Whether a party is listed in a discovery service',
        params: listed,
        answers: { 200: activationStatusSchema },
        refusals: [404],
      },
      async handle({ params }) {
        return jsonAnswer(200, toStatus(await activations.find(params['service'] ?? '', params['subject'] ?? '')))
      },
    },
    {
      method: 'DELETE',
      pattern: '/internal/discovery/v1/:service/:subject',
      unconfirmed: 'goes-on',
      family: 'problem',
      callers: [],
      doc: {
        summary: 'Takes a party off a discovery service',
        params: listed,
        answers: {
          200: 'The party is not listed.',
          202: z.object({ reason: z.string() }).describe('The list did not take it yet; the node goes on trying.'),
        },
        refusals: [404, 409, 502, 504],
      },
      async handle({ params, trace }) {
        const { service: name = '', subject: party = '' } = params
        const about = { outcome: 'success', party, object: { service: name }, trace } as const
        await audit.record({ code: 'discovery.deactivated', action: 'delete', ...about })
        try {
          await activations.deactivate(name, party)
        } catch (cause) {
          const code = NodeError.codeOf(cause)
          if (code === 'discovery.not_activated') return emptyAnswer(200)
          // The node goes on trying: the caller's wish is accepted, though not fulfilled yet.
          if ((await activations.find(name, party))?.withdrawing !== true) throw cause
          return jsonAnswer(202, { reason: publicErrors[code].words })
        }
        return emptyAnswer(200)
      },
    },
  ]
}

function toStatus(activation: Activation | undefined): object {
  if (activation === undefined) return { activated: false }
  const { error, presentation, withdrawing } = activation
  return {
    activated: withdrawing !== true,
    ...(error === undefined ? { status: 'active' } : { status: 'error', error }),
    ...(presentation === undefined ? {} : { vp: [presentation] }),
  }
}

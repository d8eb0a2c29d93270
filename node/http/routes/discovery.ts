import type { Audit } from '../../audit/audit.js'
import type { DiscoveryDefinition } from '../../catalogue/definition.js'
import type { Activation, Activations } from '../../discovery/activation.js'
import type { Search } from '../../discovery/search.js'
import type { Sync } from '../../discovery/sync.js'
import { NodeError } from '../../kernel/errors.js'
import { toRfc3339 } from '../../kernel/clock.js'
import { activationRequestSchema } from '../../../schemas/wire/discovery.js'
import { publicErrors } from '../errors/table.js'
import { emptyAnswer, jsonAnswer, type Route } from '../exchange.js'
import { parseBody } from '../parse.js'

export interface DiscoveryRoutesDeps {
  readonly audit: Pick<Audit, 'record'>
  readonly definitions: readonly DiscoveryDefinition[]
  readonly search: Search
  readonly sync: Sync
  readonly activations: Activations
}

/** Finding others and being found. @see nuts-node v6 `/internal/discovery/v1`; our own search also says how fresh it is */
export function discoveryRoutes(deps: DiscoveryRoutesDeps): readonly Route[] {
  const { audit, definitions, search, sync, activations } = deps
  return [
    {
      method: 'GET',
      pattern: '/internal/discovery/v1',
      family: 'problem',
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
      method: 'GET',
      pattern: '/internal/bronnet/v1/discovery/:service/listings',
      family: 'problem',
      async handle({ params, query }) {
        const { listings, ...freshness } = await search(params['service'] ?? '', query)
        const results = listings.map(({ signer, fields, parameters, expiresAt }) => ({
          did: signer,
          fields,
          parameters,
          expiresAt: toRfc3339(expiresAt),
        }))
        return jsonAnswer(200, { ...freshness, listings: results })
      },
    },
    {
      method: 'POST',
      pattern: '/internal/bronnet/v1/discovery/:service/sync',
      family: 'problem',
      async handle({ params }) {
        await sync.run(params['service'] ?? '')
        return emptyAnswer(204)
      },
    },
    {
      method: 'POST',
      pattern: '/internal/discovery/v1/:service/:subject',
      family: 'problem',
      body: { maxBytes: 64 * 1024, mediaTypes: ['application/json'], optional: true },
      async handle({ params, body, trace }) {
        const { service = '', subject = '' } = params
        const { registrationParameters = {} } = body.length === 0 ? {} : parseBody(activationRequestSchema, body)
        const about = { outcome: 'success', party: subject, object: { service }, trace } as const
        // That an administrator wants it; what came of it is in the events of the registration.
        await audit.record({ code: 'discovery.activated', action: 'create', ...about })
        await activations.activate(service, subject, registrationParameters)
        return emptyAnswer(200)
      },
    },
    {
      method: 'GET',
      pattern: '/internal/discovery/v1/:service/:subject',
      family: 'problem',
      async handle({ params }) {
        return jsonAnswer(200, toStatus(await activations.find(params['service'] ?? '', params['subject'] ?? '')))
      },
    },
    {
      method: 'DELETE',
      pattern: '/internal/discovery/v1/:service/:subject',
      unconfirmed: 'goes-on',
      family: 'problem',
      async handle({ params, trace }) {
        const { service = '', subject = '' } = params
        const about = { outcome: 'success', party: subject, object: { service }, trace } as const
        await audit.record({ code: 'discovery.deactivated', action: 'delete', ...about })
        try {
          await activations.deactivate(service, subject)
        } catch (cause) {
          const code = NodeError.codeOf(cause)
          if (code === 'discovery.not_activated') return emptyAnswer(200)
          // The node goes on trying: the caller's wish is accepted, though not fulfilled yet.
          if ((await activations.find(service, subject))?.withdrawing !== true) throw cause
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

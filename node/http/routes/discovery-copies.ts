import { z } from 'zod'
import type { DiscoveryDefinition } from '../../catalogue/definition.js'
import { renewAt, type Activation } from '../../discovery/activation-record.js'
import type { Activations } from '../../discovery/activation.js'
import type { CopyDescription } from '../../discovery/describe-copies.js'
import type { Replica } from '../../discovery/replica.js'
import type { Search } from '../../discovery/search.js'
import type { Sync } from '../../discovery/sync.js'
import { toRfc3339, type Instant } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import { copiesSchema, listingsSchema, quarantineSchema, registrationsSchema } from '../../../schemas/wire/discovery.js'
import { emptyAnswer, jsonAnswer, type Route } from '../exchange.js'

export interface DiscoveryCopiesRoutesDeps {
  readonly definitions: readonly DiscoveryDefinition[]
  readonly describeCopies: () => Promise<readonly CopyDescription[]>
  readonly replica: Pick<Replica, 'quarantined'>
  readonly search: Search
  readonly sync: Sync
  readonly watch: (service: string) => Promise<void>
  readonly activations: Pick<Activations, 'list'>
}

const service = { service: 'id of the discovery service' }

/** How the copies of discovery lists and the node's own registrations are: what nuts-node v6 does not tell. */
export function discoveryCopiesRoutes(deps: DiscoveryCopiesRoutesDeps): readonly Route[] {
  const { definitions, replica, search, sync, activations } = deps

  function requireService(params: Readonly<Record<string, string>>): string {
    const found = definitions.find(({ id }) => id === params['service'])
    if (found === undefined) throw new NodeError('discovery.service_unknown')
    return found.id
  }

  return [
    {
      method: 'GET',
      pattern: '/internal/bronnet/v1/discovery',
      family: 'problem',
      callers: ['operator', 'reader'],
      aboutParties: 'none',
      doc: { summary: 'How the copies of discovery lists are', answers: { 200: copiesSchema } },
      handle: async () => jsonAnswer(200, (await deps.describeCopies()).map(toCopy)),
    },
    {
      method: 'GET',
      pattern: '/internal/bronnet/v1/discovery/:service/listings',
      family: 'problem',
      callers: ['application', 'operator', 'reader'],
      aboutParties: 'none',
      doc: {
        summary: 'Searches a discovery service, and says how fresh the answer is',
        about: 'Query parameters are conditions, as at `/internal/discovery/v1/{service}`.',
        params: service,
        query: z.looseObject({}),
        answers: { 200: listingsSchema },
        refusals: [404],
      },
      async handle({ params, query }) {
        const { listings, ...about } = await search(params['service'] ?? '', query)
        const results = listings.map(({ signer, fields, parameters, expiresAt }) => ({
          did: signer,
          fields,
          parameters,
          expiresAt: toRfc3339(expiresAt),
        }))
        return jsonAnswer(200, { ...about, listings: results })
      },
    },
    {
      method: 'GET',
      pattern: '/internal/bronnet/v1/discovery/:service/quarantine',
      family: 'problem',
      callers: ['operator', 'reader'],
      aboutParties: 'none',
      doc: {
        summary: 'What was set aside of a discovery list, and why',
        about: 'Lowest number first, at most 10000.',
        params: service,
        answers: { 200: quarantineSchema },
        refusals: [404],
      },
      async handle({ params }) {
        const found = await replica.quarantined(requireService(params))
        const entries = found.map(({ timestamp, reason, signer, since, tries, retryAt }) => ({
          timestamp,
          reason,
          ...(signer === undefined ? {} : { did: signer }),
          since: toRfc3339(since),
          tries,
          ...at('retryAt', retryAt),
        }))
        return jsonAnswer(200, entries)
      },
    },
    {
      method: 'GET',
      pattern: '/internal/bronnet/v1/discovery/:service/registrations',
      family: 'problem',
      callers: ['operator', 'reader'],
      doc: {
        summary: 'How the registrations of this node’s own parties are',
        params: service,
        answers: { 200: registrationsSchema },
        refusals: [404],
      },
      async handle({ params }) {
        const name = requireService(params)
        const own = (await activations.list()).filter((activation) => activation.service === name)
        return jsonAnswer(200, own.map(describeRegistration))
      },
    },
    {
      method: 'POST',
      pattern: '/internal/bronnet/v1/discovery/:service/sync',
      family: 'problem',
      callers: ['operator'],
      aboutParties: 'none',
      doc: {
        summary: 'Looks at a discovery list now, and at the status of who is on it',
        params: service,
        answers: { 204: 'The copy is as the list says.' },
        refusals: [404, 409, 502, 504],
      },
      async handle({ params }) {
        const name = requireService(params)
        await sync.run(name)
        await deps.watch(name)
        return emptyAnswer(204)
      },
    },
  ]
}

function toCopy(copy: CopyDescription): z.input<typeof copiesSchema>[number] {
  const { service: id, isHosted, asOf, freshness, fault, timestamp, listed, setAside } = copy
  return {
    service: id,
    hosted: isHosted,
    ...at('asOf', asOf),
    freshness,
    ...(fault === undefined ? {} : { fault }),
    timestamp,
    listed,
    setAside,
  }
}

function describeRegistration(activation: Activation): z.input<typeof registrationsSchema>[number] {
  const { service: name, subject, parameters, error, failures, withdrawing } = activation
  return {
    service: name,
    subject,
    status: withdrawing === true ? 'withdrawing' : error === undefined ? 'listed' : 'failing',
    parameters,
    ...at('registeredAt', activation.registeredAt),
    ...at('expiresAt', activation.expiresAt),
    ...at('renewAt', renewAt(activation)),
    ...(error === undefined ? {} : { error }),
    ...(failures === undefined ? {} : { failures }),
    ...at('retryAt', activation.retryAt),
  }
}

function at<Name extends string>(name: Name, instant: Instant | undefined): Partial<Record<Name, string>> {
  const found: Partial<Record<string, string>> = instant === undefined ? {} : { [name]: toRfc3339(instant) }
  return found // A computed name makes an index signature of it.
}

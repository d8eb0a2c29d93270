import type { Catalogue } from '../../catalogue/catalogue.js'
import { cutPage, readFilter, readToken, writeToken, type CatalogPage } from '../../catalogue/dsp-page.js'
import { viewCatalog, viewDataset } from '../../catalogue/dsp-view.js'
import { NodeError } from '../../kernel/errors.js'
import {
  catalogPageQuerySchema,
  catalogRequestSchema,
  dspCatalogSchema,
  dspDatasetSchema,
  dspVersion,
  dspVersionsSchema,
} from '../../../schemas/wire/dsp.js'
import { jsonAnswer, type HttpAnswer, type Route } from '../exchange.js'
import { parseBody, parseParameters } from '../parse.js'

/** What the parties publish, as far as this view needs it. */
export interface DspRoutesDeps {
  /** The parties with a catalogue, in the order of the settings. */
  readonly places: readonly { readonly subject: string }[]
  readonly current: (subject: string) => { readonly digest: string; readonly catalogue: Catalogue } | undefined
  /** The base URL that others should use, without a slash at the end. */
  readonly url: string
}

const mediaTypes = ['application/json', 'application/ld+json']

/** Where a party speaks the protocol, below the base URL: the first at the plain path, each other at its own. */
export function dspPath(places: DspRoutesDeps['places'], subject: string): string {
  return places[0]?.subject === subject ? `/dsp/${dspVersion}` : `/dsp/${dspVersion}/of/${subject}`
}

/**
 * The read side of the Dataspace Protocol: connectors, brokers and crawlers can list what the parties publish. It asks for
 * no authorization, and does not look at one that is given.
 * @see Dataspace Protocol 2025-1, Catalog Protocol, HTTPS binding
 */
export function dspRoutes(deps: DspRoutesDeps): readonly Route[] {
  const { places } = deps
  return places.length === 0 ? [] : [versionRoute(deps), ...places.flatMap(({ subject }) => routesOf(subject, deps))]
}

function versionRoute({ places, current, url }: DspRoutesDeps): Route {
  const basePath = new URL(url).pathname.replace(/\/$/, '')
  return {
    method: 'GET',
    pattern: '/.well-known/dspace-version',
    family: 'dsp',
    doc: { summary: 'Where the parties speak the Dataspace Protocol', answers: { 200: dspVersionsSchema } },
    handle() {
      const protocolVersions = places.flatMap(({ subject }) => {
        const found = current(subject)
        if (found === undefined) return []
        const path = `${basePath}${dspPath(places, subject)}`
        const serviceId = found.catalogue.publisher.did
        return [{ version: dspVersion, path, binding: 'HTTPS', serviceId, identifierType: 'did:web' }]
      })
      if (protocolVersions.length === 0) return Promise.reject(new NodeError('catalogue.dataset_unknown'))
      return Promise.resolve(jsonAnswer(200, { protocolVersions }))
    },
  }
}

function routesOf(subject: string, { places, current, url }: DspRoutesDeps): readonly Route[] {
  const base = dspPath(places, subject)
  const endpointUrl = `${url}${base}`
  const pattern = `${base}/catalog/request`
  const now = () => {
    const found = current(subject)
    if (found === undefined) throw new NodeError('catalogue.dataset_unknown')
    return found
  }
  const answerPage = (page: CatalogPage): HttpAnswer => {
    const { digest, catalogue } = now()
    const { items, next, previous } = cutPage(catalogue.datasets, page)
    const linkTo = (other: CatalogPage | undefined, rel: string): readonly string[] =>
      other === undefined
        ? []
        : [`<${endpointUrl}/catalog/request?continuationToken=${writeToken(digest, other)}>; rel="${rel}"`]
    const links = [...linkTo(previous, 'previous'), ...linkTo(next, 'next')]
    return jsonAnswer(
      200,
      viewCatalog(catalogue, endpointUrl, items),
      links.length === 0 ? {} : { link: links.join(', ') },
    )
  }
  const answers = { 200: dspCatalogSchema }
  return [
    {
      method: 'POST',
      pattern,
      // It changes nothing.
      unconfirmed: 'goes-on',
      family: 'dsp',
      body: { maxBytes: 16 * 1024, mediaTypes },
      doc: {
        summary: `Read the catalogue of ${subject} as connectors of data spaces do`,
        about: 'A QuerySpec in `filter` may say offset and limit. Pages have links to those beside them.',
        body: catalogRequestSchema,
        answers,
        refusals: [404],
      },
      async handle({ body, query }) {
        const { filter } = parseBody(catalogRequestSchema, body)
        const { continuationToken } = query
        return answerPage(
          continuationToken === undefined ? readFilter(filter) : readToken(continuationToken, now().digest),
        )
      },
    },
    {
      method: 'GET',
      pattern,
      family: 'dsp',
      doc: {
        summary: `Read another page of the catalogue of ${subject}`,
        query: catalogPageQuerySchema,
        answers,
        refusals: [404, 410],
      },
      async handle({ query }) {
        const { continuationToken } = parseParameters(catalogPageQuerySchema, query)
        return answerPage(readToken(continuationToken, now().digest))
      },
    },
    {
      method: 'GET',
      pattern: `${base}/catalog/datasets/*id`,
      rawParams: true,
      family: 'dsp',
      doc: {
        summary: `Read a dataset of the catalogue of ${subject} as connectors of data spaces do`,
        params: { id: 'The IRI of the dataset, percent-encoded or as it is.' },
        answers: { 200: dspDatasetSchema },
        refusals: [404],
      },
      async handle({ params }) {
        const { catalogue } = now()
        const names = spellingsOf(params['id'] ?? '')
        const dataset = catalogue.datasets.find(({ id }) => names.includes(id))
        if (dataset === undefined) throw new NodeError('catalogue.dataset_unknown')
        return jsonAnswer(200, viewDataset(catalogue, dataset))
      },
    },
  ]
}

/** What a name in a path can stand for: itself, decoded once, and with the slash that proxies take away. */
function spellingsOf(raw: string): readonly string[] {
  const whole = (name: string): string => name.replace(/^(https?:)\/(?!\/)/, '$1//')
  try {
    return [raw, decodeURIComponent(raw)].map(whole)
  } catch {
    return [whole(raw)]
  }
}

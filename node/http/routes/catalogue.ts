import { readFileSync } from 'node:fs'
import type { CatalogueVersion } from '../../catalogue/catalogue-records.js'
import type { CataloguePages, CataloguePageView } from '../../catalogue/pages.js'
import { toDienstencatalogus } from '../../catalogue/dienstencatalogus.js'
import type { FindPart } from '../../catalogue/parts.js'
import type { ProveCatalogue } from '../../catalogue/proof.js'
import type { CataloguePlace, PublishedCatalogues } from '../../catalogue/published.js'
import { catalogueContextFile, catalogueContextPath } from '../../catalogue/vocabulary.js'
import type { Parties } from '../../identity/parties.js'
import { NodeError } from '../../kernel/errors.js'
import { toRfc3339 } from '../../kernel/clock.js'
import { packageFile } from '../../kernel/package-root.js'
import type { HttpAnswer, HttpRequest, Route } from '../exchange.js'
import { formExtensions, negotiatedHeaders, representationAnswer, type FormType } from '../representations.js'
import {
  currentCache,
  docOf,
  findNamed,
  immutableCache,
  pageForm,
  plainForms,
  textAnswer,
  twoForms,
  viewOf,
} from './catalogue-answers.js'
import { policyRoutes } from './catalogue-policies.js'

export interface CatalogueRoutesDeps {
  readonly published: PublishedCatalogues
  readonly prove: ProveCatalogue
  readonly findPart: FindPart
  readonly pages: CataloguePages
  readonly parties: Pick<Parties, 'find' | 'issuerUrl'>
  /** Scopes under which a source of a party is read; none for a source that is not there. */
  readonly scopesOf: (subject: string, source: string) => readonly string[]
}

const proofType = 'application/jwt'

/**
 * The catalogues of the parties, for everybody: nothing in them is secret, and nothing about a person can be in them.
 * @see DCAT-AP-NL 3; RFC 9110 sections 12 and 13
 */
export function catalogueRoutes(deps: CatalogueRoutesDeps): readonly Route[] {
  const { places } = deps.published
  return places.length === 0 ? [] : [...places.flatMap((place) => routesOf(place, deps)), contextRoute()]
}

function routesOf(place: CataloguePlace, deps: CatalogueRoutesDeps): readonly Route[] {
  const { subject, path } = place
  const { published, pages } = deps
  const current = (): CatalogueVersion => {
    const version = published.current(subject)
    if (version === undefined) throw new NodeError('catalogue.unknown')
    return version
  }
  const negotiated = { method: 'GET', family: 'problem', errorHeaders: () => negotiatedHeaders } as const

  /** A version, as what is published now or under its own URL. */
  function versionAnswer(
    request: HttpRequest,
    version: CatalogueVersion,
    type?: FormType,
    ownUrl?: string,
  ): HttpAnswer {
    const { digest: tag, catalogue } = version
    const isEarlier = published.current(subject)?.version !== version.version
    const view = viewOf(request, version, pages, { url: ownUrl ?? catalogue.id, isEarlier })
    const page = pageForm(pages, view, () => pages.renderCatalogue(view))
    const cacheControl = ownUrl === undefined ? currentCache : immutableCache
    return representationAnswer(request, { tag, cacheControl, forms: [...twoForms(version), page] }, type)
  }

  return [
    {
      ...negotiated,
      pattern: path,
      doc: docOf(`Read the catalogue of ${subject}`, 'DCAT-AP-NL 3 with the network profile: JSON-LD, Turtle, a page.'),
      handle: async (request) => versionAnswer(request, current()),
    },
    ...Object.entries(formExtensions).map(([extension, type]): Route => ({
      method: 'GET',
      family: 'problem',
      pattern: `${path}${extension}`,
      doc: docOf(`Read the catalogue of ${subject} as ${type}`, 'For who follows a link.'),
      handle: async (request) => versionAnswer(request, current(), type),
    })),
    ...(['dataset', 'service'] as const).map((kind): Route => ({
      ...negotiated,
      pattern: `${path}/${kind}s/:name`,
      doc: {
        ...docOf(`Read a ${kind} of the catalogue of ${subject}`, 'JSON-LD, Turtle, or a page.'),
        params: { name: 'The name of a source or list; with .html, .jsonld or .ttl behind it in that form.' },
      },
      handle: (request) => partAnswer(request, kind, current(), { subject, ...deps }),
    })),
    ...policyRoutes({ place, published, pages, current }),
    {
      ...negotiated,
      pattern: `${path}/dienstencatalogus`,
      doc: docOf(
        `Read of what ${subject} tells others`,
        'The event types, for whom and on which ground: JSON as iWlz RFC0029 has it, a page.',
        plainForms,
      ),
      handle: async (request) => eventsAnswer(request, current(), deps),
    },
    {
      ...negotiated,
      pattern: `${path}/versions`,
      doc: docOf(
        `List the versions of the catalogue of ${subject}`,
        'What can still be read, the newest first: JSON, a page.',
        plainForms,
      ),
      handle: (request) => versionsAnswer(request, current(), { subject, ...deps }),
    },
    {
      ...negotiated,
      pattern: `${path}/versions/:version`,
      doc: docOf(`Read a version of the catalogue of ${subject}`, 'Kept for ninety days after it was replaced.'),
      async handle(request) {
        const find = (name: string) => published.findVersion(subject, name)
        const { type, value } = await findNamed(request.params['version'] ?? '', find)
        return versionAnswer(request, value, type, `${value.catalogue.id}/versions/${value.version}`)
      },
    },
    proofRoute(place, current, deps),
  ]
}

async function partAnswer(
  request: HttpRequest,
  kind: 'dataset' | 'service',
  version: CatalogueVersion,
  { subject, findPart, pages, parties, scopesOf }: CatalogueRoutesDeps & { readonly subject: string },
): Promise<HttpAnswer> {
  const { catalogue, digest: tag } = version
  const urlOf = (name: string) => `${catalogue.id}/${kind}s/${name}`
  const { name, type, value } = await findNamed(request.params['name'] ?? '', (given) =>
    findPart(version, kind, urlOf(given)),
  )
  const url = urlOf(name)
  const view = viewOf(request, version, pages, { url })
  const render = (): string => {
    const dataset = catalogue.datasets.find(({ id }) => id === url)
    if (dataset !== undefined) return pages.renderDataset(view, dataset)
    const service = catalogue.services.find(({ id }) => id === url)
    if (service === undefined) throw new NodeError('catalogue.unknown')
    const scopes = scopesOf(subject, name)
    // Where there is nothing to have a token for, nobody is sent for one.
    const access = scopes.length === 0 ? undefined : { authorizationServer: parties.issuerUrl({ subject }), scopes }
    return pages.renderService(view, service, access)
  }
  const forms = [...twoForms(value), pageForm(pages, view, render)]
  return representationAnswer(request, { tag, cacheControl: currentCache, forms }, type)
}

function eventsAnswer(request: HttpRequest, version: CatalogueVersion, { pages }: CatalogueRoutesDeps): HttpAnswer {
  const url = `${version.catalogue.id}/dienstencatalogus`
  const view = viewOf(request, version, pages, {})
  return representationAnswer(request, {
    tag: version.digest,
    cacheControl: currentCache,
    forms: [
      { type: 'application/json', text: () => JSON.stringify(toDienstencatalogus(version.catalogue)) },
      pageForm(pages, view, () => pages.renderEvents(view, url)),
    ],
  })
}

async function versionsAnswer(
  request: HttpRequest,
  version: CatalogueVersion,
  { subject, published, pages }: CatalogueRoutesDeps & { readonly subject: string },
): Promise<HttpAnswer> {
  const url = `${version.catalogue.id}/versions`
  const versions = (await published.listVersions(subject)).map(({ publishedAt, ...kept }) => ({
    version: kept.version,
    digest: kept.digest,
    modified: toRfc3339(publishedAt),
    url: `${url}/${kept.version}`,
  }))
  const view: CataloguePageView = viewOf(request, version, pages, {})
  return representationAnswer(request, {
    tag: version.digest,
    cacheControl: currentCache,
    forms: [
      { type: 'application/json', text: () => JSON.stringify({ versions }) },
      pageForm(pages, view, () => pages.renderVersions(view, url, versions)),
    ],
  })
}

function proofRoute(
  { subject, path }: CataloguePlace,
  current: () => CatalogueVersion,
  deps: CatalogueRoutesDeps,
): Route {
  return {
    method: 'GET',
    pattern: `${path}/proof`,
    family: 'problem',
    doc: {
      summary: `Get the proof of the catalogue of ${subject}`,
      about: 'A JWS of the publisher over digest, version and sequence; it counts for seven days at most.',
      answers: { 200: { mediaType: proofType, about: 'The compact JWS.' }, 304: 'What the caller has is still good.' },
      refusals: [404],
    },
    async handle(request) {
      const version = current()
      const party = await deps.parties.find(subject)
      if (party === undefined) throw new NodeError('catalogue.unknown')
      const text = await deps.prove(party, version)
      return textAnswer(request, { text, contentType: proofType, cacheControl: 'public, max-age=300' })
    },
  }
}

/** For who reads the JSON-LD with other tools; nodes have it with them, and no node fetches it. */
function contextRoute(): Route {
  const text = readFileSync(packageFile('schemas', 'contexts', catalogueContextFile), 'utf8')
  return {
    method: 'GET',
    pattern: catalogueContextPath,
    family: 'problem',
    doc: {
      summary: 'The JSON-LD context of catalogues',
      about: 'It never changes. The same context has a name that the whole network knows.',
      answers: {
        200: { mediaType: 'application/ld+json', about: 'The context.' },
        304: 'What the caller has is still good.',
      },
    },
    handle: async (request) =>
      textAnswer(request, { text, contentType: 'application/ld+json', cacheControl: immutableCache }),
  }
}

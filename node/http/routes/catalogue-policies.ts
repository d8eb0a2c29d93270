import type { CatalogueVersion } from '../../catalogue/catalogue-records.js'
import type { CataloguePages } from '../../catalogue/pages.js'
import type { CataloguePlace, PublishedCatalogues } from '../../catalogue/published.js'
import type { PublishedFile } from '../../catalogue/published-file.js'
import { NodeError } from '../../kernel/errors.js'
import { fhirMediaType } from '../../../schemas/wire/fhir.js'
import type { HttpRequest, Route } from '../exchange.js'
import { negotiatedHeaders, representationAnswer, type Forms } from '../representations.js'
import { docOf, findNamed, immutableCache, pageForm, textAnswer, twoForms, viewOf } from './catalogue-answers.js'
import { createReadRules } from './published-rules.js'

export interface PolicyRoutesDeps {
  readonly place: CataloguePlace
  readonly published: PublishedCatalogues
  readonly pages: CataloguePages
  /** @throws `catalogue.unknown` */
  readonly current: () => CatalogueVersion
}

const numberPattern = /^v([1-9]\d{0,8})$/

/** Offers, the rules behind them and the schemas of sources, each under a number and never changed. */
export function policyRoutes({ place, published, pages, current }: PolicyRoutesDeps): readonly Route[] {
  const { subject, path } = place
  const readRules = createReadRules()

  const findOffer = (source: string) => (name: string) =>
    findNumbered(name, (number) => published.findOffer(subject, source, number))

  async function fileAnswer(request: HttpRequest, file: PublishedFile | undefined) {
    if (file === undefined) throw new NodeError('catalogue.unknown')
    return textAnswer(request, {
      text: file.text,
      contentType: `${file.mediaType}; charset=utf-8`,
      cacheControl: immutableCache,
    })
  }

  const fileDoc = (summary: string, mediaType: string | readonly string[]) => ({
    summary,
    about: 'It never changes. Its SHA-256 is the digest that the catalogue gives.',
    params: { number: 'v and a number.' },
    answers: {
      200: { mediaType, about: 'The file.' },
      304: 'What the caller has is still good.',
    },
    refusals: [404],
  })

  return [
    {
      method: 'GET',
      pattern: `${path}/policies/:source/:number`,
      family: 'problem',
      errorHeaders: () => negotiatedHeaders,
      doc: docOf('Read an offer: who may ask, and for what', 'ODRL, as JSON-LD, Turtle or a page. It never changes.'),
      async handle(request) {
        const { source = '', number = '' } = request.params
        const { name, type, value } = await findNamed(number, findOffer(source))
        const version = current()
        const dataset = version.catalogue.datasets.find(({ id }) => id === `${version.catalogue.id}/datasets/${source}`)
        const view = viewOf(request, version, pages, { url: value.policy.id })
        const page =
          dataset === undefined
            ? []
            : [pageForm(pages, view, () => pages.renderPolicy(view, value.policy, dataset, readRules(value.rules)))]
        const forms: Forms['forms'] = [...twoForms(value), ...page]
        return representationAnswer(request, { tag: `${source}-${name}`, cacheControl: immutableCache, forms }, type)
      },
    },
    {
      method: 'GET',
      pattern: `${path}/policies/:source/:number/rules`,
      family: 'problem',
      doc: fileDoc('Read the rules behind an offer, as they are enforced', 'application/json'),
      async handle(request) {
        const { source = '', number = '' } = request.params
        return fileAnswer(request, (await findOffer(source)(number))?.rules)
      },
    },
    {
      method: 'GET',
      pattern: `${path}/schemas/:source/:number`,
      family: 'problem',
      doc: fileDoc('Read the schema of a source', ['application/graphql', fhirMediaType, 'application/json']),
      async handle(request) {
        const { source = '', number = '' } = request.params
        return fileAnswer(request, await findNumbered(number, (given) => published.findSchema(subject, source, given)))
      },
    },
  ]
}

/** What stands under `v` and a number; nothing does under any other name. */
async function findNumbered<T>(name: string, find: (number: number) => Promise<T | undefined>): Promise<T | undefined> {
  const number = numberPattern.exec(name)?.[1]
  return number === undefined ? undefined : find(Number(number))
}

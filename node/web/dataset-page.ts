import type { CatalogueDataset } from '../catalogue/catalogue.js'
import { contactOf, groundWords, purposeLabel, whoMayAsk } from './catalogue-page.js'
import { eventsSection } from './events-page.js'
import { html, type Html, type HtmlValue } from './html.js'
import { labelOf, lawLabel } from './labels.js'
import { inDutch, inLanguage, plainText } from './language.js'
import { listed, moment, outwardLink, pageLink, properties, renderPage, type CatalogueView } from './page.js'
import { wordsIn } from './words.js'

/** The page of one dataset: what it is, for what and on which ground, who may ask, how to find a person, and where. */
export function renderDataset(view: CatalogueView, dataset: CatalogueDataset): string {
  const { catalogue, language } = view
  const words = wordsIn(language)
  return renderPage(view, {
    title: plainText(dataset.title, language),
    url: dataset.id,
    above: [{ title: inLanguage(catalogue.title, language), url: catalogue.id }],
    main: html`
      <h1 class="nl-heading nl-heading--level-1">${inLanguage(dataset.title, language)}</h1>
      <p class="nl-paragraph nl-paragraph--lead">${inLanguage(dataset.description, language)}</p>
      ${section('waarvoor', words.purposes, [
        [words.purpose, listed(dataset.purposes.map((purpose) => purposeLabel(purpose, language)))],
        [
          words.legislation,
          listed(dataset.legislation.map((law) => outwardLink(law, inDutch(lawLabel(law), language)))),
        ],
        [words.ground, dataset.grondslag === undefined ? undefined : groundWords(dataset.grondslag, language)],
        [words.legalBasis, listed(dataset.legalBases.map((basis) => outwardLink(basis, labelOf(basis, language))))],
      ])}
      ${section('toegang', words.whoMayAsk, [
        [words.who, whoMayAsk(dataset, language)],
        [words.accessRights, labelOf(dataset.accessRights, language)],
        [words.policy, listed(dataset.policies.map(({ id }) => pageLink(id, words.policies, language)))],
        [words.subjectSelector, labelOf(dataset.subjectSelector, language)],
        [words.contact, contactOf(view)],
      ])}
      <div class="nl-note"><p class="nl-paragraph">${words.neverPersons}</p></div>
      ${dataset.distributions.map((distribution) => distributionSection(view, distribution))}
      ${eventsSection(dataset.events ?? [], language)}
      ${section('over', words.description, [
        [words.dataModel, listed(dataset.conformsTo.map((model) => outwardLink(model)))],
        [words.frequency, labelOf(dataset.frequency, language)],
        [words.region, listed(dataset.spatial.map((place) => outwardLink(place, labelOf(place, language))))],
        [words.theme, listed(dataset.themes.map((theme) => labelOf(theme, language)))],
        [words.keywords, dataset.keywords.join(', ')],
        [words.version, dataset.version],
        [words.modified, moment(dataset.modified, language)],
      ])}
    `,
  })
}

function section(id: string, title: string, rows: readonly (readonly [string, HtmlValue])[]): Html {
  return html`<section aria-labelledby="${id}">
    <h2 class="nl-heading nl-heading--level-2" id="${id}">${title}</h2>
    ${properties(rows)}
  </section>`
}

function distributionSection(view: CatalogueView, distribution: CatalogueDataset['distributions'][number]): Html {
  const { catalogue, language } = view
  const words = wordsIn(language)
  const service = catalogue.services.find(({ id }) => id === distribution.accessService)
  return html`<section class="nl-card">
    <h2 class="nl-heading nl-heading--level-2">
      ${Object.keys(distribution.title).length === 0 ? words.distribution : inLanguage(distribution.title, language)}
    </h2>
    ${properties([
      [
        words.service,
        service === undefined ? undefined : pageLink(service.id, inLanguage(service.title, language), language),
      ],
      [words.endpoint, html`<code class="nl-code">${distribution.accessURL}</code>`],
      [words.schema, listed(distribution.conformsTo.map((schema) => outwardLink(schema)))],
    ])}
  </section>`
}

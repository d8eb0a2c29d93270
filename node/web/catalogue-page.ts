import type { CatalogueDataset } from '../catalogue/catalogue.js'
import { html, type Html, type HtmlValue } from './html.js'
import { labelOf, lawLabel, roleLabel } from './labels.js'
import { inDutch, inLanguage, plainText, type Language } from './language.js'
import { listed, moment, outwardLink, pageLink, properties, renderPage, type CatalogueView } from './page.js'
import { wordsIn } from './words.js'

/** The first page of a catalogue: what the organisation holds, for what, who may ask, on which ground, and whom to call. */
export function renderCatalogue(view: CatalogueView): string {
  const { catalogue, language } = view
  const words = wordsIn(language)
  const title = plainText(catalogue.title, language)
  return renderPage(view, {
    title,
    url: catalogue.id,
    above: [],
    main: html`
      <h1 class="nl-heading nl-heading--level-1">${inLanguage(catalogue.title, language)}</h1>
      <p class="nl-paragraph nl-paragraph--lead">${inLanguage(catalogue.description, language)}</p>
      <div class="nl-note"><p class="nl-paragraph">${words.neverPersons}</p></div>
      <section aria-labelledby="gegevens">
        <h2 class="nl-heading nl-heading--level-2" id="gegevens">${words.whatIsHeld}</h2>
        ${datasetTable(catalogue.datasets, language)} ${eventsLink(catalogue, language)}
      </section>
      <section aria-labelledby="diensten">
        <h2 class="nl-heading nl-heading--level-2" id="diensten">${words.services}</h2>
        ${catalogue.services.map(
          ({ id, title: name, description }) =>
            html`<h3 class="nl-heading nl-heading--level-3">${pageLink(id, inLanguage(name, language), language)}</h3>
              <p class="nl-paragraph">${inLanguage(description, language)}</p>`,
        )}
      </section>
      <section aria-labelledby="opvragen">
        <h2 class="nl-heading nl-heading--level-2" id="opvragen">${words.howToAsk}</h2>
        ${howToAsk(catalogue.datasets, language)}
      </section>
      <section aria-labelledby="organisatie">
        <h2 class="nl-heading nl-heading--level-2" id="organisatie">${words.aboutOrganization}</h2>
        ${organization(view)}
      </section>
    `,
  })
}

function eventsLink({ id, datasets }: CatalogueView['catalogue'], language: Language): Html | '' {
  if (!datasets.some(({ events = [] }) => events.length > 0)) return ''
  return html`<p class="nl-paragraph">${pageLink(`${id}/dienstencatalogus`, wordsIn(language).events, language)}</p>`
}

function datasetTable(datasets: readonly CatalogueDataset[], language: Language): Html {
  const words = wordsIn(language)
  return html`<div class="nl-table-container" role="region" aria-labelledby="gegevens-tabel" tabindex="0">
    <table class="nl-table">
      <caption id="gegevens-tabel">
        ${words.whatIsHeldCaption}
      </caption>
      <thead>
        <tr>
          <th scope="col">${words.dataset}</th>
          <th scope="col">${words.purpose}</th>
          <th scope="col">${words.whoMayAsk}</th>
          <th scope="col">${words.ground}</th>
          <th scope="col">${words.updated}</th>
        </tr>
      </thead>
      <tbody>
        ${datasets.map(
          (dataset) =>
            html`<tr>
              <th scope="row">${pageLink(dataset.id, inLanguage(dataset.title, language), language)}</th>
              <td>${listed(dataset.purposes.map((purpose) => purposeLabel(purpose, language)))}</td>
              <td>${whoMayAsk(dataset, language)}</td>
              <td>${listed(dataset.legislation.map((law) => outwardLink(law, inDutch(lawLabel(law), language))))}</td>
              <td>${labelOf(dataset.frequency, language)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`
}

/** The roles of who may ask; everybody where it does not matter who one is. */
export function whoMayAsk({ roles }: CatalogueDataset, language: Language): HtmlValue {
  if (roles.length === 0) return wordsIn(language).everybody
  return listed(roles.map((role) => inDutch(roleLabel(role), language)))
}

/** A grondslag in words, with how far it holds. */
export function groundWords({ text, status }: NonNullable<CatalogueDataset['grondslag']>, language: Language): Html {
  const badge = status === 'geldend' ? 'nl-data-badge nl-data-badge--positive' : 'nl-data-badge'
  return html`${inDutch(text, language)} <span class="${badge}">${labelOf(status, language)}</span>`
}

/** How data are asked for: with a token, or by just reading what everybody may. */
export function howToAsk(datasets: readonly CatalogueDataset[], language: Language): Html {
  const words = wordsIn(language)
  const isOpen = ({ roles }: CatalogueDataset): boolean => roles.length === 0
  const steps = [words.stepProve, words.stepAsk, words.stepRule, words.stepJournal]
  return html`${datasets.some(isOpen) ? html`<p class="nl-paragraph">${words.howToReadOpen}</p>` : ''}
  ${
    datasets.every(isOpen)
      ? ''
      : html`<p class="nl-paragraph">${words.howToAskOrganization}</p>
          <ol class="nl-paragraph">
            ${steps.map((step) => html`<li>${step}</li>`)}
          </ol>`
  }`
}

/** A purpose in its own words, or its code. */
export function purposeLabel({ id, label }: CatalogueDataset['purposes'][number], language: Language): Html {
  return Object.keys(label).length === 0 ? html`${id}` : inLanguage(label, language)
}

function organization(view: CatalogueView): Html {
  const { catalogue, language } = view
  const words = wordsIn(language)
  const { publisher, spatial, modified } = catalogue
  return properties([
    [words.organization, inLanguage(publisher.name, language)],
    [words.did, html`<code class="nl-code">${publisher.did}</code>`],
    [words.identifiers, listed(publisher.identifiers.filter((text) => text !== publisher.did))],
    [words.region, listed(spatial.map((place) => outwardLink(place, labelOf(place, language))))],
    [words.contact, contactOf(view)],
    [words.modified, moment(modified, language)],
  ])
}

/** Whom to ask, as a link where there is one. */
export function contactOf({ contact, language }: CatalogueView): Html {
  if (contact === undefined) return html`${wordsIn(language).noContact}`
  const name = inLanguage(contact.name, language)
  if (contact.address === undefined) return name
  const mail = contact.address.startsWith('mailto:') ? contact.address.slice('mailto:'.length) : undefined
  return html`${name}${mail === undefined ? html`: ${outwardLink(contact.address)}` : html`, ${outwardLink(contact.address, mail)}`}`
}

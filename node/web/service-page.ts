import type { CatalogueService } from '../catalogue/catalogue.js'
import { contactOf, howToAsk } from './catalogue-page.js'
import { html } from './html.js'
import { inLanguage, plainText } from './language.js'
import { listed, outwardLink, pageLink, properties, renderPage, type CatalogueView } from './page.js'
import { wordsIn } from './words.js'

/** How to get a token for a service. */
export interface ServiceAccess {
  /** The issuer URL of the authorization server. */
  readonly authorizationServer: string
  readonly scopes: readonly string[]
}

/** The page of one service: its address, the standard that it speaks, what it gives access to, and how to be let in. */
export function renderService(view: CatalogueView, service: CatalogueService, access?: ServiceAccess): string {
  const { catalogue, language } = view
  const words = wordsIn(language)
  const datasets = catalogue.datasets.filter(({ id }) => service.servesDataset.includes(id))
  return renderPage(view, {
    title: plainText(service.title, language),
    url: service.id,
    above: [{ title: inLanguage(catalogue.title, language), url: catalogue.id }],
    main: html`
      <h1 class="nl-heading nl-heading--level-1">${inLanguage(service.title, language)}</h1>
      <p class="nl-paragraph nl-paragraph--lead">${inLanguage(service.description, language)}</p>
      ${properties([
        [words.serves, listed(datasets.map(({ id, title }) => pageLink(id, inLanguage(title, language), language)))],
        [words.endpoint, html`<code class="nl-code">${service.endpointURL}</code>`],
        [words.standard, listed(service.conformsTo.map((standard) => outwardLink(standard)))],
        [words.endpointDescription, listed(service.endpointDescriptions.map((address) => outwardLink(address)))],
        [
          words.authorizationServer,
          access === undefined ? undefined : html`<code class="nl-code">${access.authorizationServer}</code>`,
        ],
        [words.scopes, listed((access?.scopes ?? []).map((scope) => html`<code class="nl-code">${scope}</code>`))],
        [
          words.policy,
          listed(
            datasets.flatMap(({ policies, title }) =>
              policies.map(({ id }) => html`${pageLink(id, words.policies, language)}: ${inLanguage(title, language)}`),
            ),
          ),
        ],
        [words.contact, contactOf(view)],
      ])}
      <section aria-labelledby="opvragen">
        <h2 class="nl-heading nl-heading--level-2" id="opvragen">${words.howToAsk}</h2>
        ${howToAsk(datasets, language)}
      </section>
    `,
  })
}

import type { CatalogueEvent } from '../catalogue/catalogue.js'
import { html, type Html } from './html.js'
import { labelOf, roleLabel } from './labels.js'
import { inDutch, inLanguage, type Language } from './language.js'
import { renderPage, type CatalogueView } from './page.js'
import { wordsIn } from './words.js'

/** The dienstencatalogus for people: what an organisation tells others of, whom, when and on which ground. */
export function renderEvents(view: CatalogueView, url: string): string {
  const { catalogue, language } = view
  const words = wordsIn(language)
  const events = new Map(
    catalogue.datasets.flatMap((dataset) => (dataset.events ?? []).map((event) => [event.id, event])),
  )
  return renderPage(view, {
    title: words.events,
    url,
    above: [{ title: inLanguage(catalogue.title, language), url: catalogue.id }],
    main: html`
      <h1 class="nl-heading nl-heading--level-1">${words.events}</h1>
      <p class="nl-paragraph nl-paragraph--lead">${events.size === 0 ? words.noEvents : words.eventsIntro}</p>
      ${events.size === 0 ? '' : eventTable([...events.values()], language)}
    `,
  })
}

/** The part of the page of a dataset that says of which changes others are told; nothing when there are none. */
export function eventsSection(events: readonly CatalogueEvent[], language: Language): Html | '' {
  const words = wordsIn(language)
  if (events.length === 0) return ''
  return html`<section aria-labelledby="notificaties">
    <h2 class="nl-heading nl-heading--level-2" id="notificaties">${words.events}</h2>
    <p class="nl-paragraph">${words.eventsIntro}</p>
    ${eventTable(events, language)}
  </section>`
}

function eventTable(events: readonly CatalogueEvent[], language: Language): Html {
  const words = wordsIn(language)
  return html`<div class="nl-table-container" role="region" aria-labelledby="notificaties-tabel" tabindex="0">
    <table class="nl-table">
      <caption id="notificaties-tabel">
        ${words.eventsCaption}
      </caption>
      <thead>
        <tr>
          <th scope="col">${words.eventType}</th>
          <th scope="col">${words.eventAbout}</th>
          <th scope="col">${words.eventFor}</th>
          <th scope="col">${words.eventSent}</th>
          <th scope="col">${words.ground}</th>
        </tr>
      </thead>
      <tbody>
        ${events.map(
          ({ eventType, title, role, notificatieType, grondslag, grondslagStatus }) =>
            html`<tr>
              <th scope="row"><code class="nl-code">${eventType}</code></th>
              <td>${inLanguage(title, language)}</td>
              <td>${inDutch(roleLabel(role), language)}</td>
              <td>${labelOf(notificatieType, language)}</td>
              <td>${inDutch(grondslag, language)} (${labelOf(grondslagStatus, language)})</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`
}

import { html, type Html } from './html.js'
import { inLanguage, type Language } from './language.js'
import { moment, pageLink, renderPage, type CatalogueView } from './page.js'
import { wordsIn } from './words.js'

/** A version of a catalogue that can still be read. */
export interface CatalogueVersion {
  readonly version: string
  /** RFC 3339. */
  readonly modified: string
  readonly digest: string
  /** Where it can be read. */
  readonly url: string
}

/** The page that lists the versions of a catalogue, in the order in which they are given. */
export function renderVersions(view: CatalogueView, url: string, versions: readonly CatalogueVersion[]): string {
  const { catalogue, language } = view
  const words = wordsIn(language)
  return renderPage(view, {
    title: words.versions,
    url,
    above: [{ title: inLanguage(catalogue.title, language), url: catalogue.id }],
    main: html`
      <h1 class="nl-heading nl-heading--level-1">${words.versions}</h1>
      <p class="nl-paragraph nl-paragraph--lead">${versions.length === 0 ? words.noVersions : words.versionsIntro}</p>
      ${versions.length === 0 ? '' : versionTable(versions, catalogue.version, language)}
    `,
  })
}

function versionTable(versions: readonly CatalogueVersion[], current: string, language: Language): Html {
  const words = wordsIn(language)
  return html`<div class="nl-table-container" role="region" aria-labelledby="versies-tabel" tabindex="0">
    <table class="nl-table">
      <caption id="versies-tabel">
        ${words.versionsCaption}
      </caption>
      <thead>
        <tr>
          <th scope="col">${words.version}</th>
          <th scope="col">${words.modified}</th>
          <th scope="col">${words.digest}</th>
        </tr>
      </thead>
      <tbody>
        ${versions.map(
          ({ version, modified, digest, url }) =>
            html`<tr>
              <th scope="row">
                ${pageLink(url, version, language)}
                ${
                  version === current
                    ? html`<span class="nl-data-badge nl-data-badge--positive">${words.current}</span>`
                    : ''
                }
              </th>
              <td>${moment(modified, language)}</td>
              <td><code class="nl-code">${digest}</code></td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`
}

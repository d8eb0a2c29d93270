import type { Catalogue } from '../catalogue/catalogue.js'
import type { Texts } from '../catalogue/graph.js'
import { html, hrefOf, type Html, type HtmlValue } from './html.js'
import { inLanguage, plainText, type Language } from './language.js'
import { styleElement } from './style.js'
import { wordsIn } from './words.js'

/** Whom to ask about a catalogue. */
export interface Contact {
  readonly name: Texts
  /** `mailto:` or a web page. */
  readonly address?: string | undefined
}

/** What every page of one catalogue shares. */
export interface CatalogueView {
  readonly language: Language
  readonly catalogue: Catalogue
  readonly contact?: Contact | undefined
  /** True for a catalogue that was replaced by a newer one. */
  readonly isEarlier?: boolean
  /** Where the other pages and forms are; what is left out is not linked to. */
  readonly links?: {
    readonly versions?: string | undefined
    readonly jsonLd?: string | undefined
    readonly turtle?: string | undefined
    readonly proof?: string | undefined
  }
}

/** One page. */
export interface PageContents {
  readonly title: string
  /** The address of the page itself. */
  readonly url: string
  /** The pages above this one, the overview first; empty on the overview. */
  readonly above: readonly { readonly title: Html; readonly url: string }[]
  readonly main: Html
}

/** The page as it is sent: complete, and the same for the same input. Goes with `pageSecurityPolicy`. */
export function renderPage(view: CatalogueView, { title, url, above, main }: PageContents): string {
  const { language, catalogue, links = {} } = view
  const words = wordsIn(language)
  const name = plainText(catalogue.publisher.name, language)
  const other = language === 'nl' ? 'en' : 'nl'
  const forms = [
    ['application/ld+json', links.jsonLd, 'JSON-LD'],
    ['text/turtle', links.turtle, 'Turtle'],
    ['application/jwt', links.proof, 'JWS'],
  ] as const
  const machine = forms.flatMap(([type, address, label]) => (address === undefined ? [] : [{ type, address, label }]))
  const here = { url, language }
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}${title === name ? '' : ` – ${name}`}</title>
        <meta name="color-scheme" content="light dark" />
        <link rel="canonical" href="${url}" />
        <link rel="alternate" hreflang="${other}" href="${inPageLanguage(url, other)}" />
        ${machine.map(({ type, address }) => html`<link rel="alternate" type="${type}" href="${address}" />`)}
        ${styleElement}
      </head>
      <body>
        <a class="nl-skip-link" href="#inhoud">${words.skip}</a>
        <header class="nl-page-header">
          <div class="nl-page-header__content">
            <p class="nl-page-header__name">${inLanguage(catalogue.publisher.name, language)}</p>
            <nav class="nl-nav-bar" aria-label="${words.mainNavigation}">
              <ul class="nl-nav-bar__list">
                ${[
                  { label: words.overview, address: catalogue.id },
                  ...(links.versions === undefined ? [] : [{ label: words.versions, address: links.versions }]),
                ].map(
                  ({ label, address }) =>
                    html`<li>
                      <a
                        class="nl-link"
                        href="${inPageLanguage(address, language)}"
                        ${address === url ? html` aria-current="page"` : ''}
                        >${label}</a
                      >
                    </li>`,
                )}
                <li class="nl-language">
                  <a class="nl-link" href="${inPageLanguage(url, other)}" lang="${other}" hreflang="${other}"
                    >${words.otherLanguage}</a
                  >
                </li>
              </ul>
            </nav>
          </div>
        </header>
        <main class="nl-page-content" id="inhoud" tabindex="-1">
          ${above.length === 0 ? '' : breadcrumb(here, above, title)}
          ${view.isEarlier === true ? earlierNote(view) : ''} ${main}
        </main>
        <footer class="nl-page-footer">
          <dl class="nl-data-summary">
            <dt>${words.version}</dt>
            <dd>${catalogue.version}</dd>
            <dt>${words.digest}</dt>
            <dd><code class="nl-code">${catalogue.digest}</code></dd>
            ${
              machine.length === 0
                ? ''
                : html`<dt>${words.machineReadable}</dt>
                    <dd>
                      ${machine.map(
                        ({ type, address, label }, index) =>
                          html`${index === 0 ? '' : ', '}<a class="nl-link" href="${address}" type="${type}"
                              >${label}</a
                            >`,
                      )}
                    </dd>`
            }
          </dl>
        </footer>
      </body>
    </html> `.toString()
}

function breadcrumb({ language }: { readonly language: Language }, above: PageContents['above'], title: string): Html {
  return html`<nav class="nl-breadcrumb" aria-label="${wordsIn(language).breadcrumb}">
    <ol class="nl-breadcrumb__list">
      ${above.map(
        ({ title: name, url }) => html`<li><a class="nl-link" href="${inPageLanguage(url, language)}">${name}</a></li>`,
      )}
      <li><span aria-current="page">${title}</span></li>
    </ol>
  </nav>`
}

function earlierNote({ language, catalogue }: CatalogueView): Html {
  const words = wordsIn(language)
  return html`<div class="nl-note">
    <p class="nl-paragraph">
      ${words.oldVersion} <a class="nl-link" href="${inPageLanguage(catalogue.id, language)}">${words.toCurrent}</a>
    </p>
  </div>`
}

/** The address of a page of a catalogue in a language; Dutch is what it is without saying so. */
export function inPageLanguage(url: string, language: Language): string {
  if (language === 'nl') return url
  const [path = '', fragment] = url.split('#')
  return `${path}${path.includes('?') ? '&' : '?'}taal=${language}${fragment === undefined ? '' : `#${fragment}`}`
}

/** A link to a page of this catalogue. */
export function pageLink(url: string, text: HtmlValue, language: Language): Html {
  const href = hrefOf(url)
  return href === undefined
    ? html`${text}`
    : html`<a class="nl-link" href="${inPageLanguage(href, language)}">${text}</a>`
}

/** A link to somewhere else, or the text alone where no link may lead. */
export function outwardLink(url: string, text: HtmlValue = url): Html {
  const href = hrefOf(url)
  return href === undefined ? html`${text}` : html`<a class="nl-link" href="${href}" rel="noreferrer">${text}</a>`
}

/** Names with what they stand for. What is empty is left out. */
export function properties(rows: readonly (readonly [name: string, value: HtmlValue])[]): Html {
  const filled = rows.map(([name, value]) => [name, html`${value}`] as const)
  return html`<dl class="nl-data-summary">
    ${filled.map(([name, value]) =>
      value.isEmpty
        ? ''
        : html`<dt>${name}</dt>
            <dd>${value}</dd>`,
    )}
  </dl>`
}

/** Several values as a list, one as it is. */
export function listed(items: readonly HtmlValue[]): HtmlValue {
  return items.length > 1
    ? html`<ul>
        ${items.map((item) => html`<li>${item}</li>`)}
      </ul>`
    : items[0]
}

/** Making one costs more than the page around it. */
const formats = Object.fromEntries(
  (['nl-NL', 'en-GB'] as const).flatMap((locale) => {
    const day = { dateStyle: 'long', timeZone: 'Europe/Amsterdam' } as const
    const [long, short] = [{ ...day, timeStyle: 'short' } as const, day]
    return [
      [`${locale}T`, new Intl.DateTimeFormat(locale, long)],
      [locale, new Intl.DateTimeFormat(locale, short)],
    ]
  }),
)

/** A moment as people read it, in the time of the Netherlands, with the moment itself for programs. */
export function moment(text: string, language: Language): Html {
  const at = Date.parse(text)
  const format = formats[`${language === 'nl' ? 'nl-NL' : 'en-GB'}${text.includes('T') ? 'T' : ''}`]
  if (Number.isNaN(at) || format === undefined) return html`${text}`
  return html`<time datetime="${text}">${format.format(at)}</time>`
}

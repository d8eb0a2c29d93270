import { createHash } from 'node:crypto'
import { Html } from './html.js'

/**
 * The look of the pages: tokens of our own in the structure of NL Design System, from brand (`--bronnet-`) by way of
 * common (`--basis-`) to components (`--nl-`), and classes named as its components are. Only the common tokens change
 * in the dark.
 */
const brandTokens = `
  --bronnet-color-blue-100: #eaf1f9;
  --bronnet-color-blue-300: #9cc3ee;
  --bronnet-color-blue-700: #0b5394;
  --bronnet-color-blue-900: #0a2f52;
  --bronnet-color-gray-100: #f4f5f7;
  --bronnet-color-gray-300: #c6cad2;
  --bronnet-color-gray-600: #4f5968;
  --bronnet-color-gray-800: #262d38;
  --bronnet-color-gray-900: #151a22;
  --bronnet-color-green-100: #e5f3e8;
  --bronnet-color-green-800: #14532d;
  --bronnet-color-yellow-100: #fdf3d1;
  --bronnet-color-yellow-300: #f2cf63;
  --bronnet-color-yellow-900: #5b3e00;
  --bronnet-color-white: #ffffff;
  --bronnet-color-black: #000000;
  --bronnet-font-family: system-ui, "Segoe UI", "Noto Sans", "Liberation Sans", sans-serif;
  --bronnet-font-family-code: ui-monospace, "Noto Sans Mono", "Liberation Mono", monospace;
  --bronnet-space: 0.5rem;`

const lightTokens = `
  --basis-color-default-color-document: var(--bronnet-color-gray-900);
  --basis-color-default-color-subtle: var(--bronnet-color-gray-600);
  --basis-color-default-bg-document: var(--bronnet-color-white);
  --basis-color-default-bg-subtle: var(--bronnet-color-gray-100);
  --basis-color-default-border: var(--bronnet-color-gray-300);
  --basis-color-accent-color: var(--bronnet-color-blue-700);
  --basis-color-accent-bg: var(--bronnet-color-blue-900);
  --basis-color-accent-inverse: var(--bronnet-color-white);
  --basis-color-positive-color: var(--bronnet-color-green-800);
  --basis-color-positive-bg: var(--bronnet-color-green-100);
  --basis-color-warning-color: var(--bronnet-color-yellow-900);
  --basis-color-warning-bg: var(--bronnet-color-yellow-100);
  --basis-focus-outline-color: var(--bronnet-color-black);
  --basis-focus-bg: var(--bronnet-color-yellow-300);
  --basis-focus-color: var(--bronnet-color-black);`

const darkTokens = `
  --basis-color-default-color-document: var(--bronnet-color-gray-100);
  --basis-color-default-color-subtle: var(--bronnet-color-gray-300);
  --basis-color-default-bg-document: var(--bronnet-color-gray-900);
  --basis-color-default-bg-subtle: var(--bronnet-color-gray-800);
  --basis-color-default-border: var(--bronnet-color-gray-600);
  --basis-color-accent-color: var(--bronnet-color-blue-300);
  --basis-color-positive-color: var(--bronnet-color-green-100);
  --basis-color-positive-bg: var(--bronnet-color-green-800);
  --basis-color-warning-color: var(--bronnet-color-yellow-100);
  --basis-color-warning-bg: var(--bronnet-color-yellow-900);
  --basis-focus-outline-color: var(--bronnet-color-yellow-300);`

const componentTokens = `
  --nl-heading-color: var(--basis-color-default-color-document);
  --nl-heading-level-1-font-size: clamp(1.6rem, 1.2rem + 2vw, 2.25rem);
  --nl-heading-level-2-font-size: clamp(1.3rem, 1.1rem + 1vw, 1.6rem);
  --nl-heading-level-3-font-size: 1.15rem;
  --nl-paragraph-lead-font-size: 1.15rem;
  --nl-link-color: var(--basis-color-accent-color);
  --nl-skip-link-background-color: var(--basis-focus-bg);
  --nl-skip-link-color: var(--basis-focus-color);
  --nl-code-background-color: var(--basis-color-default-bg-subtle);
  --nl-table-border-color: var(--basis-color-default-border);
  --nl-page-header-background-color: var(--basis-color-accent-bg);
  --nl-page-header-color: var(--basis-color-accent-inverse);
  --nl-page-max-inline-size: 64rem;`

const rules = `
*, *::before, *::after { box-sizing: border-box }
html { font-family: var(--bronnet-font-family); line-height: 1.5; -webkit-text-size-adjust: 100%; text-size-adjust: 100% }
body { margin: 0; color: var(--basis-color-default-color-document); background: var(--basis-color-default-bg-document); overflow-wrap: anywhere }
.nl-page-header { background: var(--nl-page-header-background-color); color: var(--nl-page-header-color) }
.nl-page-header .nl-link:not(:focus-visible) { color: inherit }
.nl-page-header__name { font-weight: 700; font-size: 1.15rem; margin: 0 }
.nl-page-header__content, .nl-page-content, .nl-page-footer { max-inline-size: var(--nl-page-max-inline-size); margin-inline: auto; padding: calc(2 * var(--bronnet-space)) }
.nl-page-header__content { display: flex; flex-wrap: wrap; gap: var(--bronnet-space) calc(4 * var(--bronnet-space)); align-items: baseline; justify-content: space-between }
.nl-page-footer { border-block-start: 1px solid var(--basis-color-default-border); color: var(--basis-color-default-color-subtle); font-size: 0.9rem }
.nl-nav-bar__list, .nl-breadcrumb__list { display: flex; flex-wrap: wrap; gap: var(--bronnet-space) calc(3 * var(--bronnet-space)); list-style: none; margin: 0; padding: 0 }
.nl-breadcrumb { font-size: 0.9rem; margin-block-end: calc(2 * var(--bronnet-space)) }
.nl-breadcrumb__list { gap: var(--bronnet-space) }
.nl-breadcrumb__list li + li::before { content: "\\203A\\00A0"; color: var(--basis-color-default-color-subtle) }
.nl-heading { color: var(--nl-heading-color); line-height: 1.25; margin-block: 1.5em 0.5em; text-wrap: balance }
.nl-heading--level-1 { font-size: var(--nl-heading-level-1-font-size); margin-block-start: 0 }
.nl-heading--level-2 { font-size: var(--nl-heading-level-2-font-size) }
.nl-heading--level-3 { font-size: var(--nl-heading-level-3-font-size) }
.nl-paragraph { max-inline-size: 45rem; margin-block: 0 1em }
.nl-paragraph--lead { font-size: var(--nl-paragraph-lead-font-size) }
.nl-link { color: var(--nl-link-color); text-underline-offset: 0.15em }
.nl-link:hover { text-decoration-thickness: 0.15em }
.nl-link, .nl-skip-link, summary { border-radius: 2px }
:focus-visible { outline: 3px solid var(--basis-focus-outline-color); outline-offset: 2px; background: var(--basis-focus-bg); color: var(--basis-focus-color) }
main:focus-visible, .nl-table-container:focus-visible { background: none; color: inherit }
.nl-skip-link { position: absolute; inset-inline-start: 0.5rem; inset-block-start: -10rem; padding: 0.75rem 1rem; z-index: 1; background: var(--nl-skip-link-background-color); color: var(--nl-skip-link-color) }
.nl-skip-link:focus { inset-block-start: 0.5rem }
.nl-data-summary { display: grid; grid-template-columns: minmax(9rem, 15rem) 1fr; margin: 0 0 1.5em }
.nl-data-summary > dt, .nl-data-summary > dd { padding-block: 0.5rem; border-block-end: 1px solid var(--basis-color-default-border); margin: 0 }
.nl-data-summary > dt { font-weight: 600; padding-inline-end: 1rem }
.nl-data-summary ul { margin: 0; padding-inline-start: 1.1rem }
.nl-table-container { overflow-x: auto; margin-block-end: 1.5em }
.nl-table { border-collapse: collapse; inline-size: 100%; overflow-wrap: normal }
.nl-table caption { text-align: start; color: var(--basis-color-default-color-subtle); padding-block-end: 0.5rem }
.nl-table th, .nl-table td { text-align: start; vertical-align: top; padding: 0.5rem 1rem 0.5rem 0; border-block-end: 1px solid var(--nl-table-border-color); min-inline-size: 8rem }
.nl-table ul { margin: 0; padding-inline-start: 1.1rem }
.nl-code { font-family: var(--bronnet-font-family-code); font-size: 0.9em; background: var(--nl-code-background-color); padding: 0.1em 0.3em; border-radius: 2px }
.nl-data-badge { display: inline-block; font-size: 0.9em; padding: 0.1em 0.6em; border-radius: 1em; border: 1px solid currentcolor; color: var(--basis-color-warning-color); background: var(--basis-color-warning-bg) }
.nl-data-badge--positive { color: var(--basis-color-positive-color); background: var(--basis-color-positive-bg) }
.nl-card { border: 1px solid var(--basis-color-default-border); border-radius: 4px; padding: calc(2 * var(--bronnet-space)); margin-block-end: calc(3 * var(--bronnet-space)) }
.nl-card > .nl-heading { margin-block-start: 0 }
.nl-note { border-inline-start: 4px solid var(--basis-color-accent-color); background: var(--basis-color-default-bg-subtle); padding: var(--bronnet-space) calc(2 * var(--bronnet-space)); margin-block-end: 1.5em }
.nl-note > .nl-paragraph:last-child { margin-block-end: 0 }
summary { cursor: pointer; padding-block: 0.25rem }
@media (max-width: 38rem) {
  .nl-data-summary { grid-template-columns: 1fr }
  .nl-data-summary > dt { border-block-end: 0; padding-block-end: 0 }
  .nl-data-summary > dd { padding-block-start: 0.1rem }
}
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth } }
@media (forced-colors: active) { .nl-data-badge, .nl-note { forced-color-adjust: auto } }
@media print {
  :root {${lightTokens}
    --nl-page-header-background-color: var(--bronnet-color-white);
    --nl-page-header-color: var(--bronnet-color-black) }
  .nl-skip-link, .nl-nav-bar, .nl-breadcrumb, .nl-language { display: none }
  .nl-page-header__content, .nl-page-content, .nl-page-footer { max-inline-size: none; padding-inline: 0 }
  .nl-table-container { overflow: visible }
  .nl-card, tr, dd { break-inside: avoid }
  .nl-heading { break-after: avoid }
  .nl-page-content .nl-link[href^="http"]::after, .nl-page-content .nl-link[href^="mailto"]::after { content: " (" attr(href) ")"; font-size: 0.85em }
}`

const styleSheet = `:root { color-scheme: light dark;${brandTokens}${lightTokens}${componentTokens} }
@media (prefers-color-scheme: dark) { :root {${darkTokens} } }${rules}
`

/** The style sheet of every page. Not a character may stand beside it in its element: the policy below knows its hash. */
export const styleElement = Html.trusted(`<style>${styleSheet}</style>`)

/**
 * The policy of every page: this one style sheet, and nothing else at all: no script, no image, no font, no frame, no
 * form, and nothing of another place.
 * @see W3C Content Security Policy Level 3
 */
export const pageSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(styleSheet).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

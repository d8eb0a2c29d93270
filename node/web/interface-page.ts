import { html, type Html } from './html.js'
import { membersTable, typeOf, type SchemaParts, type SchemaView } from './schema-table.js'
import { styleElement } from './style.js'

/** The parts of an OpenAPI 3.1 document that a page shows. */
export interface InterfaceDocument {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string }
  readonly servers: readonly { readonly url: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationView>>>>
  readonly components: { readonly schemas: SchemaParts }
}

interface OperationView {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary?: string
  readonly description?: string
  readonly parameters?: readonly ParameterView[]
  readonly requestBody?: { readonly required?: boolean; readonly content: ContentView }
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: ContentView }>>
}

interface ParameterView {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
  readonly schema?: SchemaView
}

type ContentView = Readonly<Record<string, { readonly schema?: SchemaView }>>

interface Operation {
  readonly method: string
  readonly path: string
  readonly view: OperationView
}

/**
 * A page with everything that an OpenAPI document says, complete without a script and the same for the same document.
 * Goes with `pageSecurityPolicy`. `links` are where the document itself is, and the pages beside this one.
 */
export function renderInterface(
  document: InterfaceDocument,
  links: { readonly document: string; readonly others: readonly { readonly title: string; readonly url: string }[] },
): string {
  const { info, servers, paths, components } = document
  const groups = new Map<string, Operation[]>()
  for (const [path, item] of Object.entries(paths)) {
    for (const [method, view] of Object.entries(item)) {
      const tag = view.tags[0] ?? ''
      groups.set(tag, [...(groups.get(tag) ?? []), { method: method.toUpperCase(), path, view }])
    }
  }
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${info.title}</title>
        <meta name="color-scheme" content="light dark" />
        <link rel="alternate" type="application/json" href="${links.document}" />
        ${styleElement}
      </head>
      <body>
        <a class="nl-skip-link" href="#content">To the content</a>
        <header class="nl-page-header">
          <div class="nl-page-header__content">
            <p class="nl-page-header__name">${info.title}</p>
            <nav class="nl-nav-bar" aria-label="Interfaces">
              <ul class="nl-nav-bar__list">
                <li><a class="nl-link" href="${links.document}">OpenAPI document</a></li>
                ${links.others.map(({ title, url }) => html`<li><a class="nl-link" href="${url}">${title}</a></li>`)}
              </ul>
            </nav>
          </div>
        </header>
        <main class="nl-page-content" id="content" tabindex="-1">
          <h1 class="nl-heading nl-heading--level-1">${info.title}</h1>
          <p class="nl-paragraph nl-paragraph--lead">${info.description}</p>
          <p class="nl-paragraph">
            Version ${info.version}, at
            ${servers.map(({ url }, index) => html`${index === 0 ? '' : ', '}<code class="nl-code">${url}</code>`)}.
          </p>
          <nav aria-label="Groups of operations">
            <ul>
              ${[...groups].map(
                ([tag, operations]) =>
                  html`<li><a class="nl-link" href="#${idOf(tag)}">${tag}</a> (${operations.length})</li>`,
              )}
            </ul>
          </nav>
          ${[...groups].map(([tag, operations]) => group(tag, operations, components.schemas))}
        </main>
      </body>
    </html> `.toString()
}

function group(tag: string, operations: readonly Operation[], parts: SchemaParts): Html {
  return html`<section aria-labelledby="${idOf(tag)}">
    <h2 class="nl-heading nl-heading--level-2" id="${idOf(tag)}">${tag}</h2>
    ${operations.map((operation) => card(operation, parts))}
  </section>`
}

function card({ method, path, view }: Operation, parts: SchemaParts): Html {
  const { operationId, summary, description, parameters = [], requestBody, responses } = view
  return html`<article class="nl-card" aria-labelledby="${operationId}">
    <h3 class="nl-heading nl-heading--level-3" id="${operationId}">
      <code class="nl-code">${method} ${path}</code> ${summary}
    </h3>
    ${description === undefined ? '' : html`<p class="nl-paragraph">${description}</p>`}
    ${parameters.length === 0 ? '' : parametersTable(parameters, operationId, parts)}
    ${
      requestBody === undefined
        ? ''
        : html`<p class="nl-paragraph">
              Body${requestBody.required === false ? ', may be left out' : ''}: ${mediaTypes(requestBody.content)}
            </p>
            ${shape('Shape of the body', requestBody.content, parts)}`
    }
    <dl class="nl-data-summary">
      ${Object.entries(responses).map(
        ([status, response]) =>
          html`<dt>${status}</dt>
            <dd>
              ${response.description} ${response.content === undefined ? '' : html`${mediaTypes(response.content)}`}
              ${Number(status) < 400 ? shape(`Shape of ${status}`, response.content, parts) : ''}
            </dd>`,
      )}
    </dl>
  </article>`
}

function parametersTable(parameters: readonly ParameterView[], operationId: string, parts: SchemaParts): Html {
  return html`<div class="nl-table-container" role="region" aria-label="Parameters of ${operationId}" tabindex="0">
    <table class="nl-table">
      <caption>
        Parameters
      </caption>
      <thead>
        <tr>
          <th scope="col">name</th>
          <th scope="col">where</th>
          <th scope="col">is</th>
          <th scope="col">meaning</th>
        </tr>
      </thead>
      <tbody>
        ${parameters.map(
          ({ name, in: where, required, description, schema }) =>
            html`<tr>
              <th scope="row"><code class="nl-code">${name}</code></th>
              <td>${where}${required === true ? ', required' : ''}</td>
              <td>${typeOf(schema ?? {}, parts)}</td>
              <td>${description}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`
}

function mediaTypes(content: ContentView): Html {
  return html`${Object.keys(content).map(
    (type, index) => html`${index === 0 ? '' : ', '}<code class="nl-code">${type}</code>`,
  )}`
}

/** The shape that the media types share, folded up; nothing where there is none to show. */
function shape(title: string, content: ContentView | undefined, parts: SchemaParts): Html | undefined {
  const schema = Object.values(content ?? {}).find(({ schema: own }) => own !== undefined && own['type'] !== 'string')
  if (schema?.schema === undefined || Object.keys(schema.schema).length === 0) return undefined
  return html`<details>
    <summary>${title}: ${typeOf(schema.schema, parts)}</summary>
    ${membersTable(schema.schema, parts, title)}
  </details>`
}

function idOf(tag: string): string {
  return `group-${tag.replace(/[^a-zA-Z0-9]+/g, '-')}`
}

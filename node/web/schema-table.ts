import { html, type Html } from './html.js'

/** A JSON Schema of draft 2020-12. */
export type SchemaView = Readonly<Record<string, unknown>>

/** Schemas that others point at, by name. */
export type SchemaParts = Readonly<Record<string, SchemaView>>

interface Member {
  readonly path: string
  readonly schema: SchemaView
  readonly isRequired: boolean
}

/** How deep a shape is laid out, and how many members of it: the document has the rest. */
const maxDepth = 6
const maxMembers = 150

/** The members of a shape, those inside others with their path. Nothing for a shape without members. */
export function membersTable(schema: SchemaView, parts: SchemaParts, title: string): Html | undefined {
  const members: Member[] = []
  gather(schema, parts, '', maxDepth, members)
  if (members.length === 0) return undefined
  return html`<div class="nl-table-container" role="region" aria-label="${title}" tabindex="0">
    <table class="nl-table">
      <thead>
        <tr>
          <th scope="col">member</th>
          <th scope="col">is</th>
          <th scope="col">meaning</th>
        </tr>
      </thead>
      <tbody>
        ${members.slice(0, maxMembers).map(
          ({ path, schema: own, isRequired }) =>
            html`<tr>
              <th scope="row"><code class="nl-code">${path}</code></th>
              <td>${typeOf(own, parts)}${isRequired ? '' : ', optional'}</td>
              <td>${textOf(own, 'description')}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    ${members.length > maxMembers ? html`<p>And more: see the OpenAPI document.</p>` : ''}
  </div>`
}

/** What a value is, in a few words; what lies deeper than four lists or choices is any JSON. */
export function typeOf(schema: SchemaView, parts: SchemaParts, depth = 4): string {
  if (depth === 0) return 'any JSON'
  const own = pointedAt(schema, parts)
  const choices = choicesOf(own)
  if (choices.length > 0) return [...new Set(choices.map((choice) => typeOf(choice, parts, depth - 1)))].join(' or ')
  if ('const' in own) return JSON.stringify(own['const'])
  if (Array.isArray(own['enum'])) return own['enum'].map((value) => JSON.stringify(value)).join(', ')
  const type = own['type']
  if (type === 'array') return `list of ${typeOf(asSchema(own['items']), parts, depth - 1)}`
  const format = textOf(own, 'format')
  if (typeof type === 'string') return format === undefined ? type : `${type} (${format})`
  return Array.isArray(type) ? type.join(' or ') : 'any JSON'
}

function gather(schema: SchemaView, parts: SchemaParts, path: string, depth: number, members: Member[]): void {
  if (depth === 0) return
  const own = pointedAt(schema, parts)
  for (const choice of choicesOf(own)) gather(choice, parts, path, depth - 1, members)
  if (own['type'] === 'array') gather(asSchema(own['items']), parts, `${path}[]`, depth - 1, members)
  const required = Array.isArray(own['required']) ? own['required'] : []
  for (const [name, member] of Object.entries(asSchema(own['properties']))) {
    const inside = `${path}${path === '' ? '' : '.'}${name}`
    const inner = asSchema(member)
    if (members.some((known) => known.path === inside)) continue
    members.push({ path: inside, schema: inner, isRequired: required.includes(name) })
    gather(inner, parts, inside, depth - 1, members)
  }
}

function choicesOf(schema: SchemaView): readonly SchemaView[] {
  return ['anyOf', 'oneOf', 'allOf'].flatMap((key) => {
    const list = schema[key]
    return Array.isArray(list) ? list.map(asSchema) : []
  })
}

function pointedAt(schema: SchemaView, parts: SchemaParts): SchemaView {
  const reference = textOf(schema, '$ref')
  if (reference === undefined) return schema
  return parts[reference.slice(reference.lastIndexOf('/') + 1)] ?? {}
}

function asSchema(value: unknown): SchemaView {
  // An object without a prototype of its own kind, as JSON has it.
  return typeof value === 'object' && value !== null ? (value as SchemaView) : {}
}

function textOf(schema: SchemaView, key: string): string | undefined {
  const value = schema[key]
  return typeof value === 'string' ? value : undefined
}

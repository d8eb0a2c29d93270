import { describe, expect, test } from '@jest/globals'
import { renderInterface, type InterfaceDocument } from '../../../node/web/interface-page.js'
import { membersTable, typeOf } from '../../../node/web/schema-table.js'

const document: InterfaceDocument = {
  info: { title: 'An interface', version: '1.2.3', description: 'For <everybody>.' },
  servers: [{ url: 'https://node.voorbeeld.example' }],
  paths: {
    '/things/{id}': {
      get: {
        operationId: 'get-things',
        tags: ['things'],
        summary: 'A thing',
        parameters: [
          { name: 'id', in: 'path', required: true, description: 'Which.', schema: { type: 'string', format: 'uuid' } },
        ],
        responses: {
          200: {
            description: 'It.',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/thing' } } },
          },
          404: { description: 'There is none.', content: { 'application/problem+json': {} } },
        },
      },
      delete: { operationId: 'delete-things', tags: ['things'], summary: 'Remove it', responses: {} },
    },
    '/other': { post: { operationId: 'post-other', tags: ['other things'], responses: {} } },
  },
  components: {
    schemas: {
      lists: { type: 'array', items: { $ref: '#/components/schemas/lists' } },
      thing: {
        type: 'object',
        required: ['name'],
        properties: {
          name: { type: 'string', description: 'What it is called.' },
          parts: { type: 'array', items: { $ref: '#/components/schemas/thing' } },
        },
      },
    },
  },
}
const page = renderInterface(document, { document: '/it.json', others: [{ title: 'Another', url: '/another' }] })
const find = (pattern: RegExp): readonly string[] => Array.from(page.matchAll(pattern), ([, text = '']) => text)

describe('the page of an interface', () => {
  test('is one whole page with a language, a title and the landmarks', () => {
    expect(page).toMatch(/^<!doctype html>\s*<html lang="en">/)
    expect(find(/<title>([^<]+)<\/title>/g)).toEqual(['An interface'])
    for (const landmark of ['header', 'main']) expect(find(new RegExp(`<(${landmark})[ >]`, 'g'))).toHaveLength(1)
    expect(page).toContain('<a class="nl-skip-link" href="#content">')
  })

  test('has every operation under its group, with a heading that skips no level', () => {
    expect(find(/<h([1-6])/g)).toEqual(['1', '2', '3', '3', '2', '3'])
    expect(find(/<code class="nl-code">([A-Z]+ \/[^<]*)<\/code>/g)).toEqual([
      'GET /things/{id}',
      'DELETE /things/{id}',
      'POST /other',
    ])
  })

  test('links to places that it has, each once', () => {
    const ids = find(/ id="([^"]+)"/g)
    expect(new Set(ids).size).toBe(ids.length)
    for (const target of [...find(/href="#([^"]+)"/g), ...find(/aria-labelledby="([^"]+)"/g)])
      expect(ids).toContain(target)
    expect(page).toContain('href="/it.json"')
    expect(page).toContain('href="/another"')
  })

  test('says what is asked and answered', () => {
    expect(page).toContain('string (uuid)')
    expect(page).toContain('What it is called.')
    expect(page).toContain('There is none.')
    expect(page).toContain('<code class="nl-code">parts[].name</code>')
  })

  test('takes text for text', () => {
    expect(page).toContain('For &lt;everybody&gt;.')
  })
})

describe('a shape', () => {
  test.each<[string, Record<string, unknown>]>([
    ['string', { type: 'string' }],
    ['"a", "b"', { enum: ['a', 'b'] }],
    ['false', { const: false }],
    ['list of integer', { type: 'array', items: { type: 'integer' } }],
    ['string or object', { anyOf: [{ type: 'string' }, { type: 'object' }, { type: 'string' }] }],
    ['object', { $ref: '#/components/schemas/thing' }],
    ['list of list of list of list of any JSON', { $ref: '#/components/schemas/lists' }],
    ['any JSON', {}],
  ])('in words: %s', (words, schema) => {
    expect(typeOf(schema, document.components.schemas)).toBe(words)
  })

  test('that holds itself is laid out to an end', () => {
    const table = membersTable({ $ref: '#/components/schemas/thing' }, document.components.schemas, 't')?.toString()
    expect(table).toContain('parts[].parts[].name')
  })

  test('without members has no table', () => {
    expect(membersTable({ type: 'string' }, {}, 't')).toBeUndefined()
  })
})

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Validator } from '@seriousme/openapi-schema-validator'
import { z } from 'zod'
import { jsonAnswer, type Route } from '../../../node/http/exchange.js'
import { createOpenApiDocument } from '../../../node/http/openapi/document.js'
import { createContractCheck, type OpenApiDocument } from '../../support/openapi-contract.js'
import { readOpenApiDocuments } from '../../support/openapi-documents.js'
import { startComposedNode, type ComposedNode } from './composed.js'

let running: ComposedNode
let documents: Readonly<Record<'internal' | 'public', OpenApiDocument>>
const country = 'http://publications.europa.eu/resource/authority/country/NLD'

beforeAll(async () => {
  running = await startComposedNode({
    catalogue: { name: 'CIZ', contact: 'gegevens@ciz.example', spatial: [country], lists: [] },
  })
  const read = async (path: string) => (await running.inside('GET', path)).json as OpenApiDocument
  documents = { internal: await read('/openapi.json'), public: await read('/public-openapi.json') }
})
afterAll(() => running.end())

const undocumented = ({ paths }: OpenApiDocument): readonly string[] =>
  Object.entries(paths).flatMap(([path, operations]) =>
    Object.values(operations).some(({ summary }) => summary === undefined) ? [path] : [],
  )

describe('the OpenAPI documents of a node', () => {
  test.each(['internal', 'public'] as const)('are valid: %s', async (listener) => {
    // The library adds to what it gets.
    const result = await new Validator().validate(structuredClone(documents[listener]) as never)
    expect(result).toMatchObject({ valid: true })
  })

  test('hold every path of their own listener', () => {
    expect(Object.keys(documents.internal.paths)).toEqual(
      expect.arrayContaining(['/internal/vcr/v2/issuer/vc', '/internal/vcr/v2/holder/{subject}/vc', '/health']),
    )
    expect(Object.keys(documents.public.paths)).toEqual(expect.arrayContaining(['/oauth2/{subject}/token']))
  })

  test('are not public', async () => {
    expect((await running.outside('GET', '/openapi.json')).status).toBe(404)
  })

  test.each(['/openapi', '/public-openapi'])('are pages too, which load nothing: %s', async (path) => {
    const { status, headers, text } = await running.inside('GET', path)
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/)
    expect(text).toContain(`<a class="nl-link" href="${path}.json">`)
    expect(text).not.toMatch(/<script|<link rel="stylesheet"|<img/)
    expect((await running.outside('GET', path)).status).toBe(404)
  })

  test('say in a header of every answer which version they are', async () => {
    const { info } = documents.internal
    for (const path of ['/health', '/nothing'])
      expect((await running.inside('GET', path)).headers.get('api-version')).toBe(info?.['version'])
  })

  test.each([
    ['/catalogus', 'text/turtle'],
    ['/catalogus/versions', 'application/json'],
    ['/catalogus/versions', 'text/html'],
    ['/catalogus/dienstencatalogus', 'application/json'],
    ['/catalogus/proof', 'application/jwt'],
  ])('name the forms that a catalogue has: %s as %s', async (path, accept) => {
    // Every answer is held against the document of its listener.
    const { status, headers } = await running.outside('GET', path, undefined, { accept })
    expect([status, headers.get('content-type')?.split(';', 1)[0]]).toEqual([200, accept])
  })

  test('say of every route what it does, also of a node that offers everything', async () => {
    const everything = await readOpenApiDocuments()
    expect([...undocumented(everything.internal), ...undocumented(everything.public)]).toEqual([])
  })
})

describe('a document', () => {
  const answer = z.object({ name: z.string(), children: z.array(z.string()).optional() }).describe('A thing.')
  const handle = () => Promise.resolve(jsonAnswer(200, {}))
  const node: z.ZodType = z.lazy(() => z.object({ inner: z.array(node).optional() }))
  const route: Route = {
    method: 'POST',
    pattern: '/internal/things/:id/parts',
    family: 'problem',
    body: { maxBytes: 10, mediaTypes: ['application/json'], optional: true },
    doc: {
      summary: 'Add a part',
      params: { id: 'Of the thing.' },
      query: z.object({ limit: z.coerce.number().int().default(5).describe('How many.'), type: z.string() }),
      body: z.strictObject({ part: z.string().default('x') }),
      answers: { 200: answer, 202: { mediaType: 'text/plain', about: 'Later.' }, 204: 'There already.' },
      refusals: [409],
    },
    handle,
  }
  const documentOf = (...routes: readonly Route[]) =>
    createOpenApiDocument({ title: 't', about: 'a', version: '1.0.0', urls: ['/'], routes })

  test('is made from what the route says', () => {
    const { paths } = documentOf(route) as unknown as OpenApiDocument
    expect(paths['/internal/things/{id}/parts']?.['post']).toMatchObject({
      summary: 'Add a part',
      tags: ['things'],
      parameters: [
        { name: 'id', in: 'path', required: true, description: 'Of the thing.' },
        { name: 'limit', in: 'query', required: false, description: 'How many.', schema: { type: 'integer' } },
        { name: 'type', in: 'query', required: true },
      ],
      requestBody: {
        required: false,
        content: { 'application/json': { schema: { properties: { part: { type: 'string' } } } } },
      },
      responses: {
        200: { description: 'A thing.', content: { 'application/json': { schema: { required: ['name'] } } } },
        202: { content: { 'text/plain': {} } },
        204: { description: 'There already.' },
        400: { content: { 'application/problem+json': {} } },
        409: {},
        415: {},
      },
    })
  })

  test('has a path once that several routes have under other names', () => {
    const rest: Route = { ...route, pattern: '/internal/things/*rest' }
    const one: Route = { ...route, pattern: '/internal/things/:id' }
    const paths = Object.keys((documentOf(one, rest) as unknown as OpenApiDocument).paths)
    expect(paths).toEqual(['/internal/things/{id}'])
  })

  test('is valid also with schemas that hold themselves', async () => {
    const recursive: Route = { ...route, pattern: '/r', doc: { summary: 'r', body: node, answers: { 200: node } } }
    const document = documentOf(route, recursive)
    expect(await new Validator().validate(structuredClone(document))).toMatchObject({ valid: true })
    const check = createContractCheck(document as unknown as OpenApiDocument)
    const seen = { method: 'POST', path: '/r', status: 200, contentType: 'application/json' }
    expect(check({ ...seen, json: { inner: [{ inner: [] }] } })).toBeUndefined()
    expect(check({ ...seen, json: { inner: [{ inner: 1 }] } })).toMatch(/another shape/)
  })

  test.each<[string, object, string | undefined]>([
    ['a good answer', {}, undefined],
    ['another status', { status: 201 }, 'not documented'],
    ['another media type', { contentType: 'text/html' }, 'as text/html'],
    ['another shape', { json: { name: 1 } }, 'another shape'],
    ['a member that is not in the schema', { json: { name: 'x', extra: 1 } }, 'another shape'],
    ['a body where there is none', { status: 204 }, 'undocumented body'],
    ['a refusal in another shape', { status: 409, contentType: 'application/problem+json', json: {} }, 'another shape'],
  ])('catches %s', (_, changes, fault) => {
    const check = createContractCheck(documentOf(route) as unknown as OpenApiDocument)
    const path = '/internal/things/1/parts?type=x'
    const seen = {
      method: 'POST',
      path,
      status: 200,
      contentType: 'application/json; charset=utf-8',
      json: { name: 'x' },
    }
    const found = check({ ...seen, ...changes })
    if (fault === undefined) expect(found).toBeUndefined()
    else expect(found).toContain(fault)
  })
})

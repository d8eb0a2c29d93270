import { z } from 'zod'
import { jsonAnswer, type HttpAnswer, type Route } from '../exchange.js'
import { createOpenApiDocument, type OpenApiOptions } from '../openapi/document.js'
import type { JsonSchema } from '../openapi/schemas.js'

type Interface = Pick<OpenApiOptions, 'urls' | 'routes' | 'access'>

/** The documents as pages for people. Who renders them stands above what serves them. */
export interface InterfacePages {
  /** The `Content-Security-Policy` that goes with every page. */
  readonly securityPolicy: string
  renderInterface(
    document: JsonSchema,
    links: { readonly document: string; readonly others: readonly { readonly title: string; readonly url: string }[] },
  ): string
}

export interface OpenApiRoutesDeps {
  readonly version: string
  readonly contact?: OpenApiOptions['contact']
  readonly pages: InterfacePages
  /** Asked at the first request: the listeners do not exist before their routes. */
  readonly publicInterface: () => Interface
  readonly internalInterface: () => Interface
}

const documentAnswer = z.record(z.string(), z.unknown()).describe('An OpenAPI 3.1 document.')

/** What both listeners promise, for whoever writes a program against them, and as pages to read. */
export function openApiRoutes(deps: OpenApiRoutesDeps): readonly Route[] {
  const { version, contact, pages } = deps
  const internal = once(() =>
    createOpenApiDocument({
      ...deps.internalInterface(),
      version,
      contact,
      title: 'bronnet, internal interface',
      about:
        'For the organisation’s own applications and administrators. Paths and shapes are those of nuts-node v6 where ' +
        'both nodes have the function; what is new stands below /internal/bronnet/v1.',
    }),
  )
  const external = once(() =>
    createOpenApiDocument({
      ...deps.publicInterface(),
      version,
      contact,
      title: 'bronnet, public interface',
      about: 'For other nodes. OAuth, DID, discovery and GraphQL paths follow their own standards.',
    }),
  )
  const page = (document: () => JsonSchema, path: string, other: { title: string; url: string }) =>
    once((): HttpAnswer => ({
      status: 200,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': pages.securityPolicy,
        'cache-control': 'no-store',
      },
      body: pages.renderInterface(document(), { document: path, others: [other] }),
    }))
  const route = (
    pattern: string,
    summary: string,
    answers: NonNullable<Route['doc']>['answers'],
    answer: () => HttpAnswer,
  ): Route => ({
    method: 'GET',
    pattern,
    family: 'problem',
    callers: 'anybody',
    doc: { summary, answers },
    handle: () => Promise.resolve(answer()),
  })
  const htmlAnswer = { 200: { mediaType: 'text/html', about: 'A page that loads nothing else.' } }
  return [
    route(
      '/openapi.json',
      'The OpenAPI document of the internal interface',
      { 200: documentAnswer },
      once(() => jsonAnswer(200, internal())),
    ),
    route(
      '/public-openapi.json',
      'The OpenAPI document of the public interface',
      { 200: documentAnswer },
      once(() => jsonAnswer(200, external())),
    ),
    route(
      '/openapi',
      'The internal interface as a page',
      htmlAnswer,
      page(internal, '/openapi.json', { title: 'Public interface', url: '/public-openapi' }),
    ),
    route(
      '/public-openapi',
      'The public interface as a page',
      htmlAnswer,
      page(external, '/public-openapi.json', { title: 'Internal interface', url: '/openapi' }),
    ),
  ]
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}

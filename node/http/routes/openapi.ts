import { z } from 'zod'
import { jsonAnswer, type Route } from '../exchange.js'
import { createOpenApiDocument, type OpenApiOptions } from '../openapi/document.js'

type Interface = Pick<OpenApiOptions, 'urls' | 'routes'>

export interface OpenApiRoutesDeps {
  readonly version: string
  /** Asked at the first request: the listeners do not exist before their routes. */
  readonly publicInterface: () => Interface
  readonly internalInterface: () => Interface
}

const documentAnswer = z.record(z.string(), z.unknown()).describe('An OpenAPI 3.1 document.')

/** What both listeners promise, for whoever writes a program against them. */
export function openApiRoutes({ version, publicInterface, internalInterface }: OpenApiRoutesDeps): readonly Route[] {
  return [
    documentRoute('/openapi.json', 'The OpenAPI document of the internal interface', () => ({
      ...internalInterface(),
      version,
      title: 'bronnet, internal interface',
      about:
        'For the organisation’s own applications and administrators. Paths and shapes are those of nuts-node v6 where ' +
        'both nodes have the function; what is new stands below /internal/bronnet/v1.',
    })),
    documentRoute('/public-openapi.json', 'The OpenAPI document of the public interface', () => ({
      ...publicInterface(),
      version,
      title: 'bronnet, public interface',
      about: 'For other nodes. OAuth, DID, discovery and GraphQL paths follow their own standards.',
    })),
  ]
}

function documentRoute(pattern: string, summary: string, describe: () => OpenApiOptions): Route {
  let answer: ReturnType<typeof jsonAnswer> | undefined
  return {
    method: 'GET',
    pattern,
    family: 'problem',
    doc: { summary, answers: { 200: documentAnswer } },
    handle: () => Promise.resolve((answer ??= jsonAnswer(200, createOpenApiDocument(describe())))),
  }
}

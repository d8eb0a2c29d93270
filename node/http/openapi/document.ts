import { z } from 'zod'
import type { DocumentedBody, PromisedRoute, RouteDoc } from '../exchange.js'
import { refusalName, writeRefusals, writeRefusalSchemas, type Responses } from './refusals.js'
import { createSchemaWriter, type JsonSchema, type SchemaWriter } from './schemas.js'

export interface OpenApiOptions {
  readonly title: string
  readonly about: string
  readonly version: string
  /** Whom to ask. */
  readonly contact?: { readonly name: string; readonly email: string; readonly url: string } | undefined
  /** The base URLs by which callers reach it. */
  readonly urls: readonly string[]
  readonly routes: readonly PromisedRoute[]
  /** What keeps strangers out: callers sign in, or calls for pages of others are refused. */
  readonly access?: 'sign-in' | 'own-site' | undefined
}

const signInRefused = [401, 403, 429]

/**
 * The OpenAPI 3.1 document of a listener, from its routes and their schemas. A route without `doc` is in it with its
 * path and its refusals, and without a summary.
 * @see OpenAPI Specification 3.1; NL API Design Rules `/core/doc-openapi`
 */
export function createOpenApiDocument({
  title,
  about,
  version,
  contact,
  urls,
  routes,
  access,
}: OpenApiOptions): JsonSchema {
  const writer = createSchemaWriter()
  const paths: Record<string, Record<string, JsonSchema>> = {}
  /** Two paths that differ in the names of their parameters only are one. @see OpenAPI Specification 3.1 section 4.8.8.2 */
  const pathOfShape = new Map<string, string>()
  for (const route of routes) {
    const path = route.pattern.replace(/[:*]([a-zA-Z]+)/g, '{$1}')
    const shape = path.replace(/\{[^}]*\}/g, '{}')
    const known = pathOfShape.get(shape) ?? path
    // What takes all that is left of a path looks like one that takes a segment: the one that came first is described.
    if (known !== path) continue
    pathOfShape.set(shape, path)
    const item = (paths[path] ??= {})
    const operation = writeOperation(route, writer)
    item[route.method.toLowerCase()] = withAccess(operation, route, access)
  }
  const refusals = writeRefusalSchemas(writer)
  return {
    openapi: '3.1.0',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: {
      title,
      version,
      description: about,
      ...(contact === undefined ? {} : { contact }),
      license: { name: 'EUPL-1.2', identifier: 'EUPL-1.2' },
    },
    servers: urls.map((url) => ({ url })),
    paths,
    components: {
      headers: {
        'api-version': { description: 'Version of the interface, as in this document.', schema: { type: 'string' } },
      },
      schemas: { ...writer.shared(), ...refusals },
      ...(access === 'sign-in' ? { securitySchemes: { signIn: signInScheme } } : {}),
    },
  }
}

type Operation = JsonSchema & { readonly description?: string; readonly responses: Responses }

function writeOperation(route: PromisedRoute, writer: SchemaWriter): Operation {
  const { method, pattern, doc, body } = route
  const operationId = `${method.toLowerCase()}${pattern.replace(/[^a-zA-Z0-9]+/g, '-').replace(/-$/, '')}`
  return {
    operationId,
    tags: [tagOf(pattern)],
    ...(doc === undefined ? {} : { summary: doc.summary }),
    ...(doc?.about === undefined ? {} : { description: doc.about }),
    parameters: [...pathParameters(pattern, doc), ...queryParameters(doc, writer, operationId)],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: body.optional !== true,
            content: Object.fromEntries(
              body.mediaTypes.map((mediaType) => [
                mediaType,
                doc?.body === undefined ? {} : { schema: writer.input(doc.body, `${operationId}-body`) },
              ]),
            ),
          },
        }),
    responses: withRefusals(writeAnswers(doc, writer, operationId), writeRefusals(route)),
  }
}

const signInScheme = {
  type: 'http',
  scheme: 'bearer',
  bearerFormat: 'JWT',
  description: 'A token under a key that the node lists, as nuts-node v6 has it (token_v2): docs/administer.md.',
}

/** What is also said of an operation of a listener that keeps strangers out: who may call it, and how others are refused. */
function withAccess(
  operation: Operation,
  { callers = [] }: PromisedRoute,
  access: OpenApiOptions['access'],
): JsonSchema {
  if (access === undefined) return operation
  if (callers === 'anybody') return access === 'sign-in' ? { ...operation, security: [] } : operation
  if (access === 'own-site') {
    return { ...operation, responses: withProblems(operation, 'Not for pages of others.', [403]) }
  }
  const roles = ['administrator', ...callers]
  return {
    ...operation,
    description: [operation.description, `For who signs in as ${roles.join(' or ')}.`]
      .filter((part) => part !== undefined)
      .join(' '),
    security: [{ signIn: [] }],
    // The same for programs: any one of these.
    'x-roles': roles,
    responses: withProblems(
      operation,
      'Who calls did not sign in, or may not; the body says what to do.',
      signInRefused,
    ),
  }
}

function withProblems({ responses }: Operation, description: string, statuses: readonly number[]): Responses {
  const schema = { $ref: `#/components/schemas/${refusalName('problem')}` }
  const refusal = { description, content: { 'application/problem+json': { schema } } }
  return withRefusals(responses, Object.fromEntries(statuses.map((status) => [String(status), refusal])))
}

/** The first words of the path: interfaces of nuts-node v6 stay together, and so do our own. */
function tagOf(pattern: string): string {
  const [first = '', second = '', third = ''] = pattern.split('/').filter((segment) => segment !== '')
  if (first !== 'internal') return first
  return second === 'bronnet' ? `${second} ${third}` : second
}

function pathParameters(pattern: string, doc: RouteDoc | undefined): readonly JsonSchema[] {
  return [...pattern.matchAll(/([:*])([a-zA-Z]+)/g)].map(([, kind, name = '']) => ({
    name,
    in: 'path',
    required: true,
    description: doc?.params?.[name] ?? `The ${name}, percent-encoded.`,
    schema: { type: 'string' },
    // OpenAPI has no word for it: all that is left of the path, slashes too.
    ...(kind === '*' ? { 'x-rest-of-path': true } : {}),
  }))
}

function queryParameters(doc: RouteDoc | undefined, writer: SchemaWriter, operationId: string): readonly JsonSchema[] {
  const named = Object.entries(doc?.query?.shape ?? {}).map(([name, member]) => {
    const own = member as z.ZodType // The library types members by their core; every one of ours is a full schema.
    const { description, ...schema } = writer.input(own, `${operationId}-${name}`)
    const required = !own.safeParse(undefined).success
    return { name, in: 'query', required, ...(description === undefined ? {} : { description }), schema }
  })
  return doc?.query?.def.catchall === undefined ? named : [...named, anyOtherParameter]
}

/** For a query that takes other names than those that are documented: an object whose members are the parameters. */
const anyOtherParameter: JsonSchema = {
  name: 'conditions',
  in: 'query',
  required: false,
  style: 'form',
  explode: true,
  description: 'Each member is a parameter of its own.',
  schema: { type: 'object', additionalProperties: { type: 'string' } },
}

/** Of every answer that is no refusal. @see NL API Design Rules `/core/version-header` */
const headers = { 'API-Version': { $ref: '#/components/headers/api-version' } }

/** A status can be an answer and a refusal, each in media types of its own. */
function withRefusals(answers: Responses, refusals: Responses): Responses {
  const both = Object.entries(refusals).map(([status, refusal]) => {
    const answer = answers[status]
    const content = { ...answer?.content, ...refusal.content }
    return [status, answer === undefined ? refusal : { description: answer.description, content }] as const
  })
  return { ...answers, ...Object.fromEntries(both) }
}

function writeAnswers(doc: RouteDoc | undefined, writer: SchemaWriter, operationId: string): Responses {
  return Object.fromEntries(
    Object.entries(doc?.answers ?? {}).map(([status, answer]) => {
      const shared = Number(status) < 400 ? { headers } : {}
      if (typeof answer === 'string') return [status, { description: answer, ...shared }]
      if (!(answer instanceof z.ZodType))
        return [status, { ...writeBody(answer, writer, `${operationId}-${status}`), ...shared }]
      const schema = writer.output(answer, `${operationId}-${status}`)
      return [
        status,
        {
          description: answer.description ?? 'Done.',
          ...shared,
          content: { [doc?.mediaType ?? 'application/json']: { schema } },
        },
      ]
    }),
  )
}

function writeBody(
  { mediaType, about, schema }: DocumentedBody,
  writer: SchemaWriter,
  name: string,
): Responses[string] {
  const own = schema === undefined ? undefined : writer.output(schema, name)
  const mediaTypes = typeof mediaType === 'string' ? [mediaType] : mediaType
  const content = mediaTypes.map((type) => {
    // What is JSON of a shape that stands elsewhere is any JSON here.
    const isJson = /[/+]json$/.test(type)
    return [type, { schema: isJson ? (own ?? {}) : { type: 'string' } }] as const
  })
  return { description: about, content: Object.fromEntries(content) }
}

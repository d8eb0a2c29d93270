import { z } from 'zod'
import type { Forward } from '../../catalogue/forward.js'
import type { PageRequest } from '../../catalogue/list-pages.js'
import type { ListServer } from '../../catalogue/list-server.js'
import { NodeError } from '../../kernel/errors.js'
import { discoveryPageSchema } from '../../../schemas/wire/discovery.js'
import { parseJsonBody } from '../door.js'
import { emptyAnswer, type HttpAnswer, type Route } from '../exchange.js'
import { createOpenApiDocument } from '../openapi/document.js'
import { parseParameters } from '../parse.js'

const pageQuery = z.object({
  timestamp: z
    .string()
    .regex(/^\d{1,15}$/, 'a whole number, zero or more')
    .default('0')
    .describe('only entries with a higher number'),
  limit: z
    .string()
    .regex(/^(?:[1-9]\d{0,2}|1000)$/, 'a whole number from 1 to 1000')
    .optional()
    .describe('at most so many entries; the answer then says with `more` whether others follow'),
})

export interface DiscoveryListRoutesDeps {
  readonly listServer: Pick<ListServer, 'register' | 'page'>
  readonly forward: Forward
  /** Ids of the services that this node hosts. */
  readonly hosted: readonly string[]
}

/** A page of a list, and a registration: what they promise. */
const readPage = {
  method: 'GET',
  family: 'problem',
  doc: {
    summary: 'The entries of a discovery list after a number',
    about:
      'At most 900 kB, lowest numbers first; `timestamp` is that of the last entry in the answer when there are more. A ' +
      'list that this node knows and does not host is asked of the node that hosts it.',
    params: { service: 'id of the discovery service' },
    query: pageQuery,
    answers: { 200: discoveryPageSchema, 304: 'Nothing changed since the answer with this `ETag`.' },
    refusals: [404, 502, 504],
  },
} as const satisfies Partial<Route>
const register = {
  method: 'POST',
  family: 'problem',
  body: { maxBytes: 128 * 1024, mediaTypes: ['application/json'] },
  doc: {
    summary: 'Registers at a discovery list, or withdraws a registration',
    about:
      'The body is a JSON string: a JWT presentation that fulfils the definition of the service. It takes the place of ' +
      'what its signer registered before. Passed on for a list that this node knows and does not host.',
    params: { service: 'id of the discovery service' },
    body: z.string(),
    answers: { 201: 'It is on the list.' },
    refusals: [404, 502, 504],
  },
} as const satisfies Partial<Route>

/** The discovery lists that the node hosts, and the way to those that it knows. @see Nuts RFC022; nuts-node v6 */
export function discoveryListRoutes({ listServer, forward, hosted }: DiscoveryListRoutesDeps): readonly Route[] {
  return [
    {
      ...readPage,
      pattern: '/discovery/:service',
      hot: true,
      quiet: true,
      async handle({ params, query, header, trace }) {
        const { service = '' } = params
        const request = parsePageRequest(query)
        if (!hosted.includes(service)) {
          const body = await forward.page({ service, header, trace }, request)
          return { status: 200, headers: pageHeaders, body }
        }
        const page = await listServer.page(service, request)
        const headers = { ...pageHeaders, etag: page.etag }
        if (isNamedBy(header('if-none-match'), page.etag)) return { status: 304, headers }
        return acceptsGzip(header('accept-encoding'))
          ? { status: 200, headers: { ...headers, 'content-encoding': 'gzip' }, body: await page.packed() }
          : { status: 200, headers, body: page.body }
      },
    },
    {
      ...register,
      pattern: '/discovery/:service',
      async handle({ params, header, body, trace }): Promise<HttpAnswer> {
        const { service = '' } = params
        const presentation = parseJsonBody(body)
        if (typeof presentation !== 'string') {
          throw new NodeError('discovery.registration_invalid', {
            notes: ['the body is a JSON string: a JWT presentation'],
          })
        }
        if (hosted.includes(service)) await listServer.register(service, presentation, trace)
        else await forward.register({ service, header, trace }, presentation)
        return emptyAnswer(201)
      },
    },
  ]
}

/**
 * The OpenAPI document of the list at `address` alone, for who finds it in a catalogue.
 * @param version of the node
 */
export function describeListInterface({ address, version }: { readonly address: string; readonly version: string }) {
  const pattern = '/:service'
  return createOpenApiDocument({
    title: 'Discovery list',
    about: 'Who is listed in a discovery service, and how to be (Nuts RFC022).',
    version,
    urls: [address.slice(0, address.lastIndexOf('/'))],
    routes: [
      { ...readPage, pattern },
      { ...register, pattern },
    ],
  })
}

/** Peers of nuts-node v6 keep a cacheable answer for ever; who sends the `ETag` back asks all the same. */
const pageHeaders = {
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'no-store',
  vary: 'accept-encoding',
}

function parsePageRequest(query: Readonly<Record<string, string>>): PageRequest {
  const { timestamp, limit } = parseParameters(pageQuery, query)
  return { after: Number(timestamp), ...(limit === undefined ? {} : { limit: Number(limit) }) }
}

/** @see RFC 9110 section 13.1.2: the comparison is weak */
function isNamedBy(header: string | undefined, etag: string): boolean {
  const names = (header ?? '').split(',').map((name) => name.trim().replace(/^W\//, ''))
  return names.includes(etag.replace(/^W\//, ''))
}

/** @see RFC 9110 section 12.5.3 */
function acceptsGzip(header: string | undefined): boolean {
  return (header ?? '').split(',').some((coding) => {
    const [name = '', ...parameters] = coding.split(';').map((part) => part.trim().toLowerCase())
    return ['gzip', 'x-gzip'].includes(name) && !parameters.some((parameter) => /^q=0(?:\.0{0,3})?$/.test(parameter))
  })
}

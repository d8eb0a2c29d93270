import { createServer, type IncomingMessage, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { findResources, type FhirRecord } from './fhir-search.js'

/** A FHIR R4 server of one practice: what such a practice has already, small and of fictitious data. */
export interface FhirServer {
  /** Its base URL, once it listens. */
  readonly url: string
  close(): Promise<void>
}

export interface FhirServerOptions {
  readonly port: number
  readonly records: readonly FhirRecord[]
  /** The value of the Authorization header without which it answers nothing. */
  readonly authorization: string
  /** Told of each request that it takes: method, path and parameters. */
  readonly onRequest?: (line: string) => void
}

/**
 * Starts a server on this machine that answers reads and searches of the types that it has: an honest subset of FHIR, which
 * refuses what it does not know. It knows nothing of networks, tokens or consent: that is the work of the node in front.
 * @see FHIR R4 http.html
 */
export async function startFhirServer(options: FhirServerOptions): Promise<FhirServer> {
  let base = ''
  // Longer than a node keeps a connection that rests: else it could end just when a request is under way.
  const server: Server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    void answer(request, base, options).then(
      ({ status, body, headers = {} }) => {
        response.writeHead(status, { 'content-type': 'application/fhir+json; charset=utf-8', ...headers })
        response.end(JSON.stringify(body))
      },
      () => response.writeHead(500).end(),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', resolve)
  })
  const address = server.address()
  base = `http://127.0.0.1:${String(typeof address === 'object' && address !== null ? address.port : options.port)}/fhir`
  return {
    url: base,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

interface Answer {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

async function answer(request: IncomingMessage, base: string, options: FhirServerOptions): Promise<Answer> {
  const { records, authorization, onRequest } = options
  const url = new URL(request.url ?? '/', base)
  const form = request.method === 'POST' ? await text(request) : ''
  const parameters = [...url.searchParams, ...new URLSearchParams(form)]
  if (request.headers.authorization !== authorization) return refuse(401, 'login', 'who are you?')
  onRequest?.(`${request.method ?? ''} ${url.pathname}${url.search} ${form}`.trim())
  const [type = '', id, ...rest] = url.pathname.replace(/^\/fhir\//, '').split('/')
  const isSearch = (request.method === 'POST' && id === '_search') || (request.method === 'GET' && id === undefined)
  if (rest.length > 0 || (!isSearch && request.method !== 'GET'))
    return refuse(405, 'not-supported', 'read and search only')
  const ofType = records.filter(({ resourceType }) => resourceType === type)
  if (ofType.length === 0) return refuse(404, 'not-supported', 'no such type')
  if (isSearch)
    return findResources({ base, type, parameters, records }) ?? refuse(400, 'not-supported', 'an unknown parameter')
  const found = ofType.find((record) => record.id === id)
  if (found === undefined) return refuse(404, 'not-found', `there is no ${type}/${id ?? ''}`)
  const { versionId, lastUpdated } = found.meta
  return {
    status: 200,
    body: found,
    headers: { etag: `W/"${versionId}"`, 'last-modified': new Date(lastUpdated).toUTCString() },
  }
}

function refuse(status: number, code: string, diagnostics: string): Answer {
  return { status, body: { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code, diagnostics }] } }
}

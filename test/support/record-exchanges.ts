import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { gunzipSync } from 'node:zlib'

/** A request with its answer, as they went over HTTP at a node. */
export interface Exchange {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly request: { readonly contentType: string | null; readonly text: string }
  readonly status: number
  readonly contentType: string | null
  /** `undefined` when it was broken off, or too large to be kept. */
  readonly text: string | undefined
}

const maxKeptBytes = 256 * 1024
/** How often the same path is kept with the same outcome, when nobody says otherwise. */
const maxAlike = 5

/**
 * Gives `keep` what nodes of this process answer, until the function that it returns is called. Nodes are known by the
 * headers that every answer of theirs has; doubles of others do not have them. Costs a node nothing but copies.
 */
export function recordExchanges(keep: (exchange: Exchange) => void, alike = maxAlike): () => void {
  const seen = new Map<string, number>()
  const onStart = (message: unknown): void => {
    // What Node publishes on this channel.
    const { request, response } = message as { readonly request: IncomingMessage; readonly response: ServerResponse }
    const asked = copyRequest(request)
    const answered = copyResponse(response)
    response.once('finish', () => {
      if (!isOurs(response)) return
      const { method = '', url = '' } = request
      const contentType = headerOf(response, 'content-type')
      const kind = `${method} ${url.split('?', 1)[0] ?? ''} ${String(response.statusCode)} ${contentType ?? ''}`
      const count = seen.get(kind) ?? 0
      if (count >= alike) return
      seen.set(kind, count + 1)
      keep({
        method,
        path: url,
        request: { contentType: request.headers['content-type'] ?? null, text: asked(false) ?? '' },
        status: response.statusCode,
        contentType,
        text: answered(headerOf(response, 'content-encoding') === 'gzip'),
      })
    })
  }
  subscribe('http.server.request.start', onStart)
  return () => void unsubscribe('http.server.request.start', onStart)
}

/** The headers as they were written: `writeHead` with an object sets none that `getHeader` would find. */
const written = new WeakMap<ServerResponse, Readonly<Record<string, unknown>>>()

function headerOf(response: ServerResponse, name: string): string | null {
  const value = written.get(response)?.[name] ?? response.getHeader(name)
  return typeof value === 'string' ? value : null
}

function isOurs(response: ServerResponse): boolean {
  return headerOf(response, 'x-b3-traceid') !== null && headerOf(response, 'x-request-id') !== null
}

function copyRequest(request: IncomingMessage): Copy['text'] {
  const copy = createCopy()
  const push = request.push.bind(request)
  request.push = (chunk: unknown, encoding?: BufferEncoding) => {
    if (Buffer.isBuffer(chunk)) copy.add(chunk)
    return push(chunk, encoding)
  }
  return copy.text
}

function copyResponse(response: ServerResponse): Copy['text'] {
  const copy = createCopy()
  const add = (chunk: unknown): void => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) copy.add(chunk)
  }
  const [write, end, writeHead] = [response.write, response.end, response.writeHead].map((method) =>
    (method as (...values: unknown[]) => unknown).bind(response),
  ) as [typeof response.write, typeof response.end, (...values: unknown[]) => ServerResponse]
  response.write = ((...values: Parameters<typeof write>) => {
    add(values[0])
    return write(...values)
  }) as typeof response.write
  response.end = ((...values: Parameters<typeof end>) => {
    add(values[0])
    return end(...values)
  }) as typeof response.end
  response.writeHead = ((...values: unknown[]) => {
    const headers = values.find((value) => typeof value === 'object' && value !== null)
    if (headers !== undefined) written.set(response, headers as Readonly<Record<string, unknown>>)
    return writeHead(...values)
  }) as typeof response.writeHead
  return copy.text
}

interface Copy {
  add(chunk: string | Uint8Array): void
  /** `undefined` for what was too large. */
  text(isCompressed: boolean): string | undefined
}

function createCopy(): Copy {
  const chunks: Buffer[] = []
  let bytes = 0
  return {
    add(chunk) {
      bytes += chunk.length
      // Copied: who sent it may write over it.
      if (bytes <= maxKeptBytes) chunks.push(Buffer.from(chunk))
    },
    text(isCompressed) {
      if (bytes > maxKeptBytes) return undefined
      const whole = Buffer.concat(chunks)
      return (isCompressed && bytes > 0 ? gunzipSync(whole) : whole).toString()
    },
  }
}

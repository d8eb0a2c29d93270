import type { IncomingMessage } from 'node:http'
import { NodeError } from '../kernel/errors.js'
import { parseGuardedJson, decodeUtf8, type JsonLimits } from '../kernel/json-guard.js'
import type { Route } from './exchange.js'

const singleHeaders = new Set([
  'host',
  'authorization',
  'dpop',
  'content-type',
  'content-length',
  'accept',
  'traceparent',
  'x-b3-traceid',
])
/** What a proxy of the iWlz afsprakenstelsel says of a token that it checked. Here nobody else checks tokens. */
const refusedHeaders = new Set(['claims'])
const maxTargetLength = 8 * 1024
/** How many header lines are read; a request with more is refused. */
export const maxHeaderLines = 100
const maxFormFields = 50

/**
 * Refuses a request whose raw form two programs could read differently: a repeated header that must stand alone, no or
 * two hosts, a target that is not a plain path (two slashes in a row only where a route takes an IRI as it is), a transfer coding that would not be undone; and a header that only
 * somebody could send who wants to be taken for another.
 * @throws `request.bad_host`, `request.bad_header`, `request.bad_target`, `request.too_large`
 */
export function checkRawRequest(
  request: Pick<IncomingMessage, 'url' | 'rawHeaders' | 'headers'>,
  { allowsSlashes }: { readonly allowsSlashes: boolean } = { allowsSlashes: false },
): void {
  const target = request.url ?? ''
  if (target.length > maxTargetLength) throw new NodeError('request.too_large')
  const path = target.split('?', 1)[0] ?? ''
  const isPlain = /^\/[\x21-\x7E]*$/.test(target) && !/[\\#]|%5[cC]|%00/.test(path)
  if (!isPlain || (!allowsSlashes && path.includes('//')) || path.split('/').some(isDotSegment)) {
    throw new NodeError('request.bad_target')
  }
  // The platform undoes `chunked` and passes on what any other coding left, as if it were the body.
  const coding = request.headers['transfer-encoding']
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') throw new NodeError('request.bad_header')
  if (request.rawHeaders.length > 2 * maxHeaderLines) throw new NodeError('request.bad_header')
  const seen = new Set<string>()
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = (request.rawHeaders[index] ?? '').toLowerCase()
    if (refusedHeaders.has(name)) throw new NodeError('request.bad_header')
    if (!singleHeaders.has(name)) continue
    if (seen.has(name)) throw new NodeError(name === 'host' ? 'request.bad_host' : 'request.bad_header')
    seen.add(name)
  }
  if (request.headers.host === undefined || request.headers.host === '') throw new NodeError('request.bad_host')
}

function isDotSegment(segment: string): boolean {
  return /^(\.|%2[eE]){1,2}$/.test(segment)
}

/**
 * Reads the body up to the route's cap. A body that is announced as larger is refused without reading it.
 * @throws `request.too_large`, `request.unsupported_media_type`, `request.bad_body` when the caller breaks off
 */
export async function readBody(request: IncomingMessage, limits: Route['body']): Promise<Buffer> {
  if (limits === undefined) return Buffer.alloc(0)
  const { 'content-length': length, 'content-type': contentType, 'content-encoding': encoding } = request.headers
  const isEmpty = length === '0' || (length === undefined && request.headers['transfer-encoding'] === undefined)
  if (isEmpty && limits.optional === true) return Buffer.alloc(0)
  if (encoding !== undefined && encoding !== 'identity') throw new NodeError('request.unsupported_media_type')
  if (!isAccepted(contentType, limits.mediaTypes)) throw new NodeError('request.unsupported_media_type')
  if (Number(length ?? 0) > limits.maxBytes) throw new NodeError('request.too_large')
  const chunks: Buffer[] = []
  let bytes = 0
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > limits.maxBytes) {
        request.pause()
        reject(new NodeError('request.too_large'))
      } else chunks.push(chunk)
    })
    request.on('end', () => {
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks))
    })
    const broken = (): void => {
      reject(new NodeError('request.bad_body', { detail: 'the caller broke off' }))
    }
    request.on('error', broken)
    request.on('aborted', broken)
  })
}

function isAccepted(contentType: string | undefined, mediaTypes: readonly string[]): boolean {
  const [type = '', ...parameters] = (contentType ?? '').toLowerCase().split(';')
  if (!mediaTypes.includes(type.trim())) return false
  return parameters.every((parameter) => {
    const [name = '', value = ''] = parameter.trim().split('=')
    return name !== 'charset' || /^"?utf-8"?$/.test(value)
  })
}

/**
 * Parses a form or query flat: a repeated name is refused, brackets mean nothing.
 * @throws `request.bad_parameters`
 */
export function parseFlatForm(text: string): Readonly<Record<string, string>> {
  const fields: Record<string, string> = {}
  for (const [name, value] of parseFormPairs(text)) {
    if (Object.hasOwn(fields, name)) {
      throw new NodeError('request.bad_parameters', { notes: ['a parameter is repeated'] })
    }
    fields[name] = value
  }
  return fields
}

/** As `parseFlatForm`, for what may repeat a name: the pairs in their order. @throws `request.bad_parameters` */
export function parseFormPairs(text: string): readonly (readonly [name: string, value: string])[] {
  if (text === '') return []
  const pairs = text.split('&')
  if (pairs.length > maxFormFields) throw new NodeError('request.bad_parameters', { notes: ['too many fields'] })
  return pairs.map((pair) => {
    const equals = pair.indexOf('=')
    const name = decodeField(equals < 0 ? pair : pair.slice(0, equals))
    if (name === '__proto__')
      throw new NodeError('request.bad_parameters', { notes: ['a parameter has a reserved name'] })
    return [name, equals < 0 ? '' : decodeField(pair.slice(equals + 1))]
  })
}

/** U+0000 is refused here, because not every store can keep it. */
function decodeField(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  const decoded = spaced.includes('%') ? decodePercent(spaced) : spaced
  if (decoded.includes('\0')) throw new NodeError('request.bad_parameters', { notes: ['a parameter holds U+0000'] })
  return decoded
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new NodeError('request.bad_parameters', { cause, notes: ['a parameter is not UTF-8 in percent-encoding'] })
  }
}

/** A form body. @throws `request.bad_parameters`, `json.malformed` for text that is not UTF-8 */
export function parseFormBody(body: Buffer): Readonly<Record<string, string>> {
  return parseFlatForm(decodeUtf8(body))
}

/** A JSON body. @throws `json.*` */
export function parseJsonBody(body: Buffer, limits: Partial<JsonLimits> = {}): unknown {
  return parseGuardedJson(decodeUtf8(body), limits)
}

import { badParameters, NodeError } from '../kernel/errors.js'
import { notOffered } from '../sources/fhir/refuse.js'
import type { FhirCall } from '../../schemas/fhir/call.js'
import { parseFormPairs } from './door.js'
import type { FhirParameters } from './fhir-request.js'

/** A call of FHIR as its address and parameters say it. */
export type AddressedCall = Pick<FhirCall, 'interaction' | 'type' | 'inUrl'> & {
  readonly parameters: FhirParameters
  readonly id?: string
  readonly versionId?: string
}

/** A search for resources of a type. @throws `request.not_offered` for a name that FHIR keeps for operations */
export function searchCall(type: string, parameters: FhirParameters, place: 'in url' | 'in body'): AddressedCall {
  requirePlain(type)
  return { interaction: 'search-type', type, parameters, inUrl: place === 'in url' }
}

/** A read of one resource, or of one version of it. @throws `request.not_offered` as `searchCall` */
export function readCall(
  { type, id, version }: { readonly type: string; readonly id: string; readonly version?: string | undefined },
  parameters: FhirParameters,
): AddressedCall {
  requirePlain(type)
  requirePlain(id)
  const read = { type, id, parameters, inUrl: true }
  return version === undefined
    ? { ...read, interaction: 'read' }
    : { ...read, interaction: 'vread', versionId: version }
}

/** Names that FHIR keeps for operations and history are no type and no id. */
function requirePlain(name: string): void {
  if (/^[$_]/.test(name)) throw notOffered()
}

/**
 * Reads a call that was written down, as the routes of a source would: `url` stands below the base URL of the source.
 * @throws `request.not_offered` for an interaction that no source has, `request.bad_parameters`; neither repeats the URL
 * @see FHIR R4 http.html
 */
export function parseWrittenCall({
  method,
  url,
  body = '',
}: {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly body?: string | undefined
}): AddressedCall {
  const [path = '', ...queries] = url.replace(/^\//, '').split('?')
  const query = queries.join('?')
  if (/^[a-z][a-z0-9+.-]*:/i.test(path))
    throw badParameters('url stands below the base URL of the source, as Condition/c-1')
  const [type = '', second, third, version, ...others] = path.split('/').map(decodeSegment)
  if (method === 'POST') {
    if (type === '' || second !== '_search' || third !== undefined) throw notOffered()
    // What stands in two places could be read differently by two programs.
    if (query !== '') throw badParameters('with POST all parameters go in the body')
    return searchCall(type, parseFormPairs(body), 'in body')
  }
  if (body !== '') throw badParameters('a body goes with POST')
  const parameters = parseFormPairs(query)
  if (type === '' && parameters.some(([name]) => name === '_page'))
    throw badParameters('a page is decided about as the search that it goes on with: explain that')
  if (type === '' || others.length > 0) throw notOffered()
  if (second === undefined) return searchCall(type, parameters, 'in url')
  if (third === undefined) return readCall({ type, id: second }, parameters)
  if (third !== '_history' || version === undefined) throw notOffered()
  return readCall({ type, id: second, version }, parameters)
}

function decodeSegment(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new NodeError('request.bad_parameters', { cause, notes: ['url is not UTF-8 in percent-encoding'] })
  }
}

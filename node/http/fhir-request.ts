import { NodeError } from '../kernel/errors.js'
import { decodeUtf8 } from '../kernel/json-guard.js'
import { fhirMediaType } from '../../schemas/wire/fhir.js'
import { parseFormPairs } from './door.js'
import type { HttpRequest } from './exchange.js'
import { chooseMediaType, isUnchanged } from './negotiate.js'

const offered = [fhirMediaType, 'application/json'] as const
/** As a value of `_format`; a plus in a URL that was not encoded stands for a space. */
const formats = ['json', 'application/json', fhirMediaType, 'application/fhir json']
/** The release in a media type; what is not this one is not offered. @see FHIR R4 http.html#version-parameter */
const release = /;\s*fhirversion\s*=\s*"?([^";,\s]*)"?/i

/** Parameters of FHIR, in their order: a name may stand there twice. */
export type FhirParameters = readonly (readonly [name: string, value: string])[]

/**
 * The parameters of a search or read: from the query, and for POST from the body, which then has all of them.
 * @throws `request.bad_parameters`, `json.malformed` for a body that is not UTF-8
 */
export function readFhirParameters({ method, queryText = '', body }: HttpRequest): FhirParameters {
  if (method !== 'POST') return parseFormPairs(queryText)
  // What stands in two places could be read differently by two programs.
  if (queryText !== '')
    throw new NodeError('request.bad_parameters', { notes: ['with POST all parameters go in the body'] })
  return parseFormPairs(decodeUtf8(body))
}

/**
 * The media type of an answer, by `_format` where it is given, else by the header: JSON of FHIR R4.
 * @throws `request.not_acceptable`
 * @see FHIR R4 http.html#mime-type
 */
export function chooseFhirType(accept: string | undefined, parameters: FhirParameters): (typeof offered)[number] {
  const format = parameters.find(([name]) => name === '_format')?.[1]
  if (format !== undefined) {
    const [type = ''] = format.toLowerCase().split(';')
    if (!isOurRelease(format) || !formats.includes(type.trim())) throw notAcceptable()
    return fhirMediaType
  }
  const chosen = chooseMediaType(accept === undefined ? undefined : withOurRelease(accept), offered)
  if (chosen === undefined) throw notAcceptable()
  return chosen
}

/** The ranges of the header that let this release be sent; one that lets nothing be sent where there is none. */
function withOurRelease(accept: string): string {
  if (!release.test(accept)) return accept
  return accept.split(',').filter(isOurRelease).join(',') || 'application/none'
}

function isOurRelease(range: string): boolean {
  const asked = release.exec(range)?.[1]
  return asked === undefined || asked === '4.0' || asked === '4.0.1'
}

function notAcceptable(): NodeError {
  return new NodeError('request.not_acceptable', { notes: ['only JSON of FHIR R4: application/fhir+json'] })
}

/** True when what the caller has of a record is still good: by its tag, or by its time where no tag is sent. @see RFC 9110 section 13.2.2 */
export function isCurrent(
  { header }: Pick<HttpRequest, 'header'>,
  { etag, lastModified }: { readonly etag: string | undefined; readonly lastModified: string | undefined },
): boolean {
  const known = header('if-none-match')
  return known === undefined
    ? isUnmodified(header('if-modified-since'), lastModified)
    : etag !== undefined && isUnchanged(known, etag.replace(/^W\//, ''))
}

/** @see RFC 9110 section 13.1.3 */
function isUnmodified(ifModifiedSince: string | undefined, lastModified: string | undefined): boolean {
  if (ifModifiedSince === undefined || lastModified === undefined) return false
  const since = Date.parse(ifModifiedSince)
  return !Number.isNaN(since) && Date.parse(lastModified) <= since
}

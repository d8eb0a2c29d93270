import { NodeError } from '../kernel/errors.js'

/** A DID URL taken apart. */
export interface DidUrl {
  readonly did: string
  /** Begins with a slash; empty when there is none. */
  readonly path: string
  /** The parameters that DID Resolution defines, percent-decoded. */
  readonly parameters: Readonly<Partial<Record<DidParameter, string>>>
  /** Without `#`. */
  readonly fragment: string | undefined
}

/** Parameters of DID URLs, a closed list. @see DID Resolution section "DID Parameters" */
export const didParameters = ['service', 'serviceType', 'relativeRef', 'versionId', 'versionTime', 'hl'] as const
export type DidParameter = (typeof didParameters)[number]

const didSyntax = /^did:[a-z0-9]+:(?:(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})*:)*(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})+$/
const maxLength = 4096
/** RFC 3986 section 4.1 without a fragment. */
const referencePattern = /^(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*$/
const instantPattern = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/

/**
 * Takes a DID URL apart. `more` are parameters that were given beside it.
 * @throws `identity.did_malformed` when what stands for the DID is none, `identity.did_url_malformed` for the rest
 * @see DID Core sections 3.1 and 3.2
 */
export function parseDidUrl(text: string, more: Readonly<Record<string, string>> = {}): DidUrl {
  const [beforeFragment, fragment] = cut(text, '#')
  const [beforeQuery, query = ''] = cut(beforeFragment, '?')
  const [did] = cut(beforeQuery, '/')
  if (text.length > maxLength || !didSyntax.test(did)) {
    throw new NodeError('identity.did_malformed', { detail: 'not a DID' })
  }
  if (fragment !== undefined && !/^(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})+$/.test(fragment)) {
    throw malformed('the fragment is malformed')
  }
  const parameters: Partial<Record<DidParameter, string>> = {}
  for (const [name, value] of [...parseQuery(query), ...Object.entries(more)]) {
    const parameter = didParameters.find((known) => known === name)
    if (parameter === undefined) throw malformed('a parameter is unknown')
    if (parameters[parameter] !== undefined) throw malformed(`the parameter ${parameter} is there twice`)
    checkParameter(parameter, value)
    parameters[parameter] = value
  }
  if (
    parameters.relativeRef !== undefined &&
    parameters.service === undefined &&
    parameters.serviceType === undefined
  ) {
    throw malformed('relativeRef needs a service')
  }
  return { did, path: beforeQuery.slice(did.length), parameters, fragment }
}

/** What stands before and after the first `separator`; all of it is before one that is not there. */
function cut(text: string, separator: string): readonly [string, string?] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

/** The DID before the fragment of a key id; a text without a fragment as it is. Does not check that it is a DID. */
export function didOfKeyId(keyId: string): string {
  const hash = keyId.indexOf('#')
  return hash < 0 ? keyId : keyId.slice(0, hash)
}

function parseQuery(query: string): readonly (readonly [string, string])[] {
  if (query === '') return []
  return query.split('&').map((pair) => {
    const [name = '', ...value] = pair.split('=')
    return [decode(name), decode(value.join('='))]
  })
}

function checkParameter(name: DidParameter, value: string): void {
  if (!/^[\x20-\x7e]+$/.test(value)) throw malformed(`the parameter ${name} must be ASCII`)
  if (name === 'relativeRef' && !referencePattern.test(value)) throw malformed('relativeRef is not percent-encoded')
  if (name === 'versionTime' && !instantPattern.test(value)) throw malformed('versionTime must be in whole seconds UTC')
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new NodeError('identity.did_url_malformed', { cause, notes: ['the query is not percent-encoded'] })
  }
}

function malformed(note: string): NodeError {
  return new NodeError('identity.did_url_malformed', { notes: [note] })
}

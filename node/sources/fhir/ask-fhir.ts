import { NodeError } from '../../kernel/errors.js'
import { decodeUtf8 } from '../../kernel/json-guard.js'
import type { Outbound, OutboundAnswer, OutboundRequest } from '../../kernel/outbound.js'
import { fhirMediaType } from '../../../schemas/wire/fhir.js'
import { createSendWithHeader, type OwnHeader } from '../upstream/own-header.js'
import { parseResource } from './decimals.js'
import { isResource, type Resource } from './references.js'

export interface AskFhirDeps {
  /** To the server and to nothing else. */
  readonly outbound: Outbound
  /** Base URL of the server, without a slash at the end. */
  readonly base: string
  readonly header?: OwnHeader | undefined
  readonly timeoutMilliseconds: number
  readonly maxBytes: number
}

/** What the server has under one URL, with what it says of its version. */
export interface FoundResource {
  readonly resource: Resource
  readonly etag: string | undefined
  readonly lastModified: string | undefined
}

/** Asks a FHIR server that the organisation has. Every failure is `source.failed` or `source.timed_out`. */
export interface AskFhir {
  /** `undefined` for what is not there, or no longer. */
  read(path: string): Promise<FoundResource | undefined>
  /** Always by POST: parameters may be about a person, and URLs stand in logs. */
  search(type: string, parameters: readonly (readonly [string, string])[]): Promise<Resource>
  /** A page behind the first, by what follows `base` in its link. */
  page(suffix: string): Promise<Resource>
}

const mediaTypes = [fhirMediaType, 'application/json+fhir', 'application/json']

/**
 * Makes what asks a FHIR server, with the node's own credentials for it and never those of the requester. Nothing of what
 * the requester sent goes along, and what the server says of a failure goes no further: it may name persons.
 * @throws `config.invalid` when the header's file cannot be used
 * @see FHIR R4 http.html
 */
export async function createAskFhir(deps: AskFhirDeps): Promise<AskFhir> {
  const { outbound, base, timeoutMilliseconds, maxBytes } = deps
  const sendWithHeader = await createSendWithHeader(deps.header)

  async function send(request: Pick<OutboundRequest, 'method' | 'url' | 'headers' | 'body'>): Promise<OutboundAnswer> {
    try {
      return await sendWithHeader((own) =>
        outbound.request({
          ...request,
          // Strict: a server that leaves out what it does not know would give more than was asked.
          headers: { ...request.headers, prefer: 'handling=strict', ...own },
          accept: fhirMediaType,
          timeoutMilliseconds,
          maxResponseBytes: maxBytes,
          expectedMediaTypes: mediaTypes,
        }),
      )
    } catch (cause) {
      const code = NodeError.codeOf(cause)
      if (code === 'internal.stopping') throw cause
      throw new NodeError(code === 'outbound.timed_out' ? 'source.timed_out' : 'source.failed', {
        cause,
        detail: `the FHIR server cannot be asked (${code})`,
      })
    }
  }

  async function ask(request: Parameters<typeof send>[0]): Promise<Resource> {
    const answer = await send(request)
    if (answer.status !== 200) throw failed(`the FHIR server answers with status ${String(answer.status)}`)
    return resourceOf(answer)
  }

  return {
    async read(path) {
      const answer = await send({ method: 'GET', url: `${base}/${path}` })
      if (answer.status === 404 || answer.status === 410) return undefined
      if (answer.status !== 200) throw failed(`the FHIR server answers with status ${String(answer.status)}`)
      return {
        resource: resourceOf(answer),
        etag: answer.headers.get('etag'),
        lastModified: answer.headers.get('last-modified'),
      }
    },
    search: (type, parameters) =>
      ask({
        method: 'POST',
        url: `${base}/${type}/_search`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(parameters.map(([name, value]): [string, string] => [name, value])).toString(),
      }),
    page: (suffix) => ask({ method: 'GET', url: `${base}${suffix}` }),
  }
}

function resourceOf({ body }: OutboundAnswer): Resource {
  let parsed: unknown
  try {
    parsed = parseResource(decodeUtf8(body))
  } catch (cause) {
    throw failed('the FHIR server answers with what is no JSON that is read here', cause)
  }
  if (!isResource(parsed)) throw failed('the FHIR server answers with what is no resource')
  return parsed
}

/** What is wrong with an answer of the server, for the log of the node alone. */
export function failed(detail: string, cause?: unknown): NodeError {
  return new NodeError('source.failed', { detail, cause })
}

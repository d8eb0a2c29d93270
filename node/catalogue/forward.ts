import type { Audit } from '../audit/audit.js'
import { NodeError } from '../kernel/errors.js'
import type { Outbound, OutboundAnswer } from '../kernel/outbound.js'
import type { Trace } from '../kernel/trace.js'
import type { DiscoveryDefinition } from './definition.js'
import type { PageRequest } from './list-pages.js'
import { serverWords } from './server-words.js'

/** Says which host a forwarded request is for. nuts-node v6 sends it, and looks at it. */
const forwardedHostHeader = 'x-forwarded-host'
/** Marks what a node like this one has forwarded: it is not forwarded twice. @see RFC 9110 section 7.6.3 */
const via = '1.1 bronnet-discovery'

/** A request for a list that this node knows and does not host. */
export interface ForwardedRequest {
  readonly service: string
  /** A header of the request as it came in. */
  readonly header: (name: string) => string | undefined
  readonly trace: Trace
}

/**
 * Hands requests for lists that this node knows and does not host to the node that does: to the endpoint of its own
 * definition and nowhere else. What would go round is refused: for the host that it came by, for this node itself, and
 * what another node forwarded already.
 * @see nuts-node v6: a node that is not the server of a service forwards both calls
 */
export interface Forward {
  /**
   * The page as the server gives it, not looked at.
   * @throws `discovery.service_unknown`, `discovery.not_a_server` for what would go round, `outbound.*`
   */
  page(request: ForwardedRequest, page: PageRequest): Promise<Buffer>
  /**
   * Registers at the server; in the audit journal before it is sent.
   * @throws as `page`, and `discovery.registration_invalid` with the words of the server
   */
  register(request: ForwardedRequest, compact: string): Promise<void>
}

const maxPageBytes = 5 * 1024 * 1024

export function createForward(deps: {
  readonly outbound: Pick<Outbound, 'request'>
  readonly audit: Pick<Audit, 'record'>
  readonly definitions: readonly DiscoveryDefinition[]
  /** The public base URL of the node. */
  readonly url: string
}): Forward {
  const { outbound, audit, definitions } = deps
  const ownHost = new URL(deps.url).host

  function targetOf({ service, header }: ForwardedRequest): URL {
    const definition = definitions.find(({ id }) => id === service)
    if (definition === undefined) throw new NodeError('discovery.service_unknown')
    const target = new URL(definition.endpoint)
    const isForwarded = (header('via') ?? '').includes(via)
    if (target.host === ownHost || isForwarded || hostsIn(header(forwardedHostHeader)).includes(target.host)) {
      throw new NodeError('discovery.not_a_server', { detail: 'forwarding would go round' })
    }
    return target
  }

  const headersFor = ({ host }: URL): Record<string, string> => ({ [forwardedHostHeader]: host, via })

  return {
    async page(request, { after, limit }) {
      const target = targetOf(request)
      target.searchParams.set('timestamp', String(after))
      if (limit !== undefined) target.searchParams.set('limit', String(limit))
      const answer = await outbound.request({
        method: 'GET',
        url: target.href,
        headers: headersFor(target),
        accept: 'application/json',
        expectedMediaTypes: ['application/json'],
        maxResponseBytes: maxPageBytes,
        trace: request.trace,
      })
      if (answer.status === 200) return answer.body
      throw refusalOf(answer)
    },
    async register(request, compact) {
      const target = targetOf(request)
      const { service, trace } = request
      await audit.record({
        code: 'registration.forwarded',
        action: 'create',
        outcome: 'success',
        object: { service },
        trace,
      })
      const answer = await outbound.request({
        method: 'POST',
        url: target.href,
        headers: { ...headersFor(target), 'content-type': 'application/json' },
        accept: 'application/json, application/problem+json',
        body: JSON.stringify(compact),
        trace,
      })
      if (answer.status !== 201) throw refusalOf(answer)
    },
  }
}

/** The refusal of the server in our own shape. */
function refusalOf({ status, body }: OutboundAnswer): NodeError {
  if (status === 404) return new NodeError('discovery.service_unknown', { notes: ['the discovery server says so'] })
  if (status === 400) {
    return new NodeError('discovery.registration_invalid', {
      notes: ['the discovery server refuses the request', ...serverWords(body)],
    })
  }
  return new NodeError('outbound.bad_answer', { detail: `status ${String(status)}` })
}

/** Hosts as they stand in the header: several, and with or without a scheme. */
function hostsIn(value: string | undefined): readonly string[] {
  return (value ?? '').split(',').map((host) =>
    host
      .trim()
      .toLowerCase()
      .replace(/^[a-z]+:\/\//, '')
      .replace(/\/.*$/, ''),
  )
}

import { z } from 'zod'
import { NodeError } from '../../kernel/errors.js'
import type { NidAnswer, NidAsked } from '../../tokens/nid/grant-nid.js'
import { nidAnswerSchema, nidFormSchema, nidRequestSchema, type NidRequest } from '../../../schemas/wire/nid.js'
import { parseFormBody, parseJsonBody } from '../door.js'
import { jsonAnswer, type HttpRequest, type Route } from '../exchange.js'

/** The token request of one party, and who may be asked from where. */
export interface NidFace {
  readonly grant: (asked: NidAsked) => Promise<NidAnswer>
  readonly isAllowed: (address: string) => boolean
}

export interface NidRoutesDeps {
  readonly faceOf: (subject: string) => NidFace | undefined
  /** The header in which a proxy gives the certificate of the client; without it they are shown to the node itself only. */
  readonly certificateHeader: string | undefined
  readonly isProxy: (address: string) => boolean
}

/** The path of the face below the public URL of the node. */
function nidPath(subject: string): string {
  return `/nid/${subject}/auth/token`
}

/** Tokens for parties that connect as the iWlz afsprakenstelsel has it today. @see iWlz RFC0014 */
export function nidRoutes(deps: NidRoutesDeps): readonly Route[] {
  return [
    {
      method: 'POST',
      pattern: nidPath(':subject'),
      family: 'nid',
      throttled: [400, 401, 403, 413, 415],
      body: { maxBytes: 16 * 1024, mediaTypes: ['application/json', 'application/x-www-form-urlencoded'] },
      doc: {
        summary: 'Get a token on a client certificate, as the iWlz afsprakenstelsel has it today',
        about: 'In a form the member inside access_token is called access_token.sub.',
        body: z.union([nidRequestSchema, nidFormSchema]),
        answers: { 200: nidAnswerSchema },
        refusals: [401, 403, 404, 503],
      },
      async handle(request) {
        const face = deps.faceOf(request.params['subject'] ?? '')
        if (face === undefined) throw new NodeError('request.not_found')
        return jsonAnswer(200, await face.grant(readRequest(request, face, deps)))
      },
    },
  ]
}

function readRequest(request: HttpRequest, face: NidFace, { certificateHeader, isProxy }: NidRoutesDeps): NidAsked {
  const header = certificateHeader === undefined ? undefined : request.header(certificateHeader.toLowerCase())
  // A certificate that a proxy shows in TLS is its own: of the client it says what the header has.
  const fromProxy = isProxy(request.remoteAddress)
  const turnedAway = !face.isAllowed(request.callerAddress)
    ? 'address'
    : header !== undefined && !fromProxy
      ? 'header'
      : undefined
  return {
    certificate: fromProxy ? header : request.clientCertificate(),
    url: `${request.baseUrls[0] ?? ''}${nidPath(request.params['subject'] ?? '')}`,
    turnedAway,
    request: () => parseRequest(request),
    trace: request.trace,
  }
}

/** @throws `token.bad_request`, `token.unsupported_grant`, `json.*`, `request.bad_parameters` */
function parseRequest({ header, body }: HttpRequest): NidRequest {
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(header('content-type') ?? '')
  const given = isForm ? fromForm(parseFormBody(body)) : parseJsonBody(body)
  const parsed = nidRequestSchema.safeParse(given)
  if (parsed.success) return parsed.data
  const path = parsed.error.issues[0]?.path[0]
  if (path === 'grant_type') throw new NodeError('token.unsupported_grant')
  if (path === 'audience') throw new NodeError('token.audience_required')
  throw new NodeError('token.bad_request', {
    notes: parsed.error.issues.map((issue) => issue.path.join('.')).slice(0, 10),
  })
}

/** The one member inside another has its path as name. */
function fromForm({ 'access_token.sub': sub, ...fields }: Readonly<Record<string, string>>): unknown {
  return { ...fields, ...(sub === undefined ? {} : { access_token: { sub } }) }
}

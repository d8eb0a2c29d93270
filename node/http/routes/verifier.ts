import { checkPeriod, parsePresentationValue } from '../../credentials/presentation.js'
import type { Trust } from '../../credentials/trust.js'
import { getCredentialType } from '../../credentials/types/table.js'
import type { CredentialVerifier } from '../../credentials/verify-credential.js'
import type { VerifyPresentation } from '../../credentials/verify-presentation.js'
import type { Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import {
  issuerListSchema,
  trustSchema,
  verdictSchema,
  verifyCredentialSchema,
  verifyPresentationSchema,
} from '../../../schemas/wire/credentials.js'
import type { PublicError } from '../errors/public-error.js'
import { publicErrors } from '../errors/table.js'
import { emptyAnswer, jsonAnswer, type HttpRequest, type Route } from '../exchange.js'
import { parseBody } from '../parse.js'
import { toValue } from './issuer.js'

export interface VerifierRoutesDeps {
  readonly clock: Clock
  readonly verifier: CredentialVerifier
  readonly verifyPresentation: VerifyPresentation
  readonly trust: Trust
}

const body = { maxBytes: 256 * 1024, mediaTypes: ['application/json'] }

/** Verifying, and whose word counts. @see nuts-node v6 `/internal/vcr/v2/verifier` */
export function verifierRoutes(deps: VerifierRoutesDeps): readonly Route[] {
  const { clock, verifier, verifyPresentation, trust } = deps
  return [
    {
      method: 'POST',
      pattern: '/internal/vcr/v2/verifier/vc',
      unconfirmed: 'goes-on',
      family: 'problem',
      callers: ['application'],
      aboutParties: 'none',
      body,
      doc: {
        summary: 'Verify a credential',
        about: 'Type, period, issuer, signature and status. An answer with status 200 can say that it is not valid.',
        body: verifyCredentialSchema,
        answers: { 200: verdictSchema },
      },
      async handle(request) {
        const { verifiableCredential } = parseBody(verifyCredentialSchema, request.body)
        return verdict(async () => {
          await verifier.verify(verifier.parse(verifiableCredential), {})
          return { validity: true }
        })
      },
    },
    {
      method: 'POST',
      pattern: '/internal/vcr/v2/verifier/vp',
      unconfirmed: 'goes-on',
      family: 'problem',
      callers: ['application'],
      aboutParties: 'none',
      body,
      doc: {
        summary: 'Verify a presentation and its credentials',
        about: 'An answer with status 200 can say that it is not valid. Whom it was made for is not looked at.',
        body: verifyPresentationSchema,
        answers: { 200: verdictSchema },
      },
      async handle(request) {
        const { verifiablePresentation } = parseBody(verifyPresentationSchema, request.body)
        return verdict(async () => {
          const presentation = parsePresentationValue(verifiablePresentation, verifier)
          checkPeriod(presentation, { now: clock.now(), longest: Number.POSITIVE_INFINITY })
          const { credentials } = await verifyPresentation(presentation, {})
          return { validity: true, credentials: credentials.map(({ credential }) => toValue(credential.raw)) }
        })
      },
    },
    {
      method: 'GET',
      pattern: '/internal/vcr/v2/verifier/:type/trusted',
      family: 'problem',
      callers: ['application', 'operator', 'reader'],
      aboutParties: 'none',
      doc: {
        summary: 'List the issuers that are trusted for a credential type',
        answers: { 200: issuerListSchema },
        refusals: [404],
      },
      handle: (request) => Promise.resolve(jsonAnswer(200, trust.issuersOf(knownType(request)))),
    },
    {
      method: 'GET',
      pattern: '/internal/vcr/v2/verifier/:type/untrusted',
      family: 'problem',
      callers: ['application', 'operator', 'reader'],
      aboutParties: 'none',
      doc: {
        summary: 'List the issuers that were seen and are not trusted',
        about: 'Always empty: credentials of issuers that are not trusted are not kept.',
        answers: { 200: issuerListSchema },
        refusals: [404],
      },
      handle(request) {
        knownType(request)
        return Promise.resolve(jsonAnswer(200, []))
      },
    },
    trustRoute('POST', 'Trust an issuer for a credential type', (trusted) => trusted, trust),
    trustRoute('DELETE', 'Stop trusting an issuer for a credential type', (trusted) => !trusted, trust),
  ]
}

function knownType({ params }: HttpRequest): string {
  try {
    return getCredentialType(params['type'] ?? '').type
  } catch (cause) {
    throw new NodeError('request.not_found', { cause, notes: ['there is no such credential type'] })
  }
}

/** Trust is reviewed data of the operator: a call can find that it is so already, and cannot change it. */
function trustRoute(
  method: 'POST' | 'DELETE',
  summary: string,
  isSo: (trusted: boolean) => boolean,
  trust: Trust,
): Route {
  return {
    method,
    pattern: '/internal/vcr/v2/verifier/trust',
    family: 'problem',
    callers: [],
    body,
    doc: {
      summary,
      about: 'Trust is in the configuration. The call is accepted when it is so already, and refused otherwise.',
      body: trustSchema,
      answers: { 204: 'It is so already.' },
      refusals: [501],
    },
    handle(request) {
      const { issuer, credentialType } = parseBody(trustSchema, request.body)
      if (!isSo(trust.issuersOf(credentialType).includes(issuer))) {
        throw new NodeError('request.not_offered', {
          notes: [`trust is changed in the configuration: trust.${getCredentialType(credentialType).type}`],
        })
      }
      return Promise.resolve(emptyAnswer(204))
    },
  }
}

/** What can be said of the thing itself is a verdict; a fault of the request or of this node is an error. */
async function verdict(verify: () => Promise<object>) {
  try {
    return jsonAnswer(200, await verify())
  } catch (cause) {
    const code = NodeError.codeOf(cause)
    const known: PublicError = publicErrors[code]
    const isOfRequest = code === 'credential.malformed' || code === 'presentation.malformed'
    if (!NodeError.is(cause) || known.status >= 500 || isOfRequest) throw cause
    return jsonAnswer(200, { validity: false, message: sentences(known.words, cause.notes) })
  }
}

/** The words of a code and what is known beside them, as one line. */
function sentences(words: string, notes: readonly string[]): string {
  return notes.length === 0 ? words : `${words.replace(/\.$/, '')}: ${notes.join('; ')}`
}

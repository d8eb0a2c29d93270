import type { Audit } from '../../audit/audit.js'
import type { Present } from '../../credentials/present.js'
import type { PresentObject } from '../../credentials/present-object.js'
import type { CredentialVerifier } from '../../credentials/verify-credential.js'
import type { Parties } from '../../identity/parties.js'
import { epochSeconds, type Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import { createPresentationSchema, presentationValueSchema } from '../../../schemas/wire/credentials.js'
import { jsonAnswer, type Route } from '../exchange.js'
import { parseBody } from '../parse.js'

export interface PresenterRoutesDeps {
  readonly clock: Clock
  readonly audit: Audit
  readonly parties: Parties
  readonly verifier: Pick<CredentialVerifier, 'parse'>
  readonly present: Present
  readonly presentObject: PresentObject
}

const usualSeconds = 300

/** Making presentations for applications. @see nuts-node v6 `POST /internal/vcr/v2/holder/vp` */
export function presenterRoutes(deps: PresenterRoutesDeps): readonly Route[] {
  const { clock, audit, parties, verifier, present, presentObject } = deps
  return [
    {
      method: 'POST',
      pattern: '/internal/vcr/v2/holder/vp',
      family: 'problem',
      callers: ['application'],
      body: { maxBytes: 1024 * 1024, mediaTypes: ['application/json'] },
      doc: {
        summary: 'Make a presentation of credentials',
        about: 'The credentials must be about the signer, and need not be in its wallet. They are not verified.',
        body: createPresentationSchema,
        answers: { 200: presentationValueSchema },
        refusals: [404],
      },
      async handle({ body, trace }) {
        const request = parseBody(createPresentationSchema, body)
        const credentials = request.verifiableCredentials.map((value) => verifier.parse(value))
        const signer = request.signerDID ?? credentials[0]?.subjectId ?? ''
        if (credentials.some(({ subjectId }) => subjectId !== signer)) {
          throw new NodeError('credential.subject_mismatch', {
            notes: ['every credential must be about the one who signs'],
          })
        }
        const party = await parties.findByDid(signer)
        if (party === undefined) {
          throw new NodeError('identity.party_unknown', { notes: ['the signer is not a party of this node'] })
        }
        const now = clock.now()
        const expiresAt = request.expires === undefined ? now + usualSeconds * 1000 : Date.parse(request.expires)
        const validSeconds = epochSeconds(expiresAt) - epochSeconds(now) + 1
        if (validSeconds < 2) throw new NodeError('request.bad_body', { notes: ['expires: lies in the past'] })
        const { type: extraTypes, '@context': extraContexts, domain, challenge, proofPurpose: purpose } = request
        const presentation =
          request.format === 'jwt_vp'
            ? await present({
                party,
                audience: domain,
                credentials,
                validSeconds,
                extraTypes: extraTypes ?? [],
                extraClaims: challenge === undefined ? {} : { nonce: challenge },
              })
            : await presentObject({
                party,
                credentials,
                domain,
                challenge,
                expiresAt,
                purpose,
                extraTypes,
                extraContexts,
              })
        await audit.record({
          code: 'credential.presented',
          action: 'execute',
          outcome: 'success',
          party: party.subject,
          actor: { did: party.did },
          evidence: credentials.map(({ id }) => id),
          trace,
        })
        return jsonAnswer(200, presentation)
      },
    },
  ]
}

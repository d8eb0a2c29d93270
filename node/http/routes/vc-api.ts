import type { Securing, VcIssuer } from '../../credentials/vc-api/issue.js'
import type { VcVerifier } from '../../credentials/vc-api/verify.js'
import {
  vcIssuedSchema,
  vcIssueSchema,
  vcVerifiedSchema,
  vcVerifySchema,
  vpVerifySchema,
} from '../../../schemas/wire/vc-api.js'
import { jsonAnswer, type Route, type RouteDoc } from '../exchange.js'
import { parseBody } from '../parse.js'

/** One issuer per way of securing, each with a verifier beside it that takes every way. */
const instances: readonly { readonly base: string; readonly securing: Securing }[] = [
  { base: '/vc-api', securing: 'eddsa-rdfc-2022' },
  { base: '/vc-api/jcs', securing: 'eddsa-jcs-2022' },
  { base: '/vc-api/ecdsa', securing: 'ecdsa-rdfc-2019' },
  { base: '/vc-api/jwt', securing: 'vc+jwt' },
]
const good = { verified: true, checks: [], warnings: [], errors: [] }
const body = { maxBytes: 256 * 1024, mediaTypes: ['application/json'] } as const

/** Issuing and verifying in the interface of the W3C, for wallets and test suites. @see W3C VC API */
export function vcApiRoutes({
  issuer,
  verifier,
}: {
  readonly issuer: VcIssuer
  readonly verifier: VcVerifier
}): readonly Route[] {
  const post = (pattern: string, doc: RouteDoc, handle: Route['handle']): Route => ({
    method: 'POST',
    pattern,
    family: 'vc-api',
    callers: ['application'],
    body,
    doc,
    handle,
  })
  return instances.flatMap(({ base, securing }) => [
    post(
      `${base}/credentials/issue`,
      {
        summary: `Issue a credential of data model 2.0, secured with ${securing}`,
        body: vcIssueSchema,
        answers: { 201: vcIssuedSchema },
      },
      async ({ body, trace }) => {
        const { credential } = parseBody(vcIssueSchema, body)
        return jsonAnswer(201, { verifiableCredential: await issuer.issue({ credential, securing, trace }) })
      },
    ),
    post(
      `${base}/credentials/verify`,
      {
        summary: 'Verify a credential, however it is secured',
        body: vcVerifySchema,
        answers: { 200: vcVerifiedSchema },
      },
      async ({ body }) => {
        const { verifiableCredential, options = {} } = parseBody(vcVerifySchema, body)
        await verifier.verifyCredential(verifiableCredential, options)
        return jsonAnswer(200, good)
      },
    ),
    post(
      `${base}/presentations/verify`,
      {
        summary: 'Verify a presentation and the credentials in it, however they are secured',
        body: vpVerifySchema,
        answers: { 200: vcVerifiedSchema },
      },
      async ({ body }) => {
        const { verifiablePresentation, options = {} } = parseBody(vpVerifySchema, body)
        await verifier.verifyPresentation(verifiablePresentation, options)
        return jsonAnswer(200, good)
      },
    ),
  ])
}

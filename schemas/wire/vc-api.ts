import { z } from 'zod'

const issueOptions = z.looseObject({})

/** @see W3C VC API section 3.2.1. Options that the node does not know change nothing that it promises. */
export const vcIssueSchema = z.looseObject({
  credential: z.record(z.string(), z.unknown()),
  options: issueOptions.optional(),
})

const verifyOptions = z.looseObject({
  domain: z.string().min(1).max(2048).optional(),
  challenge: z.string().min(1).max(2048).optional(),
  expectedProofPurpose: z.string().max(256).optional(),
})

/** @see W3C VC API section 3.3.1 */
export const vcVerifySchema = z.looseObject({
  verifiableCredential: z.record(z.string(), z.unknown()),
  options: verifyOptions.optional(),
})

/** @see W3C VC API section 3.3.2 */
export const vpVerifySchema = z.looseObject({
  verifiablePresentation: z.record(z.string(), z.unknown()),
  options: verifyOptions.optional(),
})

/** @see W3C VC API section 3.2.1 */
export const vcIssuedSchema = z
  .object({ verifiableCredential: z.record(z.string(), z.unknown()) })
  .describe('The credential with a proof, or in an envelope.')

/** @see W3C VC API section 3.3 */
export const vcVerifiedSchema = z
  .object({
    verified: z.literal(true),
    checks: z.array(z.string()),
    warnings: z.array(z.string()),
    errors: z.array(z.string()),
  })
  .describe('It is good. What is not good is refused.')

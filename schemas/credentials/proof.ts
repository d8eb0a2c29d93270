import { z } from 'zod'

const text = z.string().min(1).max(2048)
const oneOrMore = z.union([text, z.array(text).min(1).max(8)])

/**
 * A proof inside a JSON object. What stands beside these members is signed, and otherwise not looked at.
 * @see Data Integrity 1.0 section 2.1; JSON Web Signature 2020
 */
export const proofSchema = z.looseObject({
  type: text,
  id: text.optional(),
  cryptosuite: text.optional(),
  verificationMethod: text,
  proofPurpose: text,
  created: text.optional(),
  expires: text.optional(),
  domain: oneOrMore.optional(),
  challenge: text.optional(),
  nonce: text.optional(),
  previousProof: oneOrMore.optional(),
  proofValue: text.optional(),
  jws: z.string().max(8192).optional(),
})

export type ProofData = z.output<typeof proofSchema>

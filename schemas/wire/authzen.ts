import { z } from 'zod'

/** The answer to a batch of evaluations: one decision per question, in order. @see AuthZEN 1.0 section 7 */
export const evaluationsAnswerSchema = z.looseObject({
  evaluations: z.array(z.looseObject({ decision: z.boolean() })).max(100),
})

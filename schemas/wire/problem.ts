import { z } from 'zod'

/** A refusal of an interface of our own. @see RFC 9457 */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string().describe('Stable, for programs.'),
  errors: z.array(z.string()).optional(),
  traceId: z.string().describe('Names this request in the log of the node.'),
})

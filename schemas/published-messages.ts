import { z } from 'zod'

const texts = z.array(z.string().min(1)).min(1)

/** What a rule can lack, as the policy room names it. */
export const lackKinds = [
  'role',
  'identifier',
  'operation',
  'filter',
  'malformed',
  'own-filter',
  'read',
  'compare',
  'nested',
  'window',
  'period',
  'grondslag',
  'fact',
  'consent',
] as const

/** The codes of the iWlz decision point, the gravest first: when there are several, it gives the status. */
export const publishedCodes = ['INTERNAL_SERVER_ERROR', 'UNAUTHORIZED', 'BAD_REQUEST', 'FORBIDDEN'] as const

/**
 * Which published message stands for what a request lacks: the first row that fits says it. What a row does not name, it
 * does not look at.
 * @see iWlz RFC0014; RFC0052, the example with the policies
 */
export const publishedMessagesSchema = z.array(
  z.strictObject({
    schema: z.string().min(1).optional().describe('register definition that it is about; all of them when absent'),
    operation: texts.optional().describe('root fields of the query'),
    lack: z.array(z.enum(lackKinds)).min(1).describe('what is lacking'),
    path: texts.optional().describe('the place that is lacking, from the root'),
    given: z.boolean().optional().describe('whether the query compares that place with something'),
    own: z.literal(true).optional().describe('what is lacking is an identifier of the requester itself'),
    provesNone: texts.optional().describe('the requester has none of these kinds of identifiers'),
    reads: texts.optional().describe('the query reads one of these places, or something below it'),
    code: z.enum(publishedCodes),
    message: z
      .string()
      .min(1)
      .describe('as published; `{field}` is the last name of the place and `{identifier}` the kind that was wanted'),
  }),
)

export type PublishedMessages = z.output<typeof publishedMessagesSchema>
export type PublishedCode = (typeof publishedCodes)[number]

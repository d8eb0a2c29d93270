import { z } from 'zod'

const pair = z.tuple([z.string().max(200), z.string().max(8192)])

/** What a FHIR source is asked: one interaction with its parameters, as the data plane took them apart. */
export const fhirCallSchema = z.strictObject({
  interaction: z.enum(['search-type', 'read', 'vread']).default('search-type'),
  type: z.string().max(100).default(''),
  id: z.string().max(100).optional(),
  versionId: z.string().max(100).optional(),
  parameters: z.array(pair).max(64).default([]).describe('of a search, in their order; a name may stand there twice'),
  page: z
    .string()
    .max(8192)
    .optional()
    .describe('goes on with a search, by the cursor in its link; the rest is in there'),
  inUrl: z.boolean().default(false).describe('whether the parameters stood in a URL'),
  base: z.string().max(2048).describe('the URL of the source as the caller knows it, for links'),
  reader: z.string().max(2048).describe('who asks: a page is only given to who asked for the first'),
  operations: z.array(z.string()).default([]).describe('templates that the scopes of the token are about: these first'),
})

export type FhirCall = z.output<typeof fhirCallSchema>

/** A call of FHIR in the table of cases of a pack. */
export const fhirCaseSchema = z.strictObject({
  interaction: z.enum(['search-type', 'read', 'vread']).default('search-type'),
  type: z.string(),
  id: z.string().optional(),
  versionId: z.string().optional(),
  parameters: z.record(z.string(), z.union([z.string(), z.array(z.string())])).default({}),
  operations: z.array(z.string()).optional(),
  person: z
    .strictObject({ bsn: z.string().optional(), patient: z.string().optional() })
    .optional()
    .describe('whom it turns out to be about, where the call does not say it'),
})

import { z } from 'zod'

const claims = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]))

const fhir = z.strictObject({
  method: z.enum(['GET', 'POST']).default('GET'),
  url: z.string().min(1).max(8192).describe('below the base URL of the source: `Condition/c-1`, `Condition/_search`'),
  body: z
    .string()
    .max(64 * 1024)
    .optional()
    .describe('with POST: the parameters, as a form'),
  person: z
    .strictObject({ bsn: z.string().optional(), patient: z.string().optional() })
    .optional()
    .describe('whom it turns out to be about, where the call does not say it: by number, or by the id of the Patient'),
})

/** A read that somebody wonders about: who asks, what, and what is taken to be so. */
export const explainReadSchema = z.strictObject({
  source: z.string().min(1).describe('name of the source'),
  claims: claims.describe('what the requester would have proven, such as organization_role and organization_id'),
  scopes: z.array(z.string()).optional().describe('scopes of its token; default: all of the source'),
  query: z
    .string()
    .min(1)
    .max(64 * 1024)
    .optional()
    .describe('for a source that is asked by GraphQL'),
  variables: z.record(z.string(), z.unknown()).optional(),
  fhir: fhir.optional().describe('for a source that is asked by FHIR: the call, as a caller sends it'),
  time: z.iso.datetime().optional().describe('default: now'),
  facts: z.record(z.string(), z.boolean()).optional().describe('facts that are taken to hold or not; none is asked'),
  consent: z
    .boolean()
    .optional()
    .describe('whether the person is taken to have consented; what persons really said is not looked at'),
})

const outcome = z.strictObject({
  rule: z.string(),
  title: z.string(),
  permitted: z.boolean(),
  reasons: z.array(z.string()),
})

export const readExplanationSchema = z.strictObject({
  ...outcome.shape,
  pack: z.string(),
  template: z
    .strictObject({ name: z.string(), interaction: z.string(), type: z.string() })
    .optional()
    .describe('of a FHIR source: the template that the call falls under'),
  person: z
    .enum(['named', 'assumed', 'unknown', 'none'])
    .optional()
    .describe(
      'of a FHIR source: the call names the person, it was said whose it is, that would be looked up (and it is taken to be somebody with a number), or nobody is named',
    ),
  purpose: z.string().optional(),
  grondslag: z.string().optional(),
  facts: z.array(z.strictObject({ name: z.string(), outcome: z.enum(['true', 'false', 'unavailable']) })),
  consent: z
    .enum(['given', 'none', 'unknown'])
    .optional()
    .describe('for a rule that rests on consent and lacks nothing else'),
  leftOut: z.array(z.string()).optional().describe('selected places that would not leave'),
  only: z.array(z.string()).optional().describe('what the records must meet beside what was asked'),
  weighed: z.array(outcome),
  text: z.array(z.string()).describe('the same, line by line, for people'),
})

export const reloadRequestSchema = z.strictObject({
  by: z.string().min(1).max(200).optional().describe('who asks for it, for the journal'),
})

export const reloadedSchema = z.strictObject({
  packs: z.array(z.strictObject({ id: z.string(), version: z.string(), rules: z.number() })),
})

export type ReadExplanation = z.output<typeof readExplanationSchema>

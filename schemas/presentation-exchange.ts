import { z } from 'zod'

const identifier = z.string().min(1).max(256)

const filter = z.strictObject({
  type: z.enum(['string', 'number', 'boolean', 'array']),
  const: z.string().max(2048).optional(),
  enum: z.array(z.string().max(2048)).max(1000).optional(),
  // Packs only: replaced by `enum` or `const` when the pack is loaded, so neither is ever served.
  issuersOf: z.string().optional(),
  issuer: z.literal('bronhouder').optional(),
  pattern: z.string().max(512).optional(),
})

const field = z.looseObject({
  id: identifier.optional(),
  path: z.array(z.string().min(1).max(256)).min(1).max(16),
  optional: z.boolean().optional(),
  purpose: z.string().optional(),
  filter: filter.optional(),
})

const algorithms = z.looseObject({ alg: z.array(z.string()).optional(), proof_type: z.array(z.string()).optional() })
const format = z.record(z.string(), algorithms)

const inputDescriptor = z.looseObject({
  id: identifier,
  name: z.string().optional(),
  purpose: z.string().optional(),
  group: z.array(identifier).max(32).optional(),
  format: format.optional(),
  constraints: z.looseObject({ fields: z.array(field).max(64).default([]) }),
})

const count = z.int().min(0).max(32)
const requirementText = { name: z.string().optional(), purpose: z.string().optional() }

/** What of the descriptors must be answered. Strict: a word that is not heard would change what is asked. */
const submissionRequirement: z.ZodType<SubmissionRequirementData> = z.lazy(() =>
  z.strictObject({
    ...requirementText,
    rule: z.enum(['all', 'pick']),
    count: count.min(1).optional(),
    min: count.optional(),
    max: count.min(1).optional(),
    from: identifier.optional(),
    from_nested: z.array(submissionRequirement).min(1).max(32).optional(),
  }),
)

/** @see DIF Presentation Exchange 2.0 section 5.1 (Submission Requirement Feature) */
export interface SubmissionRequirementData {
  readonly name?: string | undefined
  readonly purpose?: string | undefined
  readonly rule: 'all' | 'pick'
  readonly count?: number | undefined
  readonly min?: number | undefined
  readonly max?: number | undefined
  /** The group of which descriptors are taken. */
  readonly from?: string | undefined
  readonly from_nested?: readonly SubmissionRequirementData[] | undefined
}

/**
 * A presentation definition, the subset that the field uses.
 * @see DIF Presentation Exchange 2.0 section 5; specs of nuts-node v6 for what is ignored
 */
export const presentationDefinitionSchema = z.looseObject({
  id: identifier,
  name: z.string().optional(),
  purpose: z.string().optional(),
  format: format.optional(),
  input_descriptors: z.array(inputDescriptor).min(1).max(32),
  submission_requirements: z.array(submissionRequirement).min(1).max(32).optional(),
})

const descriptorMapEntry: z.ZodType<DescriptorMapEntry> = z.lazy(() =>
  z.looseObject({
    id: identifier,
    format: z.string().max(64),
    path: z.string().max(256),
    path_nested: descriptorMapEntry.optional(),
  }),
)

export interface DescriptorMapEntry {
  readonly id: string
  readonly format: string
  readonly path: string
  readonly path_nested?: DescriptorMapEntry | undefined
}

/** A presentation submission. @see DIF Presentation Exchange 2.0 section 6 */
export const presentationSubmissionSchema = z.looseObject({
  id: identifier,
  definition_id: identifier,
  descriptor_map: z.array(descriptorMapEntry).min(1).max(32),
})

export type PresentationDefinitionData = z.output<typeof presentationDefinitionSchema>
export type PresentationSubmission = z.output<typeof presentationSubmissionSchema>

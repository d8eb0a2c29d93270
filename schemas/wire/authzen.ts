import { z } from 'zod'

/** The answer to a batch of evaluations: one decision per question, in order. @see AuthZEN 1.0 section 7 */
export const evaluationsAnswerSchema = z.looseObject({
  evaluations: z.array(z.looseObject({ decision: z.boolean(), context: z.looseObject({}).optional() })).max(100),
})

const properties = z.looseObject({}).describe('what else is known of it; this is weighed')
const context = z.looseObject({}).describe('circumstances of the question')

const subject = z.looseObject({ type: z.string().min(1), id: z.string().min(1), properties: properties.optional() })
const action = z.looseObject({ name: z.string().min(1), properties: properties.optional() })
const resource = z.looseObject({ type: z.string().min(1), id: z.string().min(1), properties: properties.optional() })

/** One question. Unknown members are ignored, as the standard has it. @see AuthZEN 1.0 section 6 */
export const evaluationSchema = z.looseObject({
  subject,
  action,
  resource,
  context: context.optional(),
})

/** A batch: members at the top stand for those that an item does not give. @see AuthZEN 1.0 section 7 */
export const evaluationsSchema = z.looseObject({
  subject: subject.optional(),
  action: action.optional(),
  resource: resource.optional(),
  context: context.optional(),
  evaluations: z
    .array(z.unknown())
    .max(100)
    .optional()
    .describe('questions; each member stands for the one at the top'),
  options: z
    .looseObject({
      evaluations_semantic: z.enum(['execute_all', 'deny_on_first_deny', 'permit_on_first_permit']).optional(),
    })
    .optional(),
})

/** One decision. A deny is an answer, not an error. */
export const decisionSchema = z.looseObject({
  decision: z.boolean(),
  context: z
    .looseObject({
      policy_id: z.string().optional().describe('the rule that decided, or the nearest one'),
      reasons: z.array(z.string()).optional(),
      purpose: z.string().optional(),
      grondslag: z.string().optional(),
      narrowing: z.looseObject({}).optional().describe('what must be left out of the answer'),
      retry: z.boolean().optional().describe('a fact could not be established; ask again later'),
    })
    .optional(),
})

export const decisionsSchema = z.looseObject({ evaluations: z.array(decisionSchema) })

const wanted = z.looseObject({ type: z.string().min(1), id: z.unknown().optional(), properties: properties.optional() })
const page = z.looseObject({}).optional().describe('accepted and ignored: all results come at once')

/** Who may do this? The id of the subject is ignored. @see AuthZEN 1.0 section 8 */
export const subjectSearchSchema = z.looseObject({
  subject: wanted,
  action,
  resource,
  context: context.optional(),
  page,
})
/** What may this one do that with? The id of the resource is ignored. */
export const resourceSearchSchema = z.looseObject({
  subject,
  action,
  resource: wanted,
  context: context.optional(),
  page,
})
/** What may this one do with that? */
export const actionSearchSchema = z.looseObject({ subject, resource, context: context.optional(), page })

export const entityResultsSchema = z.looseObject({
  results: z.array(z.looseObject({ type: z.string(), id: z.string() })),
})
export const actionResultsSchema = z.looseObject({ results: z.array(z.looseObject({ name: z.string() })) })

/** @see AuthZEN 1.0 section 9 */
export const authzenConfigurationSchema = z.looseObject({
  policy_decision_point: z.string(),
  access_evaluation_endpoint: z.string(),
  access_evaluations_endpoint: z.string(),
  search_subject_endpoint: z.string(),
  search_resource_endpoint: z.string(),
  search_action_endpoint: z.string(),
})

/** The batch of the iWlz draft: always a list, with identifiers for subjects. @see iWlz RFC0052 */
export const iwlzEvaluationsSchema = z.looseObject({
  evaluations: z
    .array(
      z.looseObject({
        subject: z.looseObject({
          type: z.string(),
          id: z.string(),
          properties: z.looseObject({ organization_type: z.string() }),
        }),
        action: z.looseObject({ name: z.string() }),
        resource: z.looseObject({
          type: z.string(),
          id: z.string().describe('URL of the source'),
          properties: z
            .looseObject({
              query_filter: z.record(z.string(), z.looseObject({ eq: z.unknown() })).default({}),
              query: z.string().optional(),
              variables: z.record(z.string(), z.unknown()).optional(),
            })
            .prefault({}),
        }),
        context: z.looseObject({ time: z.string().optional() }).prefault({}),
      }),
    )
    .min(1)
    .max(100),
})

/** Both spellings of the answer: that of the draft, and that of AuthZEN. */
export const iwlzDecisionsSchema = z.looseObject({
  results: z.array(decisionSchema),
  evaluations: z.array(decisionSchema),
})

export type Evaluation = z.output<typeof evaluationSchema>
export type WireDecision = z.output<typeof decisionSchema>
export type IwlzEvaluation = z.output<typeof iwlzEvaluationsSchema>['evaluations'][number]

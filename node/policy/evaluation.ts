import { z } from 'zod'
import type { Instant } from '../kernel/clock.js'
import type { Evaluation, WireDecision } from '../../schemas/wire/authzen.js'
import type { Decision, Narrowing } from './decision.js'
import type { AccessQuestion, Claim, Condition, FilterValue, Reading } from './question.js'

const claimSchema: z.ZodType<Claim> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(claimSchema)]),
)
const valueSchema: z.ZodType<FilterValue> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(valueSchema)]),
)
const operatorSchema = z.enum([
  'eq',
  'neq',
  'in',
  'nin',
  'gt',
  'ngt',
  'gte',
  'ngte',
  'lt',
  'nlt',
  'lte',
  'nlte',
  'contains',
  'ncontains',
  'startsWith',
  'nstartsWith',
  'endsWith',
  'nendsWith',
])
const conditionSchema: z.ZodType<Condition> = z.lazy(() =>
  z.union([
    z.strictObject({
      kind: z.literal('compare'),
      path: z.string(),
      field: z.string(),
      operator: operatorSchema,
      value: valueSchema,
    }),
    z.strictObject({ kind: z.enum(['and', 'or']), of: z.array(conditionSchema) }),
    z.strictObject({
      kind: z.literal('relation'),
      path: z.string(),
      field: z.string(),
      quantifier: z.enum(['is', 'some', 'all', 'none', 'any']),
      where: z.union([conditionSchema, z.boolean()]),
    }),
  ]),
)
const sortKeySchema = z.strictObject({ path: z.string(), field: z.string(), direction: z.enum(['ASC', 'DESC']) })
const readingSchema = z.strictObject({
  operation: z.string(),
  filters: z.array(z.strictObject({ path: z.string(), operator: z.literal('eq'), value: z.string() })),
  where: conditionSchema.optional(),
  nested: z.array(
    z.strictObject({
      path: z.string(),
      type: z.string(),
      where: conditionSchema.optional(),
      order: z.array(sortKeySchema),
    }),
  ),
  order: z.array(sortKeySchema),
  fields: z.array(z.string()),
  paths: z.array(z.string()),
})
const organizationSchema = z.looseObject({ organization: z.record(z.string(), claimSchema) })
const contextSchema = z.looseObject({ scopes: z.array(z.string()), time: z.string().optional() })
const narrowingSchema = z.strictObject({
  paths: z.array(z.string()).optional(),
  where: z.array(conditionSchema).optional(),
})
const decisionContextSchema = z.looseObject({
  policy_id: z.string().optional(),
  reasons: z.array(z.string()).optional(),
  purpose: z.string().optional(),
  grondslag: z.string().optional(),
  narrowing: narrowingSchema.optional(),
  retry: z.boolean().optional(),
})

/** The type of resource that stands for a read at a source of a party. */
const sourceResourceType = 'source'

/**
 * A question as an AuthZEN evaluation: who asks as subject, with what it proved; the source as resource, with everything
 * that is read; scopes and time as context.
 */
export function toEvaluation({ requester, action, resource, context }: AccessQuestion): Evaluation {
  const { party, source, ...reading } = resource
  return {
    subject: { type: 'organization', id: requester.did, properties: { organization: requester.claims } },
    action: { name: action },
    resource: { type: sourceResourceType, id: `${party}/${source}`, properties: { reading } },
    context: { scopes: context.scopes, time: new Date(context.time).toISOString() },
  }
}

/** The source that an evaluation is about; `undefined` when it is about none. */
export function sourceOf({
  resource,
}: Pick<Evaluation, 'resource'>): readonly [party: string, source: string] | undefined {
  const [party, source, ...more] = resource.id.split('/')
  if (resource.type !== sourceResourceType || party === undefined || source === undefined || more.length > 0)
    return undefined
  return [party, source]
}

/**
 * The question that an evaluation stands for.
 *
 * `undefined` when it does not say enough: who asks with which claims, under which scopes, and what is read.
 * @param readingOf gives what a request in the language of the source reads, where the evaluation has that instead
 */
export function toQuestion(
  { subject, action, resource, context }: Evaluation,
  options: { readonly now: Instant; readonly readingOf: (request: unknown) => Reading | undefined },
): AccessQuestion | undefined {
  const named = sourceOf({ resource })
  const organization = organizationSchema.safeParse(subject.properties)
  const circumstances = contextSchema.safeParse(context)
  if (named === undefined || action.name !== 'QUERY' || !organization.success || !circumstances.success)
    return undefined
  const given = resource.properties?.['reading']
  const reading = given === undefined ? options.readingOf(resource.properties) : readReading(given)
  const { scopes, time } = circumstances.data
  const at = time === undefined ? options.now : readInstant(time)
  if (reading === undefined || at === undefined) return undefined
  const [party, source] = named
  return {
    requester: { did: subject.id, claims: organization.data.organization },
    action: 'QUERY',
    resource: { ...reading, party, source },
    context: { scopes, time: at },
  }
}

/** A decision as the standard has it; the rule and its reasons are in the context. */
export function toWireDecision(decision: Decision): WireDecision {
  const { permitted, rule, reasons, purpose, grondslag, narrowing, retry } = decision
  return {
    decision: permitted,
    context: {
      policy_id: rule,
      ...(reasons.length === 0 ? {} : { reasons: [...reasons] }),
      ...(purpose === undefined ? {} : { purpose }),
      ...(grondslag === undefined ? {} : { grondslag }),
      ...(narrowing === undefined ? {} : { narrowing: { ...narrowing } }),
      ...(retry === undefined ? {} : { retry }),
    },
  }
}

/**
 * The decision of another decision point. What it says beside yes or no counts when it is in the form of ours; a yes with a
 * narrowing that cannot be read is a no, because more would leave than was meant.
 */
export function fromWireDecision({ decision, context }: WireDecision): Decision {
  const said = decisionContextSchema.safeParse(context ?? {})
  const { policy_id: rule = 'external', reasons = [], purpose, grondslag, narrowing, retry } = said.data ?? {}
  const permitted = decision && said.success
  return {
    permitted,
    rule,
    reasons: permitted ? [] : reasons.length > 0 ? reasons : ['the decision point does not allow it'],
    purpose: permitted ? purpose : undefined,
    grondslag: permitted ? grondslag : undefined,
    weighed: [],
    ...(narrowing === undefined ? {} : { narrowing: readNarrowing(narrowing) }),
    ...(retry === true && !permitted ? { retry } : {}),
  }
}

function readReading(given: unknown): Reading | undefined {
  const { data } = readingSchema.safeParse(given)
  if (data === undefined) return undefined
  // The schema leaves out what is absent, where a reading says that it is undefined.
  return { ...data, where: data.where, nested: data.nested.map((each) => ({ ...each, where: each.where })) }
}

function readNarrowing({ paths, where }: z.output<typeof narrowingSchema>): Narrowing {
  return { ...(paths === undefined ? {} : { paths }), ...(where === undefined ? {} : { where }) }
}

/** A date with a time zone: without one it would be read in the time zone of the machine. @see RFC 3339 section 5.6 */
function readInstant(text: string): Instant | undefined {
  const instant = /^\d{4}-\d{2}-\d{2}T.+(Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(instant) ? undefined : instant
}

import type { z } from 'zod'
import type { DecisionPoint } from '../../access/decision-point.js'
import { fromIwlz } from '../../access/iwlz-evaluations.js'
import type { ServedSources } from '../../access/served-sources.js'
import { NodeError } from '../../kernel/errors.js'
import type { EntityPolicy } from '../../policy/entities.js'
import {
  actionResultsSchema,
  actionSearchSchema,
  authzenConfigurationSchema,
  decisionSchema,
  decisionsSchema,
  entityResultsSchema,
  evaluationSchema,
  evaluationsSchema,
  iwlzDecisionsSchema,
  iwlzEvaluationsSchema,
  resourceSearchSchema,
  subjectSearchSchema,
  type WireDecision,
} from '../../../schemas/wire/authzen.js'
import { jsonAnswer, type HttpAnswer, type HttpRequest, type Route } from '../exchange.js'
import { parseBody } from '../parse.js'

export interface AuthzenRoutesDeps {
  /** Under which applications reach the decision point, without a slash at the end. */
  readonly url: string
  readonly decisionPoint: DecisionPoint
  readonly entities: EntityPolicy
  readonly servedSources: Pick<ServedSources, 'find'>
}

const paths = {
  evaluation: '/access/v1/evaluation',
  evaluations: '/access/v1/evaluations',
  subject: '/access/v1/search/subject',
  resource: '/access/v1/search/resource',
  action: '/access/v1/search/action',
  iwlz: '/access/v1/iwlz/evaluations',
}

/** The decision point for others that enforce. A deny is 200 with `decision: false`. @see AuthZEN 1.0 */
export function authzenRoutes(deps: AuthzenRoutesDeps): readonly Route[] {
  const { url, decisionPoint, entities, servedSources } = deps
  return [
    {
      method: 'GET',
      pattern: '/.well-known/authzen-configuration',
      family: 'authzen',
      callers: 'anybody',
      doc: { summary: 'Where the decision point is', answers: { 200: authzenConfigurationSchema } },
      handle: () =>
        Promise.resolve(
          jsonAnswer(200, {
            policy_decision_point: url,
            access_evaluation_endpoint: url + paths.evaluation,
            access_evaluations_endpoint: url + paths.evaluations,
            search_subject_endpoint: url + paths.subject,
            search_resource_endpoint: url + paths.resource,
            search_action_endpoint: url + paths.action,
          }),
        ),
    },
    question(paths.evaluation, 'Decide one question', evaluationSchema, decisionSchema, (evaluation) =>
      decisionPoint.evaluate(evaluation),
    ),
    question(paths.evaluations, 'Decide several questions', evaluationsSchema, decisionsSchema, async (batch) => {
      const { evaluations = [], options, ...defaults } = batch
      if (evaluations.length === 0) return decisionPoint.evaluate(parseAgain(evaluationSchema, defaults))
      const items = evaluations.map((item) => (isMembers(item) ? { ...defaults, ...item } : item))
      const decisions = await decisionPoint.evaluateAll(items)
      return { evaluations: cutOff(decisions, options?.evaluations_semantic) }
    }),
    question(paths.subject, 'Find who may do something', subjectSearchSchema, entityResultsSchema, (asked) => {
      const { subject, action, resource } = asked
      return { results: entities.searchSubjects(subject.type, { action, resource }, subject.properties).map(toResult) }
    }),
    question(
      paths.resource,
      'Find what something may be done with',
      resourceSearchSchema,
      entityResultsSchema,
      (asked) => {
        const { subject, action, resource } = asked
        return {
          results: entities.searchResources(resource.type, { subject, action }, resource.properties).map(toResult),
        }
      },
    ),
    question(
      paths.action,
      'Find what may be done',
      actionSearchSchema,
      actionResultsSchema,
      ({ subject, resource }) => ({
        results: entities.searchActions({ subject, resource }).map((name) => ({ name })),
      }),
    ),
    question(
      paths.iwlz,
      'Decide a batch of the iWlz draft',
      iwlzEvaluationsSchema,
      iwlzDecisionsSchema,
      async (batch) => {
        const decisions = await Promise.all(
          batch.evaluations.map(async (item): Promise<WireDecision> => {
            const evaluation = fromIwlz(item, servedSources)
            return evaluation === undefined
              ? { decision: false, context: { reasons: ['there is no such source here'] } }
              : decisionPoint.evaluate(evaluation)
          }),
        )
        return { results: decisions, evaluations: decisions }
      },
    ),
  ]
}

/** One question by POST. Another media type is a bad request here, as the standard has it. */
function question<In extends z.ZodType>(
  pattern: string,
  summary: string,
  body: In,
  answer: z.ZodType,
  decide: (asked: z.output<In>) => unknown,
): Route {
  return {
    method: 'POST',
    pattern,
    family: 'authzen',
    callers: ['application'],
    body: { maxBytes: 256 * 1024, mediaTypes: ['application/json'] },
    // Nothing is read or written.
    unconfirmed: 'goes-on',
    doc: { summary, body, answers: { 200: answer } },
    handle: async (request) => withRequestId(request, jsonAnswer(200, await decide(parseBody(body, request.body)))),
  }
}

function withRequestId({ header }: HttpRequest, answer: HttpAnswer): HttpAnswer {
  const id = header('x-request-id')
  return id === undefined ? answer : { ...answer, headers: { ...answer.headers, 'x-request-id': id } }
}

function parseAgain<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new NodeError('request.bad_body', { notes: parsed.error.issues.slice(0, 20).map(({ path }) => path.join('.')) })
}

/** Stops after the first deny or permit where the caller wants that. */
function cutOff(decisions: readonly WireDecision[], semantic: string | undefined): readonly WireDecision[] {
  const last =
    semantic === 'deny_on_first_deny'
      ? decisions.findIndex(({ decision }) => !decision)
      : semantic === 'permit_on_first_permit'
        ? decisions.findIndex(({ decision }) => decision)
        : -1
  return last < 0 ? decisions : decisions.slice(0, last + 1)
}

function toResult({ type, id }: { readonly type: string; readonly id: string }) {
  return { type, id }
}

function isMembers(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

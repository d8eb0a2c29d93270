import { z } from 'zod'
import { RegistryError, type Peer, type RegistryErrorCode } from './error.js'

/** An answer, read to its end. */
export interface Received {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

const words = z.string().max(4000)
const reasons = z.array(words).max(100)

/** Problems of a node, and errors of its OAuth endpoints. @see RFC 9457; RFC 6749 section 5.2 */
const problemSchema = z.looseObject({
  title: words.optional(),
  error_description: words.optional(),
  code: z.string().max(100).optional(),
  errors: reasons.optional(),
  traceId: z.string().max(64).optional(),
})

const graphqlErrorSchema = z.looseObject({
  message: words,
  extensions: z
    .looseObject({
      code: z.string().max(100).optional(),
      rule: z.string().max(200).optional(),
      reasons: reasons.optional(),
      traceId: z.string().max(64).optional(),
    })
    .default({}),
})

const graphqlSchema = z.looseObject({ errors: z.tuple([graphqlErrorSchema], z.unknown()) })

/** @see FHIR R4 OperationOutcome */
const outcomeSchema = z.looseObject({
  resourceType: z.literal('OperationOutcome'),
  issue: z
    .array(
      z.looseObject({
        code: z.string().max(100),
        diagnostics: words.optional(),
        details: z.looseObject({ text: words.optional() }).optional(),
      }),
    )
    .min(1)
    .max(100),
})

/** What the status alone does not say: codes of a node for what lies behind it. */
const byProblem: Readonly<Record<string, RegistryErrorCode>> = {
  'peer-refused': 'refused',
  'peer-bad-answer': 'protocol',
  'peer-answer-too-large': 'protocol',
  'peer-address-refused': 'invalid_request',
  'peer-unsupported': 'refused',
  'not-offered': 'invalid_request',
  'access-denied': 'refused',
  // As sources speak that answer every GraphQL request with 200.
  UNAUTHENTICATED: 'unauthorized',
  FORBIDDEN: 'refused',
  BAD_REQUEST: 'invalid_request',
  UNAVAILABLE: 'unavailable',
}

interface Told {
  readonly message?: string | undefined
  readonly problem?: string | undefined
  readonly rule?: string | undefined
  readonly reasons?: readonly string[] | undefined
  readonly traceId?: string | undefined
}

/**
 * The error that an answer is. Only members that errors of its interface have are repeated, with an end to them.
 * @param unnamed the status that says what it is, where the answer names no code that is known
 */
export function failureOf(from: Peer, received: Received, now: number, unnamed = received.status): RegistryError {
  const { status, headers } = received
  const told = readTold(parseJson(received.text))
  const code = byProblem[told.problem ?? ''] ?? codeOf(unnamed)
  const message = told.message ?? fallback(from, code)
  return new RegistryError(code, message, {
    from,
    status,
    problem: told.problem,
    rule: told.rule ?? ruleIn(told.reasons),
    reasons: told.reasons ?? [],
    retryAfterSeconds: code === 'unavailable' ? retryAfter(headers.get('retry-after'), now) : undefined,
    traceId: told.traceId,
  })
}

/** An answer that is not as its interface promises; what it holds is not repeated. */
export function protocolFailure(from: Peer, status: number, what: string): RegistryError {
  return new RegistryError('protocol', `The ${from} does not answer as its interface promises: ${what}.`, {
    from,
    status,
  })
}

/** The JSON of an answer, or `undefined` when it is none: the schema that it is held against says so. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function codeOf(status: number): RegistryErrorCode {
  if (status === 401) return 'unauthorized'
  if (status === 403 || status === 412 || status === 451) return 'refused'
  if (status === 404 || status === 410) return 'not_found'
  if (status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501)) return 'unavailable'
  if (status >= 400) return 'invalid_request'
  return 'protocol'
}

function fallback(from: Peer, code: RegistryErrorCode): string {
  if (code === 'unavailable') return `The ${from} is not available.`
  if (code === 'protocol') return `The ${from} does not answer as its interface promises.`
  return `The ${from} refuses, and does not say why.`
}

function readTold(body: unknown): Told {
  const graphql = graphqlSchema.safeParse(body)
  if (graphql.success) {
    const [{ message, extensions }] = graphql.data.errors
    const { code: problem, rule, reasons: why, traceId } = extensions
    return { message, problem, rule, reasons: why, traceId }
  }
  const outcome = outcomeSchema.safeParse(body)
  if (outcome.success) {
    const texts = outcome.data.issue.flatMap(({ diagnostics, details }) => diagnostics ?? details?.text ?? [])
    return { message: texts[0], problem: outcome.data.issue[0]?.code, reasons: texts.slice(1) }
  }
  const problem = problemSchema.safeParse(body)
  if (!problem.success) return {}
  const { title, error_description: description, code, errors, traceId } = problem.data
  return { message: title ?? description, problem: code, reasons: errors, traceId }
}

/** A refusal by policy names its rule before each reason: `UCIR-0001.v1: …`. */
function ruleIn(reasons: readonly string[] = []): string | undefined {
  return /^([A-Za-z0-9._-]{1,200}\.v\d{1,6}): /.exec(reasons[0] ?? '')?.[1]
}

/** Seconds from now, of either form of the header; `undefined` when it is neither. @see RFC 9110 section 10.2.3 */
function retryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined
  if (/^\d{1,9}$/.test(value)) return Number(value)
  const at = Date.parse(value)
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - now) / 1000))
}

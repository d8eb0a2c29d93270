import { STATUS_CODES } from 'node:http'
import type { PublishedCode } from '../../../schemas/published-messages.js'
import { NodeError, type ErrorCode } from '../../kernel/errors.js'
import { DeniedError } from '../../policy/denied.js'
import type { FindMessages, PublishedMessage } from '../../policy/published-messages.js'
import type { HttpAnswer } from '../exchange.js'
import type { ErrorContext } from './answers.js'
import { resourceRefusal } from './challenge.js'
import { componentOf } from './component.js'
import type { PublicError } from './public-error.js'
import { publicErrors } from './table.js'

const statuses: Readonly<Record<PublishedCode, number>> = {
  INTERNAL_SERVER_ERROR: 500,
  UNAUTHORIZED: 401,
  BAD_REQUEST: 400,
  FORBIDDEN: 403,
}

const nothingToEvaluate = 'No operation found to evaluate'

/** What the decision point says of a document before it looks at rules. */
const ofDocuments: Partial<Record<ErrorCode, string>> = {
  'source.unparsable': 'Unable to parse graphql query',
  'source.several_operations': 'Only one operation at the time is supported.',
  'source.several_roots': 'Only one selectionset in an operation is supported.',
  'source.unknown_operation': nothingToEvaluate,
}

/** What the decision point says of messages, where it has words of its own; of all else it says ours. */
const ofMessages: Partial<Record<ErrorCode, string>> = {
  'notification.event_unknown': 'event_type is not valid.',
}

/** What the gate says in words of its own; for all else it says the status. */
const ofGate: Partial<Record<ErrorCode, { readonly status: number; readonly body: unknown }>> = {
  'source.no_operation': { status: 400, body: { ErrorCode: 'bad_request', Error: nothingToEvaluate } },
  'token.insufficient_scope': { status: 400, body: 'Scope is not allowed' },
}

const gatewayTimeout = 504
const badGateway = 502

/**
 * A refusal in the statuses, codes and texts of the present iWlz gateway; `undefined` for what the resource itself
 * refuses, which speaks GraphQL there too. The trace id stands beside the code, and where the published body is fixed in
 * the header that every answer has.
 * @see iWlz RFC0014 section 6.2; RFC0052, the example with the policies
 */
export function iwlzAnswer(error: unknown, find: FindMessages, context: ErrorContext): HttpAnswer | undefined {
  const code = NodeError.codeOf(error)
  const known: PublicError = publicErrors[code]
  const ofDocument = ofDocuments[code]
  if (ofDocument !== undefined) return decisionAnswer([{ code: 'BAD_REQUEST', message: ofDocument }], [], context)
  if (code.startsWith('notification.') && componentOf(code) === 'pdp')
    return decisionAnswer([{ code: 'BAD_REQUEST', message: ofMessages[code] ?? known.words }], [], context)
  if (code.startsWith('policy.'))
    return decisionAnswer([{ code: 'INTERNAL_SERVER_ERROR', message: known.words }], [], context)
  if (error instanceof DeniedError) return decisionAnswer(find(error.denial), error.notes, context)
  if (code === 'access.denied') return decisionAnswer([{ code: 'FORBIDDEN', message: known.words }], [], context)
  if (componentOf(code) === 'pep') return gateAnswer(code, known, context)
  if (known.status < 500) return undefined
  return ownWords(code === 'source.unavailable' ? (isTimeOut(error) ? gatewayTimeout : badGateway) : 500)
}

/** The reasons of a rule are added where nothing that was published says them. */
function decisionAnswer(
  messages: readonly PublishedMessage[],
  reasons: readonly string[],
  { trace: { traceId } }: ErrorContext,
): HttpAnswer {
  const errors = messages.map(({ code, message }) => ({
    message,
    extensions: { code, ...(code === 'FORBIDDEN' && reasons.length > 0 ? { reasons } : {}), traceId },
  }))
  return json(statuses[messages[0]?.code ?? 'FORBIDDEN'], { errors })
}

function gateAnswer(code: ErrorCode, known: PublicError, { authorization }: ErrorContext): HttpAnswer {
  const own = ofGate[code]
  if (own !== undefined) return json(own.status, own.body)
  const { status, headers } = resourceRefusal(known, authorization)
  if (status !== 401) return ownWords(status, known.words)
  return {
    status,
    headers: { 'cache-control': 'no-store', ...headers, 'content-type': 'text/plain; charset=utf-8' },
    body: STATUS_CODES[status] ?? '',
  }
}

function ownWords(status: number, words = STATUS_CODES[status] ?? 'Error'): HttpAnswer {
  const name = (STATUS_CODES[status] ?? 'Error').toLowerCase().replaceAll(' ', '_')
  return json(status, { ErrorCode: name, Error: words })
}

function isTimeOut(error: unknown): boolean {
  return NodeError.is(error) && NodeError.codeOf(error.cause) === 'outbound.timed_out'
}

function json(status: number, body: unknown): HttpAnswer {
  return {
    status,
    headers: { 'cache-control': 'no-store', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }
}

import type { SourceFace } from '../../../schemas/source-face.js'
import { NodeError } from '../../kernel/errors.js'
import type { FindMessages } from '../../policy/published-messages.js'
import type { HttpAnswer } from '../exchange.js'
import { errorAnswer, withRetry, type ErrorContext } from './answers.js'
import { componentHeader, componentOf } from './component.js'
import { graphqlAnswer } from './graphql.js'
import { iwlzAnswer } from './iwlz.js'
import { publicErrors } from './table.js'

/** How a source says that it refuses. */
export interface RefusingFace {
  readonly face: SourceFace
  readonly findMessages: FindMessages
}

/**
 * A refusal at a source as its settings have it, with the part of the data plane that refused. Without a source it is the
 * plain GraphQL one; what is no query, such as the page that says how to get access, refuses with a problem.
 */
export function sourceRefusal(
  error: unknown,
  context: ErrorContext & { readonly isQuery: boolean },
  source: RefusingFace | undefined,
): HttpAnswer {
  const answer = answerOf(error, context, source)
  return { ...answer, headers: { ...answer.headers, [componentHeader]: componentOf(NodeError.codeOf(error)) } }
}

function answerOf(
  error: unknown,
  context: ErrorContext & { readonly isQuery: boolean },
  source: RefusingFace | undefined,
): HttpAnswer {
  if (!context.isQuery) return errorAnswer('problem', error, context)
  if (source === undefined) return errorAnswer('graphql', error, context)
  const known = publicErrors[NodeError.codeOf(error)]
  const published = source.face.statuses === 'iwlz' ? iwlzAnswer(error, source.findMessages, context) : undefined
  const notes = NodeError.is(error) ? error.notes : []
  return withRetry(known, published ?? graphqlAnswer(known, notes, context, source.face.graphql.http))
}

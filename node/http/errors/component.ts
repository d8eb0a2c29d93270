import type { ErrorCode } from '../../kernel/errors.js'

/** The part of the data plane that refuses. @see iWlz RFC0014: four moments of validation */
export type Component = 'pep' | 'pdp' | 'resource'

export const componentHeader = 'x-bronnet-component'

const gate = new Set<string>(['source.unknown', 'source.bad_body', 'source.no_operation', 'internal.stopping'])
const decisionPoint = new Set<string>([
  'access.denied',
  'source.unparsable',
  'source.several_operations',
  'source.several_roots',
  'source.unknown_operation',
  'notification.sender',
  'notification.sender_role',
  'notification.receiver',
  'notification.event_unknown',
])

/**
 * Who refuses: the gate looks at connection, token and the shape of the body; the decision point at the operation and the
 * rules; all else is the resource itself, which looks at schema and values, or the node as a whole.
 */
export function componentOf(code: ErrorCode): Component {
  if (gate.has(code) || /^(request|json|token)\./.test(code)) return 'pep'
  return decisionPoint.has(code) || code.startsWith('policy.') ? 'pdp' : 'resource'
}

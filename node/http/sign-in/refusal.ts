import { NodeError, type ErrorCode } from '../../kernel/errors.js'
import { errorAnswer, type ErrorContext } from '../errors/answers.js'
import { publicErrors } from '../errors/table.js'
import type { HttpAnswer } from '../exchange.js'

/** Why somebody is not let in. */
export type SignInRefusal = Extract<ErrorCode, `signin.${string}`>

/** Whether sign-in is what refuses with this code. */
export function isSignInRefusal(code: ErrorCode): code is SignInRefusal {
  return code.startsWith('signin.')
}

/**
 * The answer to who does not sign in or may not call: a problem with a challenge, whatever the family of the route;
 * `undefined` for all other errors.
 * @see RFC 6750 section 3; RFC 9457
 */
export function signInRefusal(error: unknown, context: ErrorContext, audience = ''): HttpAnswer | undefined {
  const code = NodeError.codeOf(error)
  if (!isSignInRefusal(code)) return undefined
  const answer = errorAnswer('problem', error, context)
  const realm = `Bearer realm="${audience.replaceAll(/[^\x20-\x7E]|["\\]/g, '')}"`
  // Who sent nothing to be wrong is told no error.
  const reason = code === 'signin.missing' ? '' : `, error="${publicErrors[code].oauth}"`
  return { ...answer, headers: { ...answer.headers, 'www-authenticate': `${realm}${reason}` } }
}

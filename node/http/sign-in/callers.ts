import { NodeError } from '../../kernel/errors.js'
import type { Trace } from '../../kernel/trace.js'
import type { InternalRole } from '../../../schemas/internal-listener.js'
import type { Route } from '../exchange.js'

/** Names of path parameters that say which party a call is about. */
const partyParameters = ['subject', 'party'] as const

/**
 * Returns when somebody of this role, for these parties, may call the route. A route that says nothing of its callers is
 * for nobody. Who is kept to some parties gets what is about one of them by its path, about none of this node, or checked by
 * the route itself (`mayActFor`).
 * @throws `signin.not_allowed`
 */
export function requireMayCall(
  call: {
    readonly route: Pick<Route, 'pattern' | 'callers' | 'aboutParties'>
    readonly params: Readonly<Record<string, string>>
  },
  who: { readonly role: InternalRole; readonly parties: readonly string[] | undefined },
): void {
  const { callers, aboutParties } = call.route
  if (callers === 'anybody') return
  if (callers === undefined) throw refused('the route says nothing of its callers')
  const { role } = who
  if (role !== 'administrator' && !callers.includes(role)) throw refused(`the role ${role} may not call this`)
  if (who.parties === undefined || aboutParties !== undefined) return
  const party = partyParameters.map((name) => call.params[name]).find((value) => value !== undefined)
  if (party === undefined || !who.parties.includes(party)) throw refused('the key is for other parties')
}

/** True when who signed in, if anybody must, may act for the party. */
export function mayActFor(party: string, { signedIn }: Trace): boolean {
  return signedIn?.parties?.includes(party) !== false
}

function refused(detail: string): NodeError {
  return new NodeError('signin.not_allowed', { detail })
}

import { NodeError } from '../../kernel/errors.js'
import { provenOrganization } from '../memberships.js'
import type { NetwerkpuntCall, NetwerkpuntField } from '../netwerkpunt.js'
import type { AbonnementCaller, AbonnementDesk } from './abonnement-desk.js'

/** The scope under which abonnementen are taken and ended: ours, after those of the netwerkpunt. */
export const abonnementScope = 'organisaties/{rol}/abonnementen/abonnement:create'

/** The root fields for abonnementen, beside those of the published netwerkpunt. @see iWlz RFC0036 */
export function createAbonnementFields(desk: AbonnementDesk): readonly NetwerkpuntField[] {
  const field = (
    name: string,
    act: (args: Readonly<Record<string, unknown>>, caller: AbonnementCaller) => Promise<unknown>,
  ): NetwerkpuntField => ({
    name,
    scopes: [abonnementScope],
    run: (args, call) => act(args, callerOf(call)),
  })
  return [
    field('createAbonnement', ({ abonnementInput }, caller) => desk.create(toPlain(abonnementInput), caller)),
    field('verlengAbonnement', ({ verlengingInput }, caller) => desk.renew(toPlain(verlengingInput), caller)),
    field('deleteAbonnement', (args, caller) => desk.end(args, caller)),
    field('abonnementen', (args, caller) => desk.list(args, caller)),
  ]
}

/** Who calls, as its token proves. @throws `notification.abonnement_refused` for who proves no organisation */
function callerOf({ party, grant, trace }: NetwerkpuntCall): AbonnementCaller {
  const { requester, claims } = grant.record
  const organization = provenOrganization(claims)
  const role = claims['organization_role']
  if (organization === undefined || typeof role !== 'string') throw new NodeError('notification.abonnement_refused')
  return { party, abonnee: { ...organization, role }, did: requester, trace }
}

/** The executor makes objects without a prototype. */
function toPlain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, toPlain(member)]))
}

import type { Wallet } from '../credentials/wallet.js'
import type { Parties } from '../identity/parties.js'
import { identifierKinds } from '../kernel/identifiers.js'
import {
  ledenadministratieSubjectSchema,
  memberIdTypes,
  type LedenadministratieSubject,
} from '../../schemas/credentials/ledenadministratie.js'
import { idTypeOf, type MessageParty, type OrganizationIdType } from '../../schemas/wire/notification.js'

/** An organisation as one of its memberships says. */
export interface Membership extends MessageParty {
  readonly name: string
  readonly role: LedenadministratieSubject['organization']['role']
}

/**
 * What the memberships in its wallet say of a party of this node; none for a party that has none, or is not there.
 *
 * Also one that has expired: who is addressed does not change by that, and whether a membership counts is for others to
 * say. Costs one record when the wallet did not change.
 */
export type FindMemberships = (subject: string) => Promise<readonly Membership[]>

export function createFindMemberships(deps: {
  readonly parties: Pick<Parties, 'find'>
  readonly wallet: Pick<Wallet, 'listAll'>
}): FindMemberships {
  return async (subject) => {
    const party = await deps.parties.find(subject)
    if (party === undefined) return []
    return (await deps.wallet.listAll(party)).flatMap((credential) => {
      if (credential.type !== 'LedenadministratieCredential') return []
      const parsed = ledenadministratieSubjectSchema.safeParse(credential.subject)
      if (!parsed.success) return []
      const { name, role, id_type: idType, id } = parsed.data.organization
      return [{ name, role, idType: idTypeOf[idType], id: canonicalId(idTypeOf[idType], id) ?? id }]
    })
  }
}

/** The organisation that claims of a token prove; `undefined` when they name none. */
export function provenOrganization(claims: Readonly<Record<string, unknown>>): MessageParty | undefined {
  const { organization_id_type: kind, organization_id: id } = claims
  const known = memberIdTypes.find((candidate) => candidate === kind)
  if (known === undefined || typeof id !== 'string') return undefined
  const idType = idTypeOf[known]
  const canonical = canonicalId(idType, id)
  return canonical === undefined ? undefined : { idType, id: canonical }
}

/** The identifier in the one spelling in which it is compared; `undefined` when it is not well-formed. */
export function canonicalId(idType: OrganizationIdType, id: string): string | undefined {
  const kind = memberIdTypes.find((candidate) => idTypeOf[candidate] === idType)
  try {
    return kind && identifierKinds[kind](id)
  } catch {
    // Not well-formed, which the caller has words for.
    return undefined
  }
}

/** The roles of desks count as the role of their organisation, and not the other way. */
const widerRole: Readonly<Record<string, string>> = { 'gemeente-wmo': 'gemeente', 'gemeente-jw': 'gemeente' }

/** True when who has the role is one of those wanted. */
export function isOneOf(role: string, wanted: readonly string[]): boolean {
  const wider = Object.hasOwn(widerRole, role) ? widerRole[role] : undefined
  return wanted.includes(role) || (wider !== undefined && wanted.includes(wider))
}

/** The membership under which a party sends an event; `undefined` when none of its roles is one that does. */
export function membershipFor(
  memberships: readonly Membership[],
  event: { readonly senderRoles: readonly string[] } | undefined,
): Membership | undefined {
  return memberships.find(({ role }) => event === undefined || isOneOf(role, event.senderRoles))
}

/** True when both name one organisation. */
export function isSameParty(one: MessageParty, other: MessageParty): boolean {
  return one.idType === other.idType && one.id === other.id
}

/** As one text, for keys. */
export function partyKey({ idType, id }: MessageParty): string {
  return `${idType}:${id}`
}

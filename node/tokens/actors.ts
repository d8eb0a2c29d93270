import type { AuditActor, AuditEvent } from '../audit/event.js'
import type { Trace } from '../kernel/trace.js'
import type { Claims } from '../policy/question.js'
import type { WalletOwner } from '../../schemas/pack.js'
import { tokenIdOf, type TokenRecord } from './token-store.js'

/** Who acts with a token, and for whom when that is another; from what was proven. */
export function actorsOf({
  requester,
  serviceProvider,
  claims,
}: Pick<TokenRecord, 'requester' | 'serviceProvider' | 'claims'>): Pick<AuditEvent, 'actor' | 'onBehalfOf'> {
  const organization = describe(requester, claims, 'organization')
  if (serviceProvider === undefined) return { actor: organization }
  return { actor: describe(serviceProvider, claims, 'service_provider'), onBehalfOf: organization }
}

/** The account of a token that was granted, whichever grant gave it; part of the batch that stores the token. */
export function grantedEvent(token: string, record: TokenRecord, trace: Trace): AuditEvent {
  return {
    code: 'token.granted',
    action: 'execute',
    outcome: 'success',
    party: record.party,
    ...actorsOf(record),
    object: { scope: record.scope, token: tokenIdOf(token) },
    evidence: record.evidence,
    trace,
  }
}

function describe(did: string, claims: Claims, owner: WalletOwner): AuditActor {
  const text = (name: string): string | undefined => {
    const value = claims[`${owner}_${name}`]
    return typeof value === 'string' ? value : undefined
  }
  const [organization, role, idType, id] = [text('name'), text('role'), text('id_type'), text('id')]
  // Member by member: a literal that begins with a spread costs every event more, as `copyWith` says.
  const actor: { -readonly [Name in keyof AuditActor]: AuditActor[Name] } = {}
  // Who is known by a certificate has none.
  if (did.startsWith('did:')) actor.did = did
  if (organization !== undefined) actor.organization = organization
  if (role !== undefined) actor.role = role
  if (idType !== undefined && id !== undefined) actor.identifier = `${idType}:${id}`
  return actor
}

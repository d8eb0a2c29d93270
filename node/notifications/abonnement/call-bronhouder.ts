import { z } from 'zod'
import type { ResolveEndpoint } from '../../discovery/resolve-endpoint.js'
import type { Parties } from '../../identity/parties.js'
import { NodeError } from '../../kernel/errors.js'
import { startTrace } from '../../kernel/trace.js'
import type { Claims } from '../../policy/question.js'
import type { CallPeer } from '../../tokens/call-peer.js'
import { parsePeerJson } from '../../tokens/peer.js'
import { idTypeOf, scopesFor, type MessageParty } from '../../../schemas/wire/notification.js'
import { memberIdTypes, memberRoles } from '../../../schemas/credentials/ledenadministratie.js'
import { provenOrganization, type Membership } from '../memberships.js'
import { abonnementScope } from './abonnement-fields.js'

/** What is asked at the netwerkpunt of a bronhouder. */
export interface BronhouderCall {
  /** The local name of the party that asks. */
  readonly party: string
  /** The membership that it asks by. */
  readonly membership: Membership
  readonly bronhouder: string
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
}

/** What it said, and who it is. */
export interface BronhouderAnswer {
  readonly did: string | undefined
  /** The organisation that discovery lists it as. */
  readonly organization: MessageParty | undefined
  readonly data: Readonly<Record<string, unknown>>
}

/**
 * Calls the netwerkpunt of a bronhouder for an abonnement.
 * @throws `notification.abonnement_refused` when it refuses what was asked, `discovery.endpoint_unknown`, and what
 *   `CallPeer` throws; `outbound.failed` for a failure over there, `outbound.bad_answer`
 */
export type CallBronhouder = (call: BronhouderCall) => Promise<BronhouderAnswer>

export interface CallBronhouderDeps {
  readonly parties: Pick<Parties, 'get'>
  readonly resolveEndpoint: ResolveEndpoint
  readonly callPeer: CallPeer
  /** What the listing of a DID in discovery proves of it; nothing when it is not listed. */
  readonly claimsOf: (did: string) => Promise<Claims>
}

const answerSchema = z.looseObject({
  data: z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((data) => data ?? undefined),
  errors: z.array(z.unknown()).optional(),
})

export function createCallBronhouder(deps: CallBronhouderDeps): CallBronhouder {
  return async ({ party: subject, membership, bronhouder, query, variables }) => {
    const party = await deps.parties.get(subject)
    const trace = startTrace()
    const found = await deps.resolveEndpoint({
      organization: bronhouder,
      function: 'netwerkpunt',
      environment: 'PRD',
      trace,
    })
    const { did, endpoint, authorizationServer } = found
    const claims = did === undefined ? {} : await deps.claimsOf(did)
    const role = memberRoles.find((known) => known === (claims['organization_role'] ?? bronhouder))
    const [scope] = role === undefined ? [] : scopesFor(abonnementScope, role)
    if (authorizationServer === undefined || scope === undefined)
      throw new NodeError('discovery.endpoint_unknown', { notes: ['the role of the bronhouder is not known'] })
    const answer = await deps.callPeer({
      party,
      authorizationServer,
      scope,
      url: endpoint,
      body: { query, variables },
      accept: 'application/graphql-response+json, application/json',
      selection: {
        organization_id_type: memberIdTypes.find((kind) => idTypeOf[kind] === membership.idType) ?? '',
        organization_id: membership.id,
        organization_role: membership.role,
      },
      trace,
      maxResponseBytes: 256 * 1024,
    })
    const parsed = answerSchema.safeParse(parsePeerJson(answer.body))
    // A bronhouder that gives no reason: whatever is wrong, asking the same again does not help.
    if (answer.status === 400 || answer.status === 403 || answer.status === 429)
      throw new NodeError('notification.abonnement_refused', { detail: `status ${String(answer.status)}` })
    if (answer.status !== 200)
      throw new NodeError('outbound.failed', { detail: `a netwerkpunt: status ${String(answer.status)}` })
    if (!parsed.success || (parsed.data.errors ?? []).length > 0 || parsed.data.data === undefined)
      throw new NodeError('outbound.bad_answer', { detail: 'a netwerkpunt' })
    return { did, organization: provenOrganization(claims), data: parsed.data.data }
  }
}

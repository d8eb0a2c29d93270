import { compilePack, readPacks, type CredentialProfile } from '../../node/policy/pack.js'
import { createProfiles, type Profiles } from '../../node/policy/profiles.js'
import { NodeError } from '../../node/kernel/errors.js'
import { packageFile } from '../../node/kernel/package-root.js'
import type { Outbound } from '../../node/kernel/outbound.js'
import type { MovableClock } from '../../node/kernel/clock.js'
import type { Party } from '../../node/identity/party.js'
import { createGrantScopes } from '../../node/tokens/grant-scopes.js'
import { createGrantToken, type TokenRequest } from '../../node/tokens/grant-token.js'
import type { TokenAnswer } from '../../node/tokens/issue-token.js'
import { createCheckClient, type CheckClientDeps } from '../../node/tokens/check-client.js'
import { createDpop, type Dpop } from '../../node/tokens/dpop.js'
import { firstEpoch } from './epochs.js'
import type { Epoch } from '../../node/tokens/epoch.js'
import { createTokenStore, type TokenStore } from '../../node/tokens/token-store.js'
import type { VerifyPresentation } from '../../node/credentials/verify-presentation.js'
import type { PackData } from '../../schemas/pack.js'
import { createNodeParts, type NodeParts, type NodePartsOptions } from './node-parts.js'
import { createOutsider, type Outsider } from './outsider.js'

export const scope = 'registers/wlzindicatieregister/indicaties/indicatie:read'
export const alias = 'registers/wlzindicatieregister/indicaties:read'
export const autorisatieScope = 'registers/wlzindicatieregister/indicaties/autorisatie:read'

const noOutbound: Outbound = {
  request: () => Promise.reject(new NodeError('outbound.refused')),
  close: () => {},
}

/** By which the node is reached over TLS of its own. */
export const secondUrl = 'https://tls.example.nl:8443'

/** An organisation as a membership names it. */
export const zorgkantoor = {
  name: 'Zorgkantoor Noord',
  city: 'Noordstad',
  id: '5999',
  id_type: 'uzovi',
  role: 'zorgkantoor',
}

/** A bronhouder (keeper of a source) that grants tokens, who issues memberships, and a member that asks. */
export interface TokenWorld {
  readonly node: NodeParts
  readonly clock: MovableClock
  readonly bronhouder: Party
  /** The issuer URL of its authorization server. */
  readonly audience: string
  readonly stelselbeheerder: Outsider
  readonly member: Outsider
  readonly profiles: Profiles
  readonly profilesOf: (subject: string) => Profiles
  readonly tokenStore: TokenStore
  readonly dpop: Dpop
  readonly grant: (request: TokenRequest) => Promise<TokenAnswer>
  /** The membership credential of the member, or of somebody else, with other claims when given. */
  membership(options?: { readonly of?: string; readonly claims?: Record<string, unknown> }): string
}

export interface TokenWorldOptions extends Omit<NodePartsOptions, 'trust'> {
  readonly stelselbeheerder?: Outsider
  readonly lifetimeSeconds?: number
  readonly outbound?: Outbound
  readonly decisionPoint?: string
  readonly keepPresentations?: boolean
  /** Changes the packs as they were read. */
  readonly changePack?: (data: PackData) => PackData
  /** Credential types whose issuer is the stelselbeheerder, beside the membership. */
  readonly trustedTypes?: readonly string[]
  /** Replaces members of every profile. */
  readonly profile?: Partial<CredentialProfile>
  readonly nonceKey?: Buffer
  /** Who discovery lists with an authorization server; nobody unless given. */
  readonly listedWith?: CheckClientDeps['listedWith']
  readonly epoch?: Epoch
  /** Stands in front of the real verification. */
  readonly whileVerifying?: () => void
}

export async function createTokenWorld(options: TokenWorldOptions = {}): Promise<TokenWorld> {
  const issuers: string[] = []
  const trusted = ['LedenadministratieCredential', ...(options.trustedTypes ?? [])]
  const node = createNodeParts({ ...options, trust: Object.fromEntries(trusted.map((type) => [type, issuers])) })
  const { clock, store, audit, parties, verifier, trust } = node
  const stelselbeheerder = options.stelselbeheerder ?? createOutsider(clock)
  issuers.push(stelselbeheerder.did)
  const bronhouder = (await parties.find('ciz')) ?? (await parties.create({ subject: 'ciz' }))
  const packs = await readPacks(packageFile('policies'))
  const { changePack = (data) => data } = options
  const compiled = [...packs.values()].map((data) =>
    compilePack(changePack(data), { bronhouder: bronhouder.did, trust }),
  )
  const profiles = createProfiles(
    compiled.map((pack) => ({
      ...pack,
      profiles: pack.profiles.map((profile) => ({ ...profile, ...options.profile })),
    })),
  )
  const nothing = createProfiles([])
  const verifyPresentation: VerifyPresentation = (...given) => {
    options.whileVerifying?.()
    return node.verifyPresentation(...given)
  }
  const tokenStore = createTokenStore({ store, clock, verifier, epoch: options.epoch ?? firstEpoch })
  const profilesOf = (subject: string): Profiles => (subject === bronhouder.subject ? profiles : nothing)
  const dpop = createDpop({ clock, store, nonceKey: options.nonceKey })
  const member = createOutsider(clock)
  return {
    node,
    clock,
    bronhouder,
    audience: parties.issuerUrl(bronhouder),
    stelselbeheerder,
    member,
    profiles,
    profilesOf,
    tokenStore,
    dpop,
    grant: createGrantToken({
      store,
      audit,
      clock,
      parties,
      verifier,
      verifyPresentation,
      checkClient: createCheckClient({
        clock,
        parties,
        publicUrls: { all: [parties.issuerUrl(bronhouder).replace(/\/oauth2\/ciz$/, ''), secondUrl] },
        listedWith: options.listedWith ?? (async () => []),
      }),
      tokenStore,
      dpop,
      profilesOf,
      grantScopes: createGrantScopes({
        outbound: options.outbound ?? noOutbound,
        decisionPoint: options.decisionPoint,
      }),
      lifetimeSeconds: options.lifetimeSeconds ?? 900,
      keepPresentations: options.keepPresentations ?? false,
    }),
    membership: ({ of = member.did, claims = {} } = {}) =>
      stelselbeheerder.issue({
        type: 'LedenadministratieCredential',
        subject: { id: of, organization: zorgkantoor },
        claims,
      }),
  }
}

/** The submission for one membership at the first place of the presentation. */
export const submission = {
  id: 'submission',
  definition_id: 'indicatieregister-lid',
  descriptor_map: [{ id: 'lidmaatschap', format: 'jwt_vc', path: '$.verifiableCredential[0]' }],
}

const trace = { traceId: '0123456789abcdef0123456789abcdef', spanId: '0123456789abcdef' }

/** A good token request of the member, except for what the changes say; a parameter that is `undefined` is left out. */
export function tokenRequest(
  world: TokenWorld,
  changes: {
    readonly presentation?: string
    /** Claims of the presentation. */
    readonly claims?: Record<string, unknown>
    readonly credentials?: readonly unknown[]
    readonly parameters?: Readonly<Record<string, string | undefined>>
    readonly subject?: string
    readonly proof?: string
  } = {},
): TokenRequest {
  const { credentials = [world.membership()], claims = {} } = changes
  const parameters: Record<string, string> = {}
  const given = {
    grant_type: 'vp_token-bearer',
    client_id: 'https://lid.example.nl/oauth2/lid',
    assertion: changes.presentation ?? world.member.present({ audience: world.audience, credentials, changes: claims }),
    presentation_submission: JSON.stringify(submission),
    scope,
    ...changes.parameters,
  }
  for (const [name, value] of Object.entries(given)) if (value !== undefined) parameters[name] = value
  return {
    subject: changes.subject ?? world.bronhouder.subject,
    parameters,
    proof: changes.proof,
    trace,
  }
}

/** `granted`, or the code of the refusal. */
export async function outcomeOf(world: TokenWorld, request: TokenRequest): Promise<string> {
  try {
    await world.grant(request)
    return 'granted'
  } catch (error) {
    return NodeError.codeOf(error)
  }
}

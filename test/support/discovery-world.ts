import { randomUUID } from 'node:crypto'
import type { DiscoveryDefinition } from '../../node/catalogue/definition.js'
import { createListServer, type ListServer } from '../../node/catalogue/list-server.js'
import { createVerifyRegistration, type VerifyRegistration } from '../../node/catalogue/registration.js'
import { compileDefinition } from '../../node/credentials/exchange/definition.js'
import { createFixedClock, epochSeconds, toRfc3339, type MovableClock } from '../../node/kernel/clock.js'
import { discoveryDefinition } from '../../scripts/demo/discovery-definition.js'
import { createNodeParts, moment, type NodeParts, type NodePartsOptions } from './node-parts.js'
import { createOutsider, type Outsider } from './outsider.js'
import { zorgkantoor } from './token-world.js'

export const service = 'proeflijst'
/** The longest life of a registration in the list. */
export const maxValiditySeconds = 3600

/** A node that hosts a list, and who issues the memberships that the list asks. */
export interface DiscoveryWorld {
  readonly node: NodeParts
  readonly clock: MovableClock
  readonly stelselbeheerder: Outsider
  readonly definition: DiscoveryDefinition
  readonly verifyRegistration: VerifyRegistration
  readonly listServer: ListServer
  /** Registers, or withdraws, at the list. */
  register(presentation: string): Promise<void>
  /** The list after a number, parsed. */
  page(after?: number, limit?: number): Promise<Page>
  membership(of: string, claims?: Record<string, unknown>): string
}

export interface Page {
  readonly seed: string
  readonly timestamp: number
  readonly more?: boolean
  readonly entries: Readonly<Record<string, string>>
}

export interface DiscoveryWorldOptions extends Omit<NodePartsOptions, 'trust'> {
  readonly stelselbeheerder?: Outsider
  readonly endpoint?: string
}

export function createDiscoveryWorld(options: DiscoveryWorldOptions = {}): DiscoveryWorld {
  const { clock = createFixedClock(moment), endpoint = `https://node.example.nl/discovery/${service}` } = options
  const { stelselbeheerder = createOutsider(clock) } = options
  const trust = { LedenadministratieCredential: [stelselbeheerder.did] }
  const node = createNodeParts({ ...options, clock, trust })
  const definition = describeList(stelselbeheerder.did, endpoint)
  const verifyRegistration = createVerifyRegistration(node)
  const listServer = createListServer({ ...node, verifyRegistration, definitions: [definition], hosted: [service] })
  return {
    node,
    clock,
    stelselbeheerder,
    definition,
    verifyRegistration,
    listServer,
    register: (presentation) => listServer.register(service, presentation, trace),
    async page(after = 0, limit) {
      const { body } = await listServer.page(service, { after, limit })
      return JSON.parse(body.toString()) as Page // What page made.
    },
    membership: (of, claims = {}) =>
      stelselbeheerder.issue({
        type: 'LedenadministratieCredential',
        subject: { id: of, organization: zorgkantoor },
        claims: { exp: epochSeconds(clock.now()) + 86_400, ...claims },
      }),
  }
}

/** The demonstration's list for members, open to other DID methods and with short lives. */
export function describeList(issuer: string, endpoint: string): DiscoveryDefinition {
  const data = discoveryDefinition({ id: service, endpoint, issuer })
  return {
    id: service,
    endpoint,
    didMethods: ['jwk', 'web'],
    maxValiditySeconds,
    presentation: compileDefinition(data.presentation_definition),
    text: JSON.stringify(data),
  }
}

const trace = { traceId: '0123456789abcdef0123456789abcdef', spanId: '0123456789abcdef' }

/** What a party says about itself in a registration. */
export function listing(world: DiscoveryWorld, did: string, subject: Record<string, unknown> = {}): object {
  return {
    '@context': ['https://www.w3.org/2018/credentials/v1'],
    type: ['VerifiableCredential', 'DiscoveryRegistrationCredential'],
    id: `urn:uuid:${randomUUID()}`,
    issuer: did,
    issuanceDate: toRfc3339(world.clock.now()),
    credentialSubject: { id: did, authServerURL: 'https://lid.example.nl/oauth2/lid', ...subject },
  }
}

/** A good registration of `member` for ten minutes, except for what the changes say. */
export function registration(
  world: DiscoveryWorld,
  member: Outsider,
  changes: { readonly claims?: Record<string, unknown>; readonly credentials?: readonly unknown[] } = {},
): string {
  const { credentials = [world.membership(member.did), listing(world, member.did)], claims = {} } = changes
  const exp = epochSeconds(world.clock.now()) + 600
  return member.present({ audience: service, credentials, changes: { exp, ...claims } })
}

/** The withdrawal of a registration, for as long as the list allows. */
export function retraction(
  world: DiscoveryWorld,
  member: Outsider,
  withdrawn: string | undefined,
  claims: Record<string, unknown> = {},
): string {
  const exp = epochSeconds(world.clock.now()) + maxValiditySeconds - 2
  const vp = {
    '@context': ['https://www.w3.org/2018/credentials/v1'],
    type: ['VerifiablePresentation', 'RetractedVerifiablePresentation'],
  }
  return member.present({ audience: service, credentials: [], changes: { exp, vp, retract_jti: withdrawn, ...claims } })
}

/** The id of a presentation. */
export function idOf(presentation: string): string {
  const { jti } = JSON.parse(Buffer.from(presentation.split('.')[1] ?? '', 'base64url').toString()) as { jti: string }
  return jti
}

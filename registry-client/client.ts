import { createReadCatalogueAt, type ReadCatalogueAt } from './catalogue.js'
import { createCaller, type CallOptions, type Patience, type SignIn } from './call.js'
import { systemClock, type ClientClock } from './clock.js'
import { createDiscover, type Discover } from './discover.js'
import { createFhir, type Fhir } from './fhir.js'
import { createQueryGraphql, type QueryGraphql } from './graphql.js'
import { createOwnInbox, type OwnInbox } from './inbox.js'
import { createOwnNode } from './own-node.js'
import { createAskOverview, type AskOverview } from './overview.js'
import { createSources } from './source.js'
import { createSubscribe, type Subscribe } from './subscribe.js'
import { createTokens, type AccessToken, type TokenRequest } from './token.js'

export type { CallOptions, Patience } from './call.js'
export type { CatalogueOptions, ReadCatalogue, ReadCatalogueAt } from './catalogue.js'
export type { Catalogue, CatalogueDataset, CatalogueService, Texts } from './catalogue-document.js'
export type { ClientClock } from './clock.js'
export type { Discover, Filters, FoundPage, ListedParty, Listings, SourceAccess } from './discover.js'
export { RegistryError, type Peer, type RegistryErrorCode } from './error.js'
export type { Fhir, FhirPage, FhirParameters, FhirResource } from './fhir.js'
export type { FoundDataset, FoundParty, FoundService } from './found.js'
export type { GraphqlAnswer, GraphqlQuery, QueryGraphql } from './graphql.js'
export type { Acknowledgement, InboxMessage, InboxOptions, InboxSubscription, OwnInbox } from './inbox.js'
export type { AskOverview, OverviewQuestion } from './overview.js'
export type { Overview } from '../schemas/wire/overview.js'
export type { Pages } from './pages.js'
export type { Source, SourceByScope, SourceByToken } from './source.js'
export type { IndexChange, IndexSubscription, Position, Subscribe, SubscribeOptions } from './subscribe.js'
export type { AccessToken, TokenRequest } from './token.js'

/** What an application does in the network, through its own node. It holds no keys. */
export interface RegistryClient {
  /** Finds others, in what the own node verified. */
  readonly discover: Discover
  /** Reads a catalogue at its own address. */
  readonly catalogue: ReadCatalogueAt
  /**
   * A token for a scope of another party: bound to a key of the own party where the other offers that. Kept until it
   * ends; `graphql` and `fhir` get theirs here by themselves.
   * @throws RegistryError `refused` with what the wallet lacks, or in the words of the other party
   */
  token(request: TokenRequest, options?: CallOptions): Promise<AccessToken>
  /** Queries a GraphQL source. */
  readonly graphql: QueryGraphql
  /** Reads and searches at a FHIR source. */
  readonly fhir: Fhir
  /** What is arranged for one person, at every source that may be asked. */
  readonly overview: AskOverview
  /** Follows what changes in the network, and what the own party is told. */
  readonly subscribe: Subscribe
  /** What was received by the own party: `subscribe` follows it. */
  readonly inbox: OwnInbox
}

/** What a client needs to know; all but the first two have a default. */
export interface RegistryClientOptions {
  /** The internal address of the application's own node. */
  readonly nodeUrl: string
  /** The local name of the party that the application works for. */
  readonly subject: string
  /** Gives a token to sign in at the own node, where it asks who calls; asked for each request, and sent to nobody else. */
  readonly signIn?: SignIn | undefined
  readonly patience?: Partial<Patience>
  /** Without it the `fetch` of the platform. It must not follow redirects when it is told so. */
  readonly fetch?: typeof fetch
  /** Without it the clock of the machine. */
  readonly clock?: ClientClock
  /** How many tokens are kept, 100 unless given. */
  readonly keptTokens?: number
  /** How many catalogues are kept, 50 unless given; one is 256 kB at most. */
  readonly keptCatalogues?: number
}

const defaultPatience: Patience = {
  callSeconds: 10,
  totalSeconds: 30,
  attempts: 3,
  firstPauseMilliseconds: 200,
  longestPauseMilliseconds: 5_000,
}

/**
 * Makes a client of one party's node. It keeps tokens, and shares nothing with other clients.
 * @throws RegistryError `invalid_request` for an address that is none
 */
export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const { nodeUrl, subject, clock = systemClock } = options
  const patience = { ...defaultPatience, ...options.patience }
  const caller = createCaller({ fetch: options.fetch ?? fetch, clock, patience, signIn: options.signIn })
  const node = createOwnNode(nodeUrl, caller)
  const tokens = createTokens({ node, caller, subject, now: () => clock.now(), capacity: options.keptTokens ?? 100 })
  const sources = createSources({ caller, tokens })
  return {
    discover: createDiscover({ node, caller }),
    catalogue: createReadCatalogueAt({ caller, capacity: options.keptCatalogues ?? 50 }),
    token: async (request, callOptions) => tokens.get(caller.begin(callOptions), request),
    graphql: createQueryGraphql({ caller, sources }),
    fhir: createFhir({ caller, sources }),
    overview: createAskOverview({ node, caller, subject }),
    subscribe: createSubscribe({ node, caller, clock, subject }),
    inbox: createOwnInbox({ node, caller, subject }),
  }
}

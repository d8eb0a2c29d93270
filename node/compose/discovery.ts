import { createHash } from 'node:crypto'
import type { ServedSources } from '../access/served-sources.js'
import type { Audit } from '../audit/audit.js'
import type { DiscoveryDefinition } from '../catalogue/definition.js'
import { isWebUrl } from '../catalogue/describe-catalogue.js'
import { createForward } from '../catalogue/forward.js'
import { createListServer } from '../catalogue/list-server.js'
import { createListWatch } from '../catalogue/list-watch.js'
import { createVerifyRegistration } from '../catalogue/registration.js'
import type { Present } from '../credentials/present.js'
import type { CredentialVerifier } from '../credentials/verify-credential.js'
import type { VerifyPresentation } from '../credentials/verify-presentation.js'
import type { Wallet } from '../credentials/wallet.js'
import { createActivations } from '../discovery/activation.js'
import { createAddressBook } from '../discovery/address-book/address-book.js'
import { createDescribeCopies } from '../discovery/describe-copies.js'
import { createReplica } from '../discovery/replica.js'
import { createResolveEndpoint } from '../discovery/resolve-endpoint.js'
import { createSearch } from '../discovery/search.js'
import { createSync } from '../discovery/sync.js'
import { createWatch } from '../discovery/watch.js'
import { pathOfSource } from '../http/routes/sources.js'
import type { Parties } from '../identity/parties.js'
import type { DidResolver } from '../identity/resolve-did.js'
import type { Clock } from '../kernel/clock.js'
import type { Log } from '../kernel/log.js'
import type { Outbound } from '../kernel/outbound.js'
import type { Trace } from '../kernel/trace.js'
import type { Store } from '../stores/contracts.js'
import type { Leases } from '../stores/lease.js'
import type { Configuration } from '../../schemas/configuration.js'

/** A name for a set of rules. */
const digestOf = (rules: unknown): string => createHash('sha256').update(JSON.stringify(rules)).digest('base64url')

/**
 * How the parties of a node find others and are found, and the lists that it hosts: a part of `compose.ts`. */
export async function createDiscoveryParts(deps: {
  readonly configuration: Configuration
  readonly log: Log
  readonly clock: Clock
  /** Of the node: another version may verify otherwise. */
  readonly version: string
  readonly url: string
  readonly store: Store
  readonly leases: Leases
  readonly outbound: Outbound
  readonly audit: Audit
  readonly parties: Parties
  readonly verifier: CredentialVerifier
  readonly verifyPresentation: VerifyPresentation
  readonly wallet: Wallet
  readonly present: Present
  readonly servedSources: ServedSources
  readonly resolver: DidResolver
  /** What a listing says of the catalogue of a party. */
  readonly listingOf: (subject: string) => Readonly<Record<string, string>>
  readonly definitions: readonly DiscoveryDefinition[]
}) {
  const { configuration, clock, url, store, leases, outbound, audit, parties, servedSources, definitions } = deps
  const services = configuration.discovery.server
  const verifyRegistration = createVerifyRegistration(deps)
  const listServer = createListServer({ store, audit, clock, verifyRegistration, definitions, hosted: services })
  const watching = { clock, log: deps.log, verifier: deps.verifier }
  const replica = createReplica({ store, clock })
  const sync = createSync({
    clock,
    log: deps.log,
    outbound,
    replica,
    leases,
    verifyRegistration,
    definitions,
    hosted: { services, page: (service, request) => listServer.page(service, request) },
    rulesOf: (definition) =>
      digestOf([deps.version, configuration.trust, definition.didMethods, definition.presentation.data]),
  })
  const watch = createWatch({ ...watching, replica })
  const listWatch = createListWatch({ ...watching, store, listServer })
  const activations = createActivations({
    store,
    leases,
    audit,
    clock,
    outbound,
    parties,
    wallet: deps.wallet,
    present: deps.present,
    replica,
    definitions,
    hosted: { services, register: (...registration) => listServer.register(...registration) },
    ownParameters: ({ subject }) => ({
      ...Object.fromEntries(
        servedSources.namesOf(subject).map((name) => {
          const path = pathOfSource(subject, name, servedSources.find(subject, name))
          return [name, `${url}${path}`]
        }),
      ),
      ...deps.listingOf(subject),
    }),
  })
  const { loopback } = configuration.outbound
  const addressBook = createAddressBook({ store, audit, clock, loopback })
  return {
    definitions,
    addressBook,
    /** Needs the tokens, which need what was found. */
    resolveEndpointWith: (tokenEndpointOf: (authorizationServer: string, trace: Trace) => Promise<string>) =>
      createResolveEndpoint({
        clock,
        services: definitions.map(({ id }) => id),
        replica,
        sync,
        addressBook,
        resolveDid: (did) => deps.resolver.resolve(did),
        isEndpoint: (endpoint) => isWebUrl(endpoint, loopback),
        tokenEndpointOf,
      }),
    listServer,
    hosted: services,
    describeCopies: createDescribeCopies({ clock, definitions, hosted: services, replica, sync, activations }),
    forward: createForward({ outbound, audit, definitions, url }),
    sync,
    /** Takes out what no longer counts: of the copy, and of the list when this node hosts it. */
    watch: async (service: string): Promise<void> => {
      const looks = [watch.run(service), ...(services.includes(service) ? [listWatch.run(service)] : [])]
      // Both come to their end, whatever the other does.
      const failed = (await Promise.allSettled(looks)).find(({ status }) => status === 'rejected')
      if (failed?.status === 'rejected') throw failed.reason
    },
    search: createSearch({ clock, replica, sync, definitions }),
    activations,
    replica,
    services: definitions.map(({ id }) => id),
    listings: (service: string) => replica.listings(service),
    status: (service: string) => sync.status(service),
    listedWith: (authorizationServer: string) => replica.listedWith(authorizationServer),
  }
}

import { openServedSources } from './access/served-sources.js'
import { createAccounting } from './compose/accounting.js'
import { createAudit } from './audit/audit.js'
import { createWatchExpiry } from './credentials/expiring.js'
import type { ReadCatalogueDocument } from './catalogue/read-catalogue.js'
import type { Route } from './http/exchange.js'
import { addressBookRoutes } from './http/routes/address-book.js'
import { drain } from './http/drain.js'
import { createListener } from './http/listener.js'
import { contextRoutes } from './http/routes/contexts.js'
import { didDocumentRoutes } from './http/routes/identity.js'
import { discoveryListRoutes } from './http/routes/discovery-list.js'
import { discoveryCopiesRoutes } from './http/routes/discovery-copies.js'
import { discoveryRoutes } from './http/routes/discovery.js'
import { gatewayRoutes } from './http/routes/gateway.js'
import { createThrottle } from './http/throttle.js'
import { untilConfirmed } from './http/until-confirmed.js'
import { sourceRoutes } from './http/routes/sources.js'
import { oauthRoutes } from './http/routes/oauth.js'
import { openApiRoutes } from './http/routes/openapi.js'
import { operationsRoutes } from './http/routes/operations.js'
import { walletRoutes } from './http/routes/wallet.js'
import { statusListRoutes } from './http/routes/status-lists.js'
import { registerRoutes } from './http/routes/registers.js'
import { storageRoutes } from './http/routes/storage.js'
import { tokenRoutes } from './http/routes/tokens.js'
import { systemClock, type Clock } from './kernel/clock.js'
import type { Log } from './kernel/log.js'
import { createPublicUrls, type PublicUrls } from './kernel/public-urls.js'
import { openAbonnementParts } from './compose/abonnementen.js'
import { createCredentialParts } from './compose/credentials.js'
import { composeAuthorizations, createNoteAuthorizations } from './compose/authorizations.js'
import { createCatalogueParts } from './compose/catalogue.js'
import { createDiscoveryParts } from './compose/discovery.js'
import { openObserved, type Observed } from './compose/observing.js'
import { createIdentityParts } from './compose/identity.js'
import { composeIndex } from './compose/discovery-index.js'
import { composeNetwerkpunt } from './compose/netwerkpunt.js'
import { createMeldingParts } from './compose/melding.js'
import { composeNid } from './compose/nid.js'
import { composeNotifications } from './compose/notifications.js'
import { createOutboxParts } from './compose/outbox.js'
import { composeOverview } from './compose/overview.js'
import { composePolicy, policiesDirectory } from './compose/policy.js'
import { openStrangerGuard } from './compose/sign-in.js'
import { listenPublic, openServerTls } from './compose/tls.js'
import { composeTokens } from './compose/tokens.js'
import { startJobs } from './compose/jobs.js'
import { replayRestored } from './compose/replays.js'
import { createLeases } from './stores/lease.js'
import { openEpoch } from './tokens/epoch.js'
import { readDefinitions } from './resources.js'
import { interfacePages } from './web/interface-pages.js'
import type { Configuration } from '../schemas/configuration.js'

/** A node that serves. */
export interface RunningNode {
  /** Without TLS of its own, or with it where nothing is plain. */
  readonly publicPort: number
  /** Of TLS beside the plain port. */
  readonly tlsPort?: number
  readonly internalPort: number
  /** Finishes running requests, stops background work, flushes and closes the store. Safe to call twice. */
  stop(): Promise<void>
}

export interface ComposeOptions {
  readonly configuration: Configuration
  readonly log: Log
  readonly clock?: Clock
  readonly version: string
  /** Reads catalogues for several nodes of one process. */
  readonly readCatalogue?: ReadCatalogueDocument
}

const finishWithinMilliseconds = 10_000

/**
 * Builds a node from its configuration and starts it: the only composition root. Each part gets what it needs and nothing
 * else; the order is that of the rooms, from the bottom up.
 *
 * @throws `config.invalid`, `store.locked`, `store.damaged`, `identity.key_store_closed`, `policy.pack_invalid`,
 *   `catalogue.refused`; what was opened by then is closed again
 */
export async function composeNode(options: ComposeOptions): Promise<RunningNode> {
  const { configuration, log, clock = systemClock } = options
  const publicUrls = createPublicUrls({ url: configuration.url, tlsUrl: configuration.http.public.tls?.url })
  const observed = await openObserved({ configuration, clock, log, version: options.version })
  try {
    return await startNode({ ...options, ...observed, clock, publicUrls, url: publicUrls.url })
  } catch (cause) {
    await observed.release()
    throw cause
  }
}

type StartOptions = ComposeOptions & Observed & Readonly<{ clock: Clock; publicUrls: PublicUrls; url: string }>

async function startNode(options: StartOptions): Promise<RunningNode> {
  const { configuration, log, clock, publicUrls, url, store, outbound, keyStore, background, release } = options
  const { metrics, tracer, observeDecide } = options

  // How it accounts for itself, and whether its store is the one that it had.
  const node = { name: configuration.name, version: options.version }
  const audit = createAudit({ store, clock, node, pseudonymKey: keyStore.secretFor('audit pseudonyms') })
  const leases = createLeases({ store, clock, log })
  const accounting = await createAccounting({ ...options, leases, audit, metrics })
  // A store in memory begins anew at every start, and is for tests.
  const outside = configuration.storage.url === 'memory:' ? undefined : accounting.newest
  await replayRestored(options)
  const epoch = await openEpoch({ store, audit, clock, log, outside })
  const requireConfirmed = (): Promise<void> => epoch.requireReading()

  // Who speaks.
  const identity = createIdentityParts({ ...options, audit })
  const { parties, resolver, revocations } = identity

  // What they say and show.
  const restoredAt = epoch.startedAt
  const basis = { configuration, log, clock, publicUrls, url, store, outbound, audit, leases, parties, restoredAt }
  const credentials = createCredentialParts({ ...basis, resolver })
  const { trust, statusLists, wallet } = credentials

  // What they serve, who may read it, and who is told when it changes.
  const abonnementParts = openAbonnementParts(options)
  const outboxParts = createOutboxParts({ ...basis, ...abonnementParts })
  const noteAuthorizations = createNoteAuthorizations(configuration, () => servedSources)
  const meldingen = createMeldingParts({ ...basis, ...outboxParts })
  const servedSources = await openServedSources({
    ...options,
    ...basis,
    trust,
    policiesDirectory: policiesDirectory(configuration),
    sandbox: configuration.policies.sandbox,
    countUnmappedCode: (list) => metrics.countUnmappedCode(list),
    onChange: [outboxParts.notifyChanges, abonnementParts.noticeChangedCases, noteAuthorizations, meldingen.onChange],
    configured: configuration.parties,
  })

  // Finding and being found.
  const definitions = await readDefinitions(configuration)
  const listed = { ...basis, version: options.version, definitions, servedSources }
  const catalogues = await createCatalogueParts({ ...listed, ...identity, ...abonnementParts, epoch })
  const netwerkpunten = await composeNetwerkpunt({ ...basis, ...identity, ...credentials, servedSources })
  const discovery = await createDiscoveryParts({
    ...listed,
    ...credentials,
    ...catalogues,
    listingOf: (subject) => ({ ...catalogues.listingOf(subject), ...netwerkpunten.listingOf(subject) }),
    resolver,
  })
  const { listedWith } = discovery
  const found = { ...basis, ...credentials, ...catalogues, ...discovery }
  const indexing = await composeIndex({ ...options, ...found, resolver, metrics })

  // Tokens, in both roles.
  const parts = { outboxParts, abonnementParts, meldingen }
  const own = { leases, metrics, requireConfirmed, netwerkpunten, restoredAt, observeDecide, ...parts }
  const speaking = { configuration, store, clock, audit, outbound, keyStore, parties, publicUrls, ...own }
  const tokens = composeTokens({ ...speaking, ...credentials, ...netwerkpunten, servedSources, epoch, listedWith })

  // Deciding.
  const deciding = await composePolicy({ ...speaking, ...tokens, ...discovery, ...catalogues, servedSources })
  const nid = composeNid({ ...speaking, ...tokens, ...credentials, revocations, servedSources, netwerkpunten })

  // Telling and being told.
  const asking = { ...speaking, ...tokens, ...credentials, ...discovery, servedSources }
  const authorizations = composeAuthorizations({ ...options, ...asking })
  const notifications = composeNotifications({ ...options, ...asking })

  // What is arranged for somebody, wherever that is.
  const overview = await composeOverview({ ...found, ...asking, ...notifications, index: indexing.index })

  // The two listeners.
  const strangers = await openStrangerGuard({ ...options, audit })
  const tls = await openServerTls({ ...options, report: (end) => metrics.setTlsCertificateEnd(end) })
  let stopping: Promise<void> | undefined
  const { clientAddressHeader, connectionsPerAddress, refusalsPerMinute } = configuration.http.public
  const throttle = createThrottle({ clock, refusalsPerMinute })
  const watched = { version: options.version, log, metrics, tracer }
  const gated = (routes: readonly Route[]): readonly Route[] => untilConfirmed(routes, requireConfirmed)
  const publicListener = createListener({
    listener: 'public',
    ...watched,
    throttle,
    addressHeader: clientAddressHeader,
    publicUrls,
    limits: { connectionsPerAddress },
    basePath: new URL(url).pathname.replace(/\/$/, ''),
    routes: gated([
      ...oauthRoutes({ ...tokens, parties, didMethods: resolver.methods }),
      ...nid,
      ...sourceRoutes({ ...tokens, ...catalogues, audit, parties, servedSources, ...deciding }),
      ...authorizations.publicRoutes,
      ...didDocumentRoutes({ parties }),
      ...statusListRoutes({ statusLists }),
      ...contextRoutes(),
      ...notifications.publicRoutes,
      ...catalogues.routes,
      ...discoveryListRoutes(discovery),
      ...indexing.publicRoutes,
      ...accounting.publicRoutes,
    ]),
  })
  const internalListener = createListener({
    listener: 'internal',
    ...watched,
    ...strangers,
    routes: gated([
      ...tokenRoutes({ ...tokens, clock, parties }),
      ...gatewayRoutes(tokens),
      ...deciding.policyRoutes,
      ...identity.identityRoutes,
      ...credentials.credentialRoutes,
      ...authorizations.internalRoutes,
      ...walletRoutes({ clock, parties, wallet, definitionOf: tokens.definitionOf }),
      ...discoveryRoutes({ ...discovery, audit }),
      ...indexing.internalRoutes,
      ...addressBookRoutes({
        ...found,
        resolveEndpoint: discovery.resolveEndpointWith(tokens.tokenEndpointOf),
      }),
      ...discoveryCopiesRoutes(discovery),
      ...openApiRoutes({
        version: options.version,
        contact: configuration.contact,
        pages: interfacePages,
        publicInterface: () => ({ urls: publicUrls.all, routes: publicListener.routes }),
        internalInterface: () => ({ urls: ['/'], routes: internalListener.routes, access: strangers.access }),
      }),
      ...notifications.internalRoutes,
      ...accounting.internalRoutes,
      ...overview.internalRoutes,
      ...registerRoutes({ findRegister: (party, source) => servedSources.find(party, source)?.register }),
      ...storageRoutes({
        audit,
        clock,
        contents: store.contents,
        node: configuration.name,
        signBackup: accounting.signBackup,
        confirmRestore: (by) => epoch.confirm(by).then(() => accounting.beginAnew()),
      }),
      ...operationsRoutes({
        metrics,
        isStopping: () => stopping !== undefined,
        dependencies: [
          { name: 'storage', check: () => store.check() },
          accounting.dependency,
          { name: 'restore', check: requireConfirmed },
        ],
      }),
    ]),
  })

  await accounting.start(background)
  await strangers.start(background)
  const { port: internalPort } = await internalListener.listen(configuration.http.internal)
  const { port: publicPort, tlsPort } = await listenPublic(publicListener, configuration, tls).catch(
    async (cause: unknown) => {
      await Promise.all([internalListener.close(0), publicListener.close(0)])
      throw cause
    },
  )
  startJobs({
    ...options,
    ...identity,
    audit,
    throttles: [throttle, ...(strangers.throttle === undefined ? [] : [strangers.throttle])],
    leases,
    ...discovery,
    measureCopies: async () => metrics.setCopies(await discovery.describeCopies()),
    index: indexing.index,
    published: catalogues.published,
    requireConfirmed,
    refreshTls: tls === undefined ? undefined : () => tls.refresh((options) => publicListener.renewTls(options)),
    watchExpiry: createWatchExpiry({ clock, log, parties, wallet, report: (ends) => metrics.setCredentialEnds(ends) }),
  })
  for (const part of [notifications, authorizations, overview]) part.start(background)
  log.info('node serves', { address: url, port: publicPort, version: options.version })

  return {
    publicPort,
    ...(tlsPort === undefined ? {} : { tlsPort }),
    internalPort,
    stop() {
      stopping ??= (async () => {
        log.info('node stops')
        notifications.letGo()
        await drain([publicListener, internalListener], configuration.http.drainSeconds)
        await publicListener.close(finishWithinMilliseconds)
        await internalListener.close(finishWithinMilliseconds)
        await notifications.stop()
        await accounting.stop()
        await release()
        await Promise.all([indexing.close(), credentials.endAside()])
      })()
      return stopping
    },
  }
}

import { createReadOwn } from '../access/read-own.js'
import type { ServedSources } from '../access/served-sources.js'
import type { Audit } from '../audit/audit.js'
import type { InboxWaiting } from './inbox.js'
import { composeMelding, type MeldingParts } from './melding.js'
import type { Wallet } from '../credentials/wallet.js'
import type { DiscoveryIndex } from '../discovery/index/discovery-index.js'
import type { Replica } from '../discovery/replica.js'
import type { Sync } from '../discovery/sync.js'
import type { Route } from '../http/exchange.js'
import type { Metrics } from '../http/metrics.js'
import { overviewRoutes } from '../http/routes/overview.js'
import type { Parties } from '../identity/parties.js'
import type { Background } from '../kernel/background.js'
import type { Clock } from '../kernel/clock.js'
import type { Log } from '../kernel/log.js'
import { createAskPlace } from '../overview/ask-place.js'
import { createFollowOverview } from '../overview/follow-overview.js'
import { createOverview } from '../overview/create-overview.js'
import { composeTransitions } from './transitions.js'
import { createLocate } from '../overview/locate.js'
import { createTellFaults } from '../overview/melding/tell-faults.js'
import { loadOverviewQuestions } from '../overview/questions.js'
import type { FindToldCases } from '../notifications/abonnement/find-told-cases.js'
import type { Inbox } from '../notifications/inbox.js'
import type { FindMemberships } from '../notifications/memberships.js'
import type { Enqueue } from '../notifications/outbox/enqueue.js'
import type { Receive } from '../notifications/receive.js'
import type { Leases } from '../stores/lease.js'
import type { Store } from '../stores/contracts.js'
import type { CallPeer } from '../tokens/call-peer.js'
import type { Configuration } from '../../schemas/configuration.js'

/** What overviews need of the rest of the node. */
export interface ComposeOverviewDeps {
  readonly configuration: Configuration
  readonly audit: Audit
  readonly clock: Clock
  readonly log: Log
  readonly store: Store
  readonly parties: Parties
  readonly wallet: Wallet
  readonly servedSources: ServedSources
  readonly services: readonly string[]
  readonly replica: Replica
  readonly status: Sync['status']
  readonly index: DiscoveryIndex | undefined
  readonly callPeer: CallPeer
  readonly meldingen: MeldingParts
  readonly metrics: Pick<Metrics, 'setMeldingen'>
  readonly leases: Leases
  readonly outboxParts: { readonly enqueue: Enqueue }
  readonly netwerkpunten: { readonly findMemberships: FindMemberships }
  readonly receive: Receive
  readonly inbox: Inbox
  readonly findToldCases: FindToldCases
  readonly waiting: InboxWaiting
  readonly requireConfirmed: () => Promise<void>
}

/**
 * The part of `compose.ts` that asks elsewhere what is arranged for somebody, and tells what is wrong there.
 * @throws `policy.pack_invalid`
 */
export async function composeOverview(
  deps: ComposeOverviewDeps,
): Promise<{ readonly internalRoutes: readonly Route[]; start(background: Background): void }> {
  const { configuration, replica, meldingen, metrics } = deps
  const asking = {
    ...deps,
    questions: await loadOverviewQuestions(),
    locate: createLocate(deps),
    askPlace: createAskPlace(deps),
    readOwn: createReadOwn(deps),
    sandbox: configuration.policies.sandbox,
  }
  const makeOverview = createOverview({
    ...asking,
    checkRecords: (...records) => meldingen.rules.check(...records),
    tellFaults: createTellFaults({ ...deps, ...meldingen }),
    async nameOf(identifier) {
      const [listing] = await replica.listedAs({ identifier })
      const name = listing?.fields['organization_name']
      return typeof name === 'string' ? name : undefined
    },
  })
  const transitions = composeTransitions({ ...asking, ...deps.outboxParts, ...deps.netwerkpunten })
  const melding = composeMelding({ ...deps, report: (counts) => metrics.setMeldingen(counts) })
  return {
    internalRoutes: [
      ...overviewRoutes({
        ...deps,
        ...deps.waiting,
        createOverview: makeOverview,
        followOverview: createFollowOverview({ ...deps, ...deps.waiting, createOverview: makeOverview }),
      }),
      ...melding.internalRoutes,
    ],
    start(background) {
      melding.start(background)
      transitions.start(background)
    },
  }
}

import type { PartyKeys } from '../identity/party-keys.js'
import type { Parties } from '../identity/parties.js'
import { reportLostKeys } from './lost-keys.js'
import { setTimeout } from 'node:timers/promises'
import type { Audit } from '../audit/audit.js'
import type { Activations } from '../discovery/activation.js'
import type { DiscoveryIndex } from '../discovery/index/discovery-index.js'
import type { Replica } from '../discovery/replica.js'
import type { Sync } from '../discovery/sync.js'
import type { Throttle } from '../http/throttle.js'
import type { PublishedCatalogues } from '../catalogue/published.js'
import { createBackground, type Background } from '../kernel/background.js'
import { NodeError } from '../kernel/errors.js'
import type { Log } from '../kernel/log.js'
import type { Store } from '../stores/contracts.js'
import type { Leases } from '../stores/lease.js'
import type { Configuration } from '../../schemas/configuration.js'

const sweepEveryMilliseconds = 10_000
const sweepAtOnce = 1_000
const accountEveryMilliseconds = 60_000
const refreshTlsEveryMilliseconds = 10_000
const lookForEndsEveryMilliseconds = 600_000
/** What is revoked leaves within a minute: this, and the seconds that a status list may take. */
const watchEveryMilliseconds = 45_000
const measureCopiesEveryMilliseconds = 30_000
/** Nothing is sent that is not due. */
const renewEveryMilliseconds = 15_000
const lookForCatalogueEveryMilliseconds = 5_000
/** With the ten seconds of a lease: another replica takes over within fifteen seconds of the end of the one that led. */
const askToLeadEveryMilliseconds = 3_000
const followIndexEveryMilliseconds = 2_000
const takeListingsEveryMilliseconds = 5_000
const forgetDeletionsEveryMilliseconds = 3_600_000

export interface JobsDeps {
  readonly configuration: Configuration
  readonly log: Log
  readonly store: Store
  readonly audit: Audit
  /** One for each listener that has one. */
  readonly throttles: readonly Throttle[]
  readonly leases: Leases
  readonly background: Background
  /** Told of each run that failed. */
  readonly jobFailed: (job: string) => void
  readonly sync: Sync
  /** Takes out of a list what has expired or was revoked. */
  readonly watch: (service: string) => Promise<void>
  /** Gives what the copies of lists hold to the metrics. */
  readonly measureCopies: () => Promise<void>
  readonly activations: Activations
  /** `undefined` where the settings switch it off. */
  readonly index: DiscoveryIndex | undefined
  readonly replica: Pick<Replica, 'onCommit'>
  /** What the parties publish, where they do. */
  readonly published: Pick<PublishedCatalogues, 'places' | 'current' | 'refresh'>
  /** @throws `token.unconfirmed` while a restored node waits */
  readonly requireConfirmed: () => Promise<void>
  /** Looks whether the TLS certificate was renewed; `undefined` where the node ends no TLS. */
  readonly refreshTls: (() => Promise<void>) | undefined
  readonly parties: Pick<Parties, 'list'>
  readonly partyKeys: Pick<PartyKeys, 'list'>
  /** Looks for credentials that end soon. */
  readonly watchExpiry: () => Promise<void>
  readonly services: readonly string[]
}

/**
 * What the node does besides answering: removes what has expired, looks for credentials that end soon, reads discovery lists, keeps its parties listed.
 *
 * Of the replicas of a node one does what is done once: the one that leads. The others take over when it has ended.
 */
export function startJobs(deps: JobsDeps): void {
  const { log, store, leases, background, jobFailed, watchExpiry, refreshTls, services, index } = deps
  background.every({
    job: 'sweep',
    intervalMilliseconds: sweepEveryMilliseconds,
    async run(signal) {
      while (!signal.aborted && (await store.sweep(sweepAtOnce)) === sweepAtOnce);
    },
  })
  background.every({
    job: 'throttled',
    intervalMilliseconds: accountEveryMilliseconds,
    run: () => accountForThrottled(deps),
  })
  background.every({
    job: 'expiring credentials',
    intervalMilliseconds: lookForEndsEveryMilliseconds,
    atOnce: true,
    run: watchExpiry,
  })
  background.every({
    job: 'lost keys',
    intervalMilliseconds: lookForEndsEveryMilliseconds,
    atOnce: true,
    run: () => reportLostKeys(deps),
  })
  if (refreshTls !== undefined)
    background.every({ job: 'tls certificate', intervalMilliseconds: refreshTlsEveryMilliseconds, run: refreshTls })
  if (deps.published.places.length > 0) startCatalogueJob(deps)
  if (services.length === 0) return
  background.every({
    job: 'discovery metrics',
    intervalMilliseconds: measureCopiesEveryMilliseconds,
    atOnce: true,
    run: () => deps.measureCopies(),
  })
  if (index !== undefined) {
    const run = (): Promise<void> => index.follow()
    background.every({ job: 'index', intervalMilliseconds: followIndexEveryMilliseconds, atOnce: true, run })
  }
  background.every({
    job: 'leading',
    intervalMilliseconds: askToLeadEveryMilliseconds,
    atOnce: true,
    async run(signal) {
      try {
        await leases.attempt(['leading'], async (lease) => {
          const led = createBackground({ log, failed: jobFailed })
          startLedJobs(deps, led)
          const stopIndexing = startIndexJobs(deps, led)
          await endOf(AbortSignal.any([signal, lease.signal]))
          stopIndexing()
          await led.stop()
        })
      } catch (cause) {
        // Continues on purpose, without the longer and longer waits of a job that fails: the store has said so itself.
        if (NodeError.codeOf(cause) !== 'store.unavailable') throw cause
      }
    },
  })
}

/** Serves what another replica published, and tells the lists at once when it is new. */
function startCatalogueJob({ background, published, activations, requireConfirmed }: JobsDeps): void {
  let told: string | undefined
  background.every({
    job: 'catalogues',
    intervalMilliseconds: lookForCatalogueEveryMilliseconds,
    atOnce: true,
    async run() {
      await published.refresh()
      const now = published.places.map(({ subject }) => published.current(subject)?.digest).join()
      if (now === told) return
      await requireConfirmed()
      await activations.renewDue()
      told = now
    },
  })
}

/** What one replica does for all. */
function startLedJobs(
  { configuration, sync, watch, activations, requireConfirmed, services }: JobsDeps,
  led: Background,
): void {
  const intervalMilliseconds = configuration.discovery.refreshSeconds * 1000
  for (const service of services) {
    led.every({ job: `sync ${service}`, intervalMilliseconds, atOnce: true, run: () => sync.run(service) })
    led.every({
      job: `watch ${service}`,
      intervalMilliseconds: watchEveryMilliseconds,
      atOnce: true,
      run: () => watch(service),
    })
  }
  led.every({
    job: 'registrations',
    intervalMilliseconds: renewEveryMilliseconds,
    atOnce: true,
    async run() {
      await requireConfirmed()
      // One that fails holds up neither the others nor the renewals; the job then fails, and is tried again sooner.
      const outcomes = await Promise.allSettled(
        configuration.discovery.registrations.map(({ service, subject, parameters }) =>
          activations.keep(service, subject, parameters),
        ),
      )
      await activations.renewDue()
      const failed = outcomes.find((outcome) => outcome.status === 'rejected')
      if (failed !== undefined) throw failed.reason
    },
  })
}

/** Keeps the index as the lists and catalogues are. Returns what ends its listening. */
function startIndexJobs({ index, replica }: JobsDeps, led: Background): () => void {
  if (index === undefined) return () => undefined
  const takeListings = 'index listings'
  led.every({
    job: takeListings,
    intervalMilliseconds: takeListingsEveryMilliseconds,
    atOnce: true,
    run: () => index.takeListings(),
  })
  led.every({
    job: 'index catalogues',
    intervalMilliseconds: followIndexEveryMilliseconds,
    atOnce: true,
    async run(signal) {
      const looking = index.lookAtDue(signal)
      // Those that take long go on beside the next run, which looks at others.
      looking.catch(() => undefined)
      await Promise.race([looking, setTimeout(followIndexEveryMilliseconds, undefined, { signal, ref: false })])
    },
  })
  led.every({
    job: 'index deletions',
    intervalMilliseconds: forgetDeletionsEveryMilliseconds,
    run: () => index.forgetDeletions(),
  })
  // A hint to be quick: the job comes back by itself, and has said it when it failed.
  return replica.onCommit(() => void led.runNow(takeListings).catch(() => undefined))
}

function endOf(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** One event for all that were turned away since the last: nobody can make the journal grow by asking. */
export async function accountForThrottled({ audit, throttles }: Pick<JobsDeps, 'audit' | 'throttles'>): Promise<void> {
  const counts = throttles.map((throttle) => throttle.takeCount())
  const [requests, addresses] = [sumOf(counts, 'requests'), sumOf(counts, 'addresses')]
  if (requests === 0) return
  await audit.record({
    code: 'requests.throttled',
    action: 'execute',
    outcome: 'refused',
    reasons: [`${requests} requests of ${addresses} addresses`],
  })
}

function sumOf<T extends string>(counts: readonly Readonly<Record<T, number>>[], name: T): number {
  return counts.reduce((sum, count) => sum + count[name], 0)
}

import type { Activations } from './discovery/activation.js'
import type { Sync } from './discovery/sync.js'
import type { Background } from './kernel/background.js'
import type { Store } from './stores/contracts.js'
import type { Configuration } from '../schemas/configuration.js'

const sweepEveryMilliseconds = 10_000
const sweepAtOnce = 1_000

/** What the node does besides answering: removes what has expired, reads discovery lists, keeps its parties listed. */
export function startJobs(deps: {
  readonly configuration: Configuration
  readonly store: Store
  readonly background: Background
  readonly sync: Sync
  readonly activations: Activations
  readonly services: readonly string[]
}): void {
  const { configuration, store, background, sync, activations, services } = deps
  const intervalMilliseconds = configuration.discovery.refreshSeconds * 1000
  background.every({
    job: 'sweep',
    intervalMilliseconds: sweepEveryMilliseconds,
    async run(signal) {
      while (!signal.aborted && (await store.sweep(sweepAtOnce)) === sweepAtOnce);
    },
  })
  for (const service of services) {
    background.every({ job: `sync ${service}`, intervalMilliseconds, atOnce: true, run: () => sync.run(service) })
  }
  if (services.length === 0) return
  background.every({
    job: 'registrations',
    intervalMilliseconds,
    atOnce: true,
    async run() {
      // One that fails holds up neither the others nor the renewals; the job then fails, and is tried again sooner.
      const outcomes = await Promise.allSettled(
        configuration.discovery.registrations.map(({ service, subject, parameters }) =>
          activations.activate(service, subject, parameters),
        ),
      )
      await activations.renewDue()
      const failed = outcomes.find((outcome) => outcome.status === 'rejected')
      if (failed !== undefined) throw failed.reason
    },
  })
}

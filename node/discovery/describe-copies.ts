import type { Clock, Instant } from '../kernel/clock.js'
import type { DiscoveryDefinition } from '../catalogue/definition.js'
import type { Activations } from './activation.js'
import type { Freshness } from './freshness.js'
import type { Replica } from './replica.js'
import type { Sync } from './sync.js'

/** How the copy of one list is, and the node's own registrations on it. */
export interface CopyDescription {
  readonly service: string
  readonly isHosted: boolean
  /** When the list was last read to its end. */
  readonly asOf: Instant | undefined
  /** The same in milliseconds ago. */
  readonly ageMilliseconds: number | undefined
  readonly freshness: Freshness
  readonly fault: string | undefined
  /** The number through which the list was read. */
  readonly timestamp: number
  readonly listed: number
  readonly setAside: number
  /** Registrations of this node's own parties, by how they are. */
  readonly registrations: Readonly<Record<'listed' | 'failing' | 'withdrawing', number>>
}

/** Describes the copies of all lists that the node knows. */
export function createDescribeCopies(deps: {
  readonly clock: Clock
  readonly definitions: readonly DiscoveryDefinition[]
  /** Ids of the services that this node hosts. */
  readonly hosted: readonly string[]
  readonly replica: Pick<Replica, 'state' | 'quarantined'>
  readonly sync: Pick<Sync, 'status'>
  readonly activations: Pick<Activations, 'list'>
}): () => Promise<readonly CopyDescription[]> {
  const { clock, definitions, hosted, replica, sync } = deps
  return async () => {
    const activations = await deps.activations.list()
    return Promise.all(
      definitions.map(async ({ id }) => {
        const { asOf, freshness, fault } = await sync.status(id)
        const state = await replica.state(id)
        const registrations = { listed: 0, failing: 0, withdrawing: 0 }
        for (const { service, error, withdrawing } of activations) {
          if (service !== id) continue
          registrations[withdrawing === true ? 'withdrawing' : error === undefined ? 'listed' : 'failing'] += 1
        }
        return {
          service: id,
          isHosted: hosted.includes(id),
          asOf,
          ageMilliseconds: asOf === undefined ? undefined : clock.now() - asOf,
          freshness,
          fault,
          timestamp: state?.timestamp ?? 0,
          listed: state?.listed ?? 0,
          setAside: (await replica.quarantined(id)).length,
          registrations,
        }
      }),
    )
  }
}

import type { Clock } from '../kernel/clock.js'
import type { Log } from '../kernel/log.js'
import type { Store } from '../stores/contracts.js'
import { cursorAfter, numberPart } from '../stores/numbered-keys.js'
import { createStatusWatch, type StatusWatch } from '../credentials/status/watch-lists.js'
import type { CredentialVerifier } from '../credentials/verify-credential.js'
import { entries, states, type ListEntry } from './list-records.js'
import type { ListServer } from './list-server.js'

const readAtOnce = 500

/** Keeps an eye on the status of what a hosted list holds. */
export interface ListWatch {
  /**
   * Drops the registrations on a hosted list that show a credential which was revoked. One that is suspended stays: it
   * could not be listed again when the suspension ends. Status lists that cannot be had drop nothing.
   * @throws `store.*`
   * @see Nuts RFC022 section 3.4
   */
  run(service: string): Promise<void>
}

interface Watched {
  readonly seed: string
  timestamp: number
  readonly bySigner: Map<string, Pick<ListEntry, 'timestamp' | 'expiresAt'>>
  readonly status: StatusWatch
}

/** Reads the list on from where it was, so that a look costs what has been registered since. */
export function createListWatch(deps: {
  readonly clock: Clock
  readonly log: Log
  readonly store: Pick<Store, 'records'>
  readonly verifier: Pick<CredentialVerifier, 'lookAtList'>
  readonly listServer: Pick<ListServer, 'drop'>
}): ListWatch {
  const { clock, log, store, listServer } = deps
  const services = new Map<string, Watched>()

  async function follow(service: string): Promise<Watched | undefined> {
    const state = (await store.records.get(states, [service]))?.value
    if (state === undefined) return undefined
    let watched = services.get(service)
    if (watched === undefined || watched.seed !== state.seed || watched.timestamp > state.timestamp) {
      watched = { seed: state.seed, timestamp: 0, bySigner: new Map(), status: createStatusWatch(deps) }
      services.set(service, watched)
    }
    let after: string | undefined = cursorAfter([service, numberPart(watched.timestamp)])
    while (after !== undefined) {
      const page: Awaited<ReturnType<typeof read>> = await read(service, after)
      for (const { value: entry } of page.items) {
        watched.timestamp = entry.timestamp
        if (entry.status === undefined) forget(watched, entry.signer)
        else {
          watched.bySigner.set(entry.signer, { timestamp: entry.timestamp, expiresAt: entry.expiresAt })
          watched.status.watch(entry.signer, entry.status, clock.now())
        }
      }
      after = page.next
    }
    return watched
  }

  const read = (service: string, after: string) =>
    store.records.list(entries, { prefix: [service], after, limit: readAtOnce })

  return {
    async run(service) {
      const watched = await follow(service)
      if (watched === undefined) return
      const now = clock.now()
      for (const [signer, { expiresAt }] of watched.bySigner) if (expiresAt <= now) forget(watched, signer)
      for (const { member, code } of await watched.status.look(Number.POSITIVE_INFINITY)) {
        const known = watched.bySigner.get(member)
        if (known === undefined || code !== 'credential.revoked') continue
        const isDropped = await listServer.drop(service, { signer: member, timestamp: known.timestamp }, code)
        if (isDropped) log.warn('a registration was dropped', { service, code })
        forget(watched, member)
      }
    },
  }
}

function forget({ bySigner, status }: Watched, signer: string): void {
  bySigner.delete(signer)
  status.forget(signer)
}

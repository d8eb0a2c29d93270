import type { Clock, Instant } from '../kernel/clock.js'
import type { Log } from '../kernel/log.js'
import { createStatusWatch, type StatusWatch } from '../credentials/status/watch-lists.js'
import type { CredentialVerifier } from '../credentials/verify-credential.js'
import { day } from './freshness.js'
import type { Departure, Replica } from './replica.js'

/** A listing whose status nobody could tell for this long is not shown any more. */
const patienceMilliseconds = day
/** Departures are kept this long for who follows the feed of changes. */
const keepDeparturesMilliseconds = 30 * day
const leavingAtOnce = 200

/** Keeps an eye on what is listed. */
export interface Watch {
  /**
   * Takes out of the copy of one list what has expired and what has a credential that was revoked or suspended, without
   * verifying anything again: every status list is asked once. What is taken out for its status is set aside with the
   * reason. A list that cannot be had takes nothing out for a day.
   * @throws `store.*`
   */
  run(service: string): Promise<void>
}

interface Watched {
  readonly feed: string
  sequence: number
  readonly bySigner: Map<string, { readonly sequence: number; readonly expiresAt: Instant }>
  readonly status: StatusWatch
}

/**
 * Follows the changes of the copies, so that a look costs what has changed since the last one: some hundred bytes of memory
 * for each listing.
 */
export function createWatch(deps: {
  readonly clock: Clock
  readonly log: Log
  readonly replica: Replica
  readonly verifier: Pick<CredentialVerifier, 'lookAtList'>
}): Watch {
  const { clock, log, replica } = deps
  const services = new Map<string, Watched>()

  async function follow(service: string): Promise<Watched | undefined> {
    const state = await replica.state(service)
    if (state === undefined) return undefined
    let watched = services.get(service)
    // A feed that is behind is another one: that of a store that was restored.
    if (watched === undefined || watched.feed !== state.feed || watched.sequence > state.sequence) {
      watched = { feed: state.feed, sequence: 0, bySigner: new Map(), status: createStatusWatch(deps) }
      services.set(service, watched)
    }
    for await (const records of replica.changeRecords(service, watched.sequence)) {
      for (const { key, value } of records) {
        const { signer } = value
        watched.sequence = Number(key[1])
        if (value.kind === 'listed') {
          watched.bySigner.set(signer, { sequence: watched.sequence, expiresAt: value.expiresAt })
          watched.status.watch(signer, value.status, value.at)
        } else {
          watched.bySigner.delete(signer)
          watched.status.forget(signer)
        }
      }
    }
    return watched
  }

  function findExpired({ bySigner }: Watched): readonly Departure[] {
    const now = clock.now()
    const expired: Departure[] = []
    for (const [signer, { sequence, expiresAt }] of bySigner) if (expiresAt <= now) expired.push({ signer, sequence })
    return expired
  }

  async function takeOut(service: string, leaving: readonly Departure[]): Promise<void> {
    for (let at = 0; at < leaving.length; at += leavingAtOnce) {
      await replica.depart(service, leaving.slice(at, at + leavingAtOnce))
    }
  }

  return {
    async run(service) {
      const watched = await follow(service)
      if (watched === undefined) return
      await takeOut(service, findExpired(watched))
      const leaving: Departure[] = []
      for (const { member, code } of await watched.status.look(patienceMilliseconds)) {
        const known = watched.bySigner.get(member)
        if (known === undefined) continue
        log.warn('discovery listing no longer counts', { service, code })
        leaving.push({ signer: member, sequence: known.sequence, reason: code })
      }
      await takeOut(service, leaving)
      await replica.forgetDepartures(service, clock.now() - keepDeparturesMilliseconds)
    },
  }
}

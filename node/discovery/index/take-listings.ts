import type { Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import { containsBsnShaped } from '../../kernel/identifiers.js'
import type { Log } from '../../kernel/log.js'
import type { Store } from '../../stores/contracts.js'
import type { ChangeFeed, ListingChange } from '../change-feed.js'
import type { Listing } from '../listing.js'
import {
  entries,
  findPointer,
  never,
  stateKey,
  states,
  type CatalogueCheck,
  type IndexEntry,
  type ListedPart,
} from './entry.js'
import type { IndexWriter, PartyChange, PartyState } from './index-records.js'
import { evidenceOf } from './look-at-catalogue.js'

/**
 * Takes the changes of the verified copies of lists into the index: who came, who renewed, who left. Returns when there is
 * nothing more. What cannot be taken in is left out with its reason; a stop at any moment loses nothing.
 * @throws `store.unavailable`, `store.conflict`
 */
export type TakeListings = () => Promise<void>

const pageSize = 200

export function createTakeListings(deps: {
  readonly store: Pick<Store, 'records'>
  readonly clock: Clock
  readonly log: Log
  readonly feed: Pick<ChangeFeed, 'changesSince'>
  readonly writer: IndexWriter
  readonly services: readonly string[]
}): TakeListings {
  const { store, clock, log, feed, writer, services } = deps

  async function takeService(service: string): Promise<void> {
    let position = (await store.records.get(states, stateKey))?.value.positions[service]
    /** Who is in a feed that starts anew: all others of the service are taken out at its end. */
    let seen: Set<string> | undefined
    for (let more = true; more;) {
      const page = await feed.changesSince(service, position, pageSize)
      if (page.startsAnew) seen = new Set()
      position = { feed: page.feed, sequence: page.sequence }
      for (const { kind, signer } of page.changes) if (kind === 'listed') seen?.add(signer)
      const made = page.changes.map((change) => toPartyChange(service, change))
      // While a feed starts anew the position is kept back: a stop half-way must start it anew once more.
      const moved = page.feed === '' || seen !== undefined ? {} : { [service]: position }
      if (made.length > 0 || Object.keys(moved).length > 0) await writer.change(made, moved)
      more = page.more
    }
    if (seen === undefined || position === undefined) return
    const here = seen
    await takeOut(service, (did) => !here.has(did))
    await writer.change([], { [service]: position })
  }

  /** Takes the listings of a service out of the entries that `isGone` names. */
  async function takeOut(service: string, isGone: (did: string) => boolean): Promise<void> {
    let after: string | undefined
    do {
      const page = await store.records.list(entries, { limit: pageSize, ...(after === undefined ? {} : { after }) })
      const gone = page.items.filter(({ value }) => service in value.listings && isGone(value.did))
      if (gone.length > 0) await writer.change(gone.map(({ value: { did } }) => ({ did, make: without(service) })))
      after = page.next
    } while (after !== undefined)
  }

  function toPartyChange(service: string, change: ListingChange): PartyChange {
    const { signer: did } = change
    if (change.kind === 'gone') return { did, make: without(service) }
    try {
      return { did, make: withPart(did, service, toPart(change.listing)) }
    } catch (cause) {
      // Continues on purpose: one listing that cannot be taken in does not hold up the others.
      const reason = NodeError.codeOf(cause)
      log.warn('a listing was left out of the index', { service, code: reason })
      return { did, make: (before) => refuse(without(service)(before), did, reason) }
    }
  }

  /** @throws `catalogue.person_number` */
  function toPart({ signer, presentation, presentationId, registeredAt, ...listing }: Listing): ListedPart {
    const { parameters, expiresAt } = listing
    const claims = listing.credentials
      .filter(({ issuer }) => issuer !== signer)
      .map(({ type, issuer, subject }) => ({ type, issuer, subject }))
    if (containsBsnShaped(JSON.stringify([signer, parameters, claims]))) throw new NodeError('catalogue.person_number')
    return { presentationId, presentation, signedAt: registeredAt, expiresAt, parameters, claims }
  }

  function withPart(did: string, service: string, part: ListedPart): PartyChange['make'] {
    return ({ entry, check }) => {
      const listings = { ...entry?.listings, [service]: part }
      return settle({ ...entry, did, listings }, check)
    }
  }

  const without =
    (service: string): PartyChange['make'] =>
    ({ entry, check }) => {
      if (entry === undefined)
        return { entry, check: check?.reason === undefined ? check : { ...quiet(check), nextAt: never } }
      if (!(service in entry.listings)) return { entry, check }
      const { [service]: _gone, ...listings } = entry.listings
      if (Object.keys(listings).length > 0) return settle({ ...entry, listings }, check)
      return { entry: undefined, check: check === undefined ? undefined : { ...quiet(check), nextAt: never } }
    }

  /** What follows for the catalogue from what the listings say now. */
  function settle(entry: Omit<IndexEntry, 'sequence'>, check: CatalogueCheck | undefined): PartyState {
    const now = clock.now()
    const { did } = entry
    const pointer = findPointer(entry)
    const known = check ?? { did, failures: 0, nextAt: never }
    if (pointer === undefined) {
      const { held: _held, ...bare } = entry
      return { entry: bare, check: { ...quiet(known), nextAt: never } }
    }
    const { held } = entry
    if (held !== undefined && held.url === pointer.url && held.catalogue.digest === pointer.digest) {
      // The new registration says the same: nothing needs to be fetched.
      const evidence =
        pointer.expiresAt > held.evidence.expiresAt || held.evidence.kind === 'listing'
          ? evidenceOf(pointer)
          : held.evidence
      const newest = {
        ...known.newest,
        digest: pointer.digest,
        signedAt: Math.max(pointer.signedAt, known.newest?.signedAt ?? 0),
      }
      const nextAt = known.reason === undefined ? known.nextAt : now
      return { entry: { ...entry, held: { ...held, evidence } }, check: { ...known, newest, nextAt } }
    }
    return { entry, check: { ...known, nextAt: now } }
  }

  function refuse({ entry, check }: PartyState, did: string, reason: string): PartyState {
    const since = clock.now()
    return { entry, check: { failures: 0, ...check, did, nextAt: entry === undefined ? never : since, reason, since } }
  }

  return async () => {
    const known = Object.keys((await store.records.get(states, stateKey))?.value.positions ?? {})
    for (const service of known.filter((name) => !services.includes(name))) {
      await takeOut(service, () => true)
      await writer.forgetPosition(service)
    }
    // One list that cannot be read does not hold up the others.
    const outcomes = await Promise.allSettled(services.map(takeService))
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }
}

/** A check without what the last look found wrong: there is nothing to look at any more. */
function quiet({ reason: _reason, since: _since, notes: _notes, ...check }: CatalogueCheck): CatalogueCheck {
  return { ...check, failures: 0 }
}

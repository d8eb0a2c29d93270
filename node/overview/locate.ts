import type { DiscoveryIndex } from '../discovery/index/discovery-index.js'
import type { Listing } from '../discovery/listing.js'
import type { Replica } from '../discovery/replica.js'
import type { Sync } from '../discovery/sync.js'
import type { Clock } from '../kernel/clock.js'
import type { RemoteOverviewQuestion } from './questions.js'

/** A source that may be asked. */
export interface Place {
  /** Identifier with its kind, or the DID where it proved none. */
  readonly organization: string
  readonly did: string
  readonly name: string | undefined
  readonly url: string
  readonly authorizationServer: string
}

/** Where a question can be put, and why it cannot be put anywhere else. */
export interface Located {
  readonly places: readonly Place[]
  /** Sentences for who asked; none when all who may know are among the places. */
  readonly missing: readonly string[]
}

export interface LocateDeps {
  readonly clock: Clock
  /** The lists that this node reads. */
  readonly services: readonly string[]
  readonly replica: Pick<Replica, 'listings' | 'listedAs' | 'listing'>
  readonly status: Sync['status']
  /** `undefined` where the settings switch it off. */
  readonly index: Pick<DiscoveryIndex, 'live' | 'search'> | undefined
}

/** Whoever might hold a record is asked only while they are this few. */
const maxPlaces = 40

/**
 * Finds where a question can be put: at the one organisation with a role, at those that are named, or at all with a role.
 * Only who is listed now, in that role, on a list that was read within a day counts; who offers data that the authority
 * table does not let it offer is left out. Makes no call out.
 */
export function createLocate(deps: LocateDeps) {
  const { clock, services, replica, status, index } = deps

  return async function locate(
    question: RemoteOverviewQuestion,
    /** Organisations that may hold something: identifiers with their kind, or DIDs. */
    named: readonly string[],
  ): Promise<Located> {
    if (question.ask === 'named' && named.length === 0)
      return { places: [], missing: ['nobody is named who may hold this, and nobody else is told about the person'] }
    const stale = new Set<string>()
    for (const service of services) if ((await status(service)).freshness === 'stale') stale.add(service)
    const listings = await findListings(question, named)
    const now = clock.now()
    const counting = listings.filter(
      (listing) =>
        listing.expiresAt > now && !stale.has(listing.service) && question.holder.includes(roleOf(listing) ?? ''),
    )
    const missing: string[] = []
    if (stale.size > 0) missing.push('a discovery list was not read for a day')
    await index?.live.ready()
    const places = new Map<string, Place>()
    for (const listing of counting) {
      if (isRefused(listing.signer, question)) {
        missing.push('the authority table does not let an organisation offer this')
        continue
      }
      const place = await placeOf(listing, question)
      if (place !== undefined) places.set(place.url, place)
    }
    const found = [...places.values()]
    if (question.ask === 'sole' && found.length > 1)
      return { places: [], missing: ['several organisations say that they are the one that holds this'] }
    if (found.length > maxPlaces) return { places: [], missing: ['too many organisations may hold this: name the one'] }
    if (found.length === 0) missing.push('nobody that may hold this is listed with a source for it')
    return { places: found, missing }
  }

  async function findListings(
    { ask, holder }: RemoteOverviewQuestion,
    named: readonly string[],
  ): Promise<readonly Listing[]> {
    if (ask === 'sole') return (await Promise.all(holder.map((soleRole) => replica.listedAs({ soleRole })))).flat()
    if (ask === 'named')
      return (
        await Promise.all(
          named.map((organization) =>
            organization.startsWith('did:')
              ? Promise.all(services.map((service) => replica.listing(service, organization)))
              : replica.listedAs({ identifier: organization }),
          ),
        )
      )
        .flat()
        .filter((listing) => listing !== undefined)
    const all: Listing[] = []
    for (const service of services) {
      for await (const listing of replica.listings(service))
        if (holder.includes(roleOf(listing) ?? '')) all.push(listing)
    }
    return all
  }

  function isRefused(did: string, { model }: RemoteOverviewQuestion): boolean {
    return (
      model !== undefined && (index?.live.refused() ?? []).some((each) => each.did === did && each.product === model)
    )
  }

  /** What it signed in its listing goes before what its catalogue says. */
  async function placeOf(listing: Listing, question: RemoteOverviewQuestion): Promise<Place | undefined> {
    const { parameters, signer, fields } = listing
    const { register } = question
    const authorizationServer = parameters['authServerURL']
    const url =
      parameters[register] ?? parameters[register.replace(/-\d+$/, '')] ?? (await endpointInCatalogue(signer, question))
    if (authorizationServer === undefined || url === undefined) return undefined
    const { organization_id_type: kind, organization_id: id, organization_name: name } = fields
    return {
      organization: typeof kind === 'string' && typeof id === 'string' ? `${kind}:${id}` : signer,
      did: signer,
      name: typeof name === 'string' ? name : undefined,
      url,
      authorizationServer,
    }
  }

  async function endpointInCatalogue(did: string, { model }: RemoteOverviewQuestion): Promise<string | undefined> {
    if (index === undefined || model === undefined) return undefined
    const query = { filters: { publisher: did, conformsTo: model }, limit: 1 }
    const { found } = await index.search.find('dataset', query)
    return found[0]?.services[0]?.endpointURL
  }
}

export type Locate = ReturnType<typeof createLocate>

function roleOf({ fields }: Listing): string | undefined {
  const role = fields['organization_role']
  return typeof role === 'string' ? role : undefined
}

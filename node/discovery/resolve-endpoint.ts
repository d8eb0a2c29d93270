import type { ResolvedDid } from '../identity/did-document.js'
import { toRfc3339, type Clock, type Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { identifierKinds } from '../kernel/identifiers.js'
import type { Trace } from '../kernel/trace.js'
import { memberIdTypes } from '../../schemas/credentials/ledenadministratie.js'
import type { AddressEnvironment } from '../../schemas/wire/address-book.js'
import type { AddressBook } from './address-book/address-book.js'
import type { Systeemrolcode } from './address-book/address.js'
import { soleRoles } from './copy-records.js'
import type { Listing } from './listing.js'
import type { Replica } from './replica.js'
import type { Sync } from './sync.js'

/** Where a function of an organisation is, and how a token for it is got. */
export interface ResolvedEndpoint {
  readonly source: 'discovery' | 'did' | 'address-book'
  /** Where requests go. */
  readonly endpoint: string
  /** For what a token is asked, where that is asked. */
  readonly audience: string
  readonly tokenEndpoint: string
  /** What gets a token there: a presentation (Nuts RFC021) or a client certificate (iWlz RFC0014). */
  readonly grant: 'presentation' | 'certificate'
  readonly authorizationServer: string | undefined
  readonly did: string | undefined
  /** When this was last known to be so. */
  readonly asOf: Instant
  /** After this it does not count. */
  readonly validUntil: Instant | undefined
  /** True when what says so was not looked at for an hour, and yet counts. */
  readonly stale: boolean
  /** Sources that say nothing, or nothing that counts, and why; none of these sentences names anybody. */
  readonly passedOver: readonly string[]
}

/** What is asked for. */
export interface EndpointQuery {
  /** A role that one organisation has, a DID, or the kind of an identifier and the identifier. */
  readonly organization: string
  /** The name of a source, or of another function that a party can have. */
  readonly function: string
  /** Of the address book. */
  readonly environment: AddressEnvironment
  readonly trace: Trace
}

export interface ResolveEndpointDeps {
  readonly clock: Clock
  /** The discovery services whose lists are read. */
  readonly services: readonly string[]
  readonly replica: Pick<Replica, 'listedAs' | 'listing'>
  readonly sync: Pick<Sync, 'status'>
  readonly addressBook: Pick<AddressBook, 'find' | 'lastImport'>
  readonly resolveDid: (did: string) => Promise<ResolvedDid>
  /** Whether a URL may be that of an endpoint. */
  readonly isEndpoint: (url: string) => boolean
  /** The token endpoint that the authorization server with this issuer names. @throws `token.peer_unsupported`, `outbound.*` */
  readonly tokenEndpointOf: (authorizationServer: string, trace: Trace) => Promise<string>
}

const hourMilliseconds = 3_600_000
const dayMilliseconds = 24 * hourMilliseconds

/** What the address book calls a function, and whose it can be. */
const addressBookCodes: Readonly<Record<string, { readonly code: Systeemrolcode; readonly of: RegExp }>> = {
  indicatieregister: { code: 'REGISTER', of: /^ciz$/ },
  bemiddelingsregister: { code: 'REGISTER', of: /^uzovi:/ },
  melding: { code: 'MELDING', of: /^(ciz$|uzovi:|agb:)/ },
  'notificatie-indicatie': { code: 'NOTIFICATIE_INDICATIE', of: /^(ciz$|uzovi:|agb:)/ },
  'notificatie-bemiddeling': { code: 'NOTIFICATIE_BEMIDDELING', of: /^(ciz$|uzovi:|agb:)/ },
}

/**
 * Finds where an organisation serves a function. Sources are asked in this order, and the first that counts decides:
 *
 * 1. its listing in discovery, which it signed, with a membership that this node verified;
 * 2. its DID document, which its host serves: services of that type, for a DID that was asked for or is listed;
 * 3. the iWlz address book, which nobody signed: on the word of who imported it.
 *
 * A listing counts until it ends, and as long as its list was read within 24 hours; an address until the end that its import
 * has. When several DIDs prove to be the organisation none is chosen. Does not look whether the endpoint answers.
 * @throws `request.bad_parameters`, `discovery.endpoint_unknown` with what was passed over, `discovery.endpoint_ambiguous`,
 *   `token.peer_unsupported` and `outbound.*` when the authorization server says nothing
 */
export type ResolveEndpoint = (query: EndpointQuery) => Promise<ResolvedEndpoint>

type Found = Omit<ResolvedEndpoint, 'passedOver' | 'tokenEndpoint'> & { readonly tokenEndpoint?: string }

export function createResolveEndpoint(deps: ResolveEndpointDeps): ResolveEndpoint {
  return async (query) => {
    const organization = parseOrganization(query.organization)
    const search: Search = { ...deps, query, organization, passedOver: [] }
    const listings = await findListings(search)
    const found =
      inListings(listings, search) ?? (await inDidDocument(listings, search)) ?? (await inAddressBook(search))
    const { passedOver } = search
    if (found === undefined) throw new NodeError('discovery.endpoint_unknown', { notes: passedOver })
    const { tokenEndpoint, authorizationServer } = found
    return {
      ...found,
      tokenEndpoint: tokenEndpoint ?? (await deps.tokenEndpointOf(authorizationServer ?? '', query.trace)),
      passedOver,
    }
  }
}

interface Search extends ResolveEndpointDeps {
  readonly query: EndpointQuery
  readonly organization: Organization
  readonly passedOver: string[]
}

type Organization = { readonly did: string } | { readonly identifier: string } | { readonly soleRole: string }

/** Only kinds that a membership has: the number of a person is none of them. */
function parseOrganization(text: string): Organization {
  const soleRole = soleRoles.find((known) => known === text)
  if (soleRole !== undefined) return { soleRole }
  if (/^did:[a-z0-9]+:[\x21-\x7e]+$/.test(text)) return { did: text }
  const [kind, id, ...others] = text.split(':')
  const idType = memberIdTypes.find((known) => known === kind)
  if (idType === undefined || others.length > 0)
    throw new NodeError('request.bad_parameters', {
      notes: [
        `organization: give ${soleRoles.join(', ')}, a DID, or ${memberIdTypes.join(', ')} with a colon and a number`,
      ],
    })
  try {
    return { identifier: `${idType}:${identifierKinds[idType](id)}` }
  } catch (cause) {
    throw new NodeError('request.bad_parameters', { cause, notes: [`organization: is no well-formed ${idType}`] })
  }
}

interface ReadListing extends Listing {
  readonly readAt: Instant
}

/** The listings of the organisation on lists that were read within a day. */
async function findListings({
  organization,
  passedOver,
  clock,
  services,
  replica,
  sync,
}: Search): Promise<readonly ReadListing[]> {
  const listings =
    'did' in organization
      ? (await Promise.all(services.map((service) => replica.listing(service, organization.did)))).filter(
          (listing) => listing !== undefined,
        )
      : await replica.listedAs(organization)
  if (listings.length === 0) passedOver.push('discovery: the organisation is not listed')
  const counting: ReadListing[] = []
  for (const listing of listings) {
    const { asOf } = await sync.status(listing.service)
    if (asOf !== undefined && clock.now() - asOf <= dayMilliseconds) counting.push({ ...listing, readAt: asOf })
    else passedOver.push(`discovery: the list ${listing.service} was not read for a day`)
  }
  return counting
}

/** Of several listings of one party the one that ends last counts: it is the newest. */
function inListings(
  listings: readonly ReadListing[],
  { query, passedOver, clock, isEndpoint }: Search,
): Found | undefined {
  const serving = listings.filter(({ parameters }) => Object.hasOwn(parameters, query.function))
  requireOneParty(serving)
  const [newest] = [...serving].sort((one, other) => other.expiresAt - one.expiresAt)
  if (newest === undefined) {
    if (listings.length > 0) passedOver.push('discovery: the listing does not name that function')
    return undefined
  }
  const endpoint = newest.parameters[query.function] ?? ''
  const authorizationServer = newest.parameters['authServerURL'] ?? ''
  if (!isEndpoint(endpoint) || !isEndpoint(authorizationServer)) {
    passedOver.push('discovery: the listing names no https URL for it, or no authorization server')
    return undefined
  }
  return {
    source: 'discovery',
    endpoint,
    audience: endpoint,
    grant: 'presentation',
    authorizationServer,
    did: newest.signer,
    asOf: newest.readAt,
    validUntil: newest.expiresAt,
    stale: clock.now() - newest.readAt > hourMilliseconds,
  }
}

function requireOneParty(listings: readonly Listing[]): void {
  const dids = new Set(listings.map(({ signer }) => signer))
  if (dids.size > 1)
    throw new NodeError('discovery.endpoint_ambiguous', { notes: [`ask by DID: ${[...dids].sort().join(' ')}`] })
}

/** The services of the DID that was asked for, or of the one party that is listed as the organisation. */
async function inDidDocument(
  listings: readonly ReadListing[],
  { organization, query, passedOver, clock, resolveDid, isEndpoint }: Search,
): Promise<Found | undefined> {
  requireOneParty(listings)
  const [listing] = listings
  const did = 'did' in organization ? organization.did : listing?.signer
  if (did === undefined) {
    passedOver.push('did: no DID of the organisation is known')
    return undefined
  }
  const services = await servicesOf(did, resolveDid)
  if (typeof services === 'string') {
    passedOver.push(`did: the document could not be had (${services})`)
    return undefined
  }
  const endpoint = services.find(({ type }) => type === query.function)?.serviceEndpoint
  const authorizationServer =
    services.find(({ type }) => type === 'oauth')?.serviceEndpoint ?? listing?.parameters['authServerURL']
  if (!isWebText(endpoint, isEndpoint) || !isWebText(authorizationServer, isEndpoint)) {
    passedOver.push('did: the document has no such service with an https URL, or no authorization server')
    return undefined
  }
  return {
    source: 'did',
    endpoint,
    audience: endpoint,
    grant: 'presentation',
    authorizationServer,
    did,
    // Documents are kept for five minutes at most.
    asOf: clock.now(),
    validUntil: undefined,
    stale: false,
  }
}

function isWebText(value: unknown, isEndpoint: (url: string) => boolean): value is string {
  return typeof value === 'string' && isEndpoint(value)
}

/** The services, or the code of the reason why there are none. */
async function servicesOf(did: string, resolveDid: ResolveEndpointDeps['resolveDid']) {
  try {
    return (await resolveDid(did)).document.service
  } catch (cause) {
    // Continues on purpose, with the next source.
    return NodeError.codeOf(cause)
  }
}

async function inAddressBook({
  organization,
  query,
  passedOver,
  clock,
  addressBook,
}: Search): Promise<Found | undefined> {
  const named =
    'soleRole' in organization ? organization.soleRole : 'did' in organization ? '' : organization.identifier
  const row = Object.hasOwn(addressBookCodes, query.function) ? addressBookCodes[query.function] : undefined
  if (row?.of.test(named) !== true) {
    passedOver.push('address book: has no such function of such an organisation')
    return undefined
  }
  const address = await addressBook.find({ environment: query.environment, organization: named, code: row.code })
  if (address === undefined) {
    const last = await addressBook.lastImport()
    passedOver.push(
      last === undefined || last.validUntil >= clock.now()
        ? 'address book: holds no such address'
        : `address book: ended ${toRfc3339(last.validUntil)}; import it anew`,
    )
    return undefined
  }
  return {
    source: 'address-book',
    endpoint: address.gateway,
    audience: address.audience,
    tokenEndpoint: address.tokenEndpoint,
    grant: 'certificate',
    authorizationServer: undefined,
    did: undefined,
    asOf: address.at,
    validUntil: address.validUntil,
    stale: false,
  }
}

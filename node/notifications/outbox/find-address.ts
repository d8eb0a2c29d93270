import { LRUCache } from 'lru-cache'
import type { Listing } from '../../discovery/listing.js'
import type { ResolvedEndpoint, ResolveEndpoint } from '../../discovery/resolve-endpoint.js'
import type { Clock, Instant } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import type { Trace } from '../../kernel/trace.js'
import { memberIdTypes, memberRoles } from '../../../schemas/credentials/ledenadministratie.js'
import { idTypeOf, scopeSegments, type MessageParty, type ReceivingRole } from '../../../schemas/wire/notification.js'
import { partyKey } from '../memberships.js'

/** Where the netwerkpunt of an organisation is. */
export interface ReceiverAddress {
  readonly endpoint: string
  readonly authorizationServer: string
  /** The role that its scopes are named after. */
  readonly role: ReceivingRole
  /** The roles that it proved in its listings; none when it is not listed. */
  readonly provenRoles: readonly string[]
}

/** Whom a message is for. */
export interface AddressQuery {
  readonly receiver: MessageParty
  /** The role in which it is told; `bronhouder` where that depends on who it is. */
  readonly receiverRole: string
  readonly trace: Trace
}

export interface FindAddress {
  /**
   * Where the netwerkpunt of a receiver is: by its listing, else its DID document, else the address book.
   *
   * Of several parties that are one organisation the one with the role counts. Kept for a minute.
   * @throws `discovery.endpoint_unknown`, `discovery.endpoint_ambiguous`, `notification.way_unsupported`, and what
   *   finding an authorization server throws
   */
  find(query: AddressQuery): Promise<ReceiverAddress>
  /** Forgets an address that turned out to be wrong. */
  forget(query: Omit<AddressQuery, 'trace'>): void
}

export interface FindAddressDeps {
  readonly clock: Clock
  readonly resolveEndpoint: ResolveEndpoint
  readonly listedAs: (organization: { readonly identifier: string }) => Promise<readonly Listing[]>
}

/** The name of the function, in listings and DID documents. */
export const netwerkpuntFunction = 'netwerkpunt'

/** What the address book calls it. @see iWlz, systeemrolcode */
const addressBookFunctions = ['notificatie-indicatie', 'notificatie-bemiddeling', 'melding']

const keptMilliseconds = 60_000
const maxKept = 5_000

/** What the present agreements take the kind of an identifier to say. @see iWlz RFC0014 */
const roleOfIdType: Readonly<Record<MessageParty['idType'], ReceivingRole>> = {
  UZOVI: 'zorgkantoor',
  AGB: 'zorgaanbieder',
  URA: 'zorgaanbieder',
  KVK: 'ciz',
  OIN: 'gemeente',
  GEMEENTECODE: 'gemeente',
}

export function createFindAddress({ clock, resolveEndpoint, listedAs }: FindAddressDeps): FindAddress {
  const kept = new LRUCache<string, { readonly address: ReceiverAddress; readonly until: Instant }>({ max: maxKept })

  async function look({ receiver, receiverRole, trace }: AddressQuery): Promise<ReceiverAddress> {
    const identifier = `${memberIdTypes.find((known) => idTypeOf[known] === receiver.idType) ?? ''}:${receiver.id}`
    const listings = await listedAs({ identifier })
    const listing = chooseListing(listings, receiverRole)
    const organization = listing?.signer ?? identifier
    const ask = (name: string): Promise<ResolvedEndpoint> =>
      resolveEndpoint({ organization, function: name, environment: 'PRD', trace })
    const { endpoint, authorizationServer, did } = await ask(netwerkpuntFunction).catch(async (cause: unknown) => {
      // Whoever is known in the address book alone takes a certificate, as the present network does: say so.
      if (NodeError.codeOf(cause) !== 'discovery.endpoint_unknown') throw cause
      const found = await Promise.allSettled(addressBookFunctions.map(ask))
      throw found.some(({ status }) => status === 'fulfilled')
        ? new NodeError('notification.way_unsupported', { cause })
        : cause
    })
    if (authorizationServer === undefined) throw new NodeError('notification.way_unsupported')
    return {
      endpoint,
      authorizationServer,
      role: roleOf(listing, receiver, receiverRole),
      provenRoles: listings
        .filter(({ signer }) => signer === (did ?? listing?.signer))
        .map(({ fields }) => fields['organization_role'])
        .filter((role) => typeof role === 'string'),
    }
  }

  return {
    async find(query) {
      const key = keyOf(query)
      const known = kept.get(key)
      if (known !== undefined && known.until > clock.now()) return known.address
      const address = await look(query)
      kept.set(key, { address, until: clock.now() + keptMilliseconds })
      return address
    },
    forget: (query) => void kept.delete(keyOf(query)),
  }
}

function keyOf({ receiver, receiverRole }: Omit<AddressQuery, 'trace'>): string {
  return [partyKey(receiver), receiverRole].join(' ')
}

/** The one with the very role, else the one with the wider role; any where the role depends on who it is. */
function chooseListing(listings: readonly Listing[], role: string): Listing | undefined {
  const byRole = (wanted: (role: unknown) => boolean): readonly Listing[] =>
    listings.filter(({ fields }) => wanted(fields['organization_role']))
  const [exact] = byRole((each) => each === role)
  const [narrower] = byRole((each) => typeof each === 'string' && each.startsWith(`${role}-`))
  return exact ?? narrower ?? (listings.length === 1 ? listings[0] : undefined)
}

function roleOf(listing: Listing | undefined, receiver: MessageParty, role: string): ReceivingRole {
  return receiving(listing?.fields['organization_role']) ?? receiving(role) ?? roleOfIdType[receiver.idType]
}

function receiving(role: unknown): ReceivingRole | undefined {
  return memberRoles.find((known): known is ReceivingRole => known === role && scopeSegments[known].length > 0)
}

import { LRUCache } from 'lru-cache'
import type { Listing } from '../../discovery/listing.js'
import type { ResolvedEndpoint, ResolveEndpoint } from '../../discovery/resolve-endpoint.js'
import type { Clock, Instant } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import type { Trace } from '../../kernel/trace.js'
import { memberIdTypes, memberRoles } from '../../../schemas/credentials/ledenadministratie.js'
import type { EventType } from '../../../schemas/events.js'
import {
  idTypeOf,
  scopeSegments,
  type MessageKind,
  type MessageParty,
  type ReceivingRole,
} from '../../../schemas/wire/notification.js'
import { partyKey } from '../memberships.js'

/** Where the netwerkpunt of an organisation is. */
export interface ReceiverAddress {
  readonly endpoint: string
  /** What gets a token for it: a presentation, or in the present iWlz network a client certificate. */
  readonly access: PresentationAccess | CertificateAccess
  /** The role that its scopes are named after. */
  readonly role: ReceivingRole
  /** The roles that it proved in its listings; none when it is not listed. */
  readonly provenRoles: readonly string[]
}

export interface PresentationAccess {
  readonly by: 'presentation'
  readonly authorizationServer: string
}

export interface CertificateAccess {
  readonly by: 'certificate'
  readonly tokenEndpoint: string
  /** The resource behind the gateway. */
  readonly audience: string
}

/** Whom a message is for. */
export interface AddressQuery {
  readonly receiver: MessageParty
  /** The role in which it is told; `bronhouder` where that depends on who it is. */
  readonly receiverRole: string
  /** As what the address book of the present iWlz network knows it; nothing for what is not sent there. */
  readonly addressBookFunction?: AddressBookFunction | undefined
  readonly trace: Trace
}

export interface FindAddress {
  /**
   * Where the netwerkpunt of a receiver is: by its listing, else its DID document, else the address book.
   *
   * Of several parties that are one organisation the one with the role counts. Kept for a minute.
   * @throws `discovery.endpoint_unknown`, `discovery.endpoint_ambiguous`, `notification.way_unsupported` for who is in the
   *   address book alone and not for such a message, and what finding an authorization server throws
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
const addressBookFunctions = ['notificatie-indicatie', 'notificatie-bemiddeling', 'melding'] as const
export type AddressBookFunction = (typeof addressBookFunctions)[number]

/** The number by which messages name CIZ, which the address book names by its role. @see iWlz RFC0008 */
const identifierOfCiz = 'kvk:62253778'

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

  /** Whoever is known in the address book alone takes a certificate, as the present network does. */
  async function askAddressBook(
    wanted: AddressBookFunction | undefined,
    ask: (name: string) => Promise<ResolvedEndpoint>,
    unknown: unknown,
  ): Promise<ResolvedEndpoint> {
    if (NodeError.codeOf(unknown) !== 'discovery.endpoint_unknown') throw unknown
    const found = await Promise.allSettled(addressBookFunctions.map(ask))
    const place = found[addressBookFunctions.findIndex((name) => name === wanted)]
    if (place?.status === 'fulfilled') return place.value
    throw found.some(({ status }) => status === 'fulfilled')
      ? new NodeError('notification.way_unsupported', { cause: unknown })
      : unknown
  }

  async function look({ receiver, receiverRole, addressBookFunction, trace }: AddressQuery): Promise<ReceiverAddress> {
    const identifier = `${memberIdTypes.find((known) => idTypeOf[known] === receiver.idType) ?? ''}:${receiver.id}`
    const listings = await listedAs({ identifier })
    const listing = chooseListing(listings, receiverRole)
    const ask = (organization: string, name: string): Promise<ResolvedEndpoint> =>
      resolveEndpoint({ organization, function: name, environment: 'PRD', trace })
    const inAddressBook = identifier === identifierOfCiz ? 'ciz' : identifier
    const found = await ask(listing?.signer ?? identifier, netwerkpuntFunction).catch((cause: unknown) =>
      askAddressBook(addressBookFunction, (name) => ask(inAddressBook, name), cause),
    )
    return {
      endpoint: found.endpoint,
      access: accessOf(found),
      role: roleOf(listing, receiver, receiverRole),
      provenRoles: listings
        .filter(({ signer }) => signer === (found.did ?? listing?.signer))
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

function accessOf({
  grant,
  authorizationServer,
  tokenEndpoint,
  audience,
}: ResolvedEndpoint): ReceiverAddress['access'] {
  if (grant === 'certificate') return { by: 'certificate', tokenEndpoint, audience }
  if (authorizationServer === undefined) throw new NodeError('notification.way_unsupported')
  return { by: 'presentation', authorizationServer }
}

function keyOf({ receiver, receiverRole, addressBookFunction }: Omit<AddressQuery, 'trace'>): string {
  return [partyKey(receiver), receiverRole, addressBookFunction ?? ''].join(' ')
}

/**
 * As what a message is sent to who is known in the address book: the present network has addresses for meldingen, and for
 * notificaties of two registers.
 * @see iWlz, adresboek: systeemrolcode
 */
export function addressBookFunctionOf(
  kind: MessageKind,
  event: Pick<EventType, 'source'> | undefined,
): AddressBookFunction | undefined {
  if (kind === 'melding') return 'melding'
  const register = event !== undefined && 'register' in event.source ? event.source.register : ''
  if (register.startsWith('indicatieregister-')) return 'notificatie-indicatie'
  return register.startsWith('bemiddelingsregister-') ? 'notificatie-bemiddeling' : undefined
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

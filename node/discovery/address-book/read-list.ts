import type { z } from 'zod'
import { isWebUrl } from '../../catalogue/describe-catalogue.js'
import { NodeError } from '../../kernel/errors.js'
import { containsBsnShaped } from '../../kernel/identifiers.js'
import {
  addressEnvironments,
  electronicServiceSchema,
  electronicServicesSchema,
} from '../../../schemas/wire/address-book.js'
import { addressKey, functionaliteitOf, systeemrolcodes, type Address, type Systeemrolcode } from './address.js'

/** What a list says, and what is wrong with it: a service with any fault gives no address. */
export interface ReadList {
  readonly addresses: readonly Address[]
  /** Sentences that begin with the place of a fault. */
  readonly faults: readonly string[]
}

type Service = z.output<typeof electronicServiceSchema>

/**
 * Reads the published list as it is written in practice: `-` or `_` between the parts of a gegevensdienstId, codes in any
 * case, `INDICATIE` or `BEMIDDELING` where the description has `REGISTER`. What is not known is a fault; nothing is guessed.
 *
 * Endpoints are https; `loopback` also takes http on this machine. Does not look whether anything answers there.
 * @throws `discovery.address_list_malformed` for what is no list at all
 * @see iWlz address book, "Opbouw gegevensdienstId" and "Opbouw systeemrolcode"
 */
export function readList(value: unknown, options: { readonly loopback: boolean }): ReadList {
  const list = electronicServicesSchema.safeParse(value)
  if (!list.success)
    throw new NodeError('discovery.address_list_malformed', {
      notes: ['electronicServices: must be a list of services'],
    })
  const faults: string[] = []
  const known = new Map<string, Address>()
  list.data.electronicServices.forEach((service, index) => {
    const place = `electronicServices[${String(index)}]`
    const read = readService(service, place, options)
    const clashing = read.addresses.filter((address) => {
      const other = known.get(keyOf(address))
      return other !== undefined && !isSame(other, address)
    })
    const found = [
      ...read.faults,
      ...clashing.map(({ code }) => `${place}: an earlier service has another address for the ${code} of this one`),
    ]
    faults.push(...found)
    if (found.length === 0) for (const address of read.addresses) known.set(keyOf(address), address)
  })
  return { addresses: [...known.values()], faults }
}

function readService(value: unknown, place: string, { loopback }: { readonly loopback: boolean }): ReadList {
  const parsed = electronicServiceSchema.safeParse(value)
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${place}${toPath(path)}: ${message}`)
    return { addresses: [], faults }
  }
  const service = parsed.data
  const faults: string[] = []
  const fault = (member: string, sentence: string): undefined => {
    faults.push(`${place}.${member}: ${sentence}`)
    return undefined
  }
  const web = (member: string, url: string): void => {
    if (!isWebUrl(url, loopback)) fault(member, 'must be an https URL without a user')
  }
  for (const [member, text] of Object.entries(textsOf(service)))
    if (containsBsnShaped(text)) fault(member, 'holds a number that could be a BSN')
  web('authorizationEndpoint.authorizationEndpointuri', service.authorizationEndpoint.authorizationEndpointuri)
  web('tokenEndpoint.tokenEndpointuri', service.tokenEndpoint.tokenEndpointuri)
  const id = readGegevensdienstId(service.gegevensdienstId)
  if (typeof id === 'string') fault('gegevensdienstId', id)
  const addresses = service.systeemrollen.flatMap(({ systeemrolcode, resourceEndpoint }, index) => {
    const member = `systeemrollen[${String(index)}]`
    web(`${member}.resourceEndpoint.resourceEndpointuri`, resourceEndpoint.resourceEndpointuri)
    const code = systeemrolcodes.find((known) => known === systeemrolcode.trim().toUpperCase().replaceAll('-', '_'))
    if (code === undefined) fault(`${member}.systeemrolcode`, `must be one of ${systeemrolcodes.join(', ')}`)
    if (code === undefined || typeof id === 'string') return []
    if (!id.fits(code)) {
      fault(`${member}.systeemrolcode`, 'is of another kind than the gegevensdienstId says')
      return []
    }
    return [toAddress(service, id, code, resourceEndpoint.resourceEndpointuri)]
  })
  return faults.length === 0 ? { addresses, faults } : { addresses: [], faults }
}

function toAddress(
  { description, weergavenaam, authorizationEndpoint, tokenEndpoint }: Service,
  { organization, environment }: Pick<Address, 'organization' | 'environment'>,
  code: Systeemrolcode,
  audience: string,
): Address {
  return {
    organization,
    environment,
    code,
    gateway: authorizationEndpoint.authorizationEndpointuri,
    tokenEndpoint: tokenEndpoint.tokenEndpointuri,
    audience,
    description,
    name: weergavenaam,
  }
}

interface GegevensdienstId extends Pick<Address, 'organization' | 'environment'> {
  readonly fits: (code: Systeemrolcode) => boolean
}

/** What the middle of an id may say, and for which codes; the last two are what people write for a register or a notice. */
const middles: Readonly<Record<string, (code: Systeemrolcode) => boolean>> = {
  REGISTER: (code) => functionaliteitOf(code) === 'REGISTER',
  NOTIFICATIE: (code) => functionaliteitOf(code) === 'NOTIFICATIE',
  MELDING: (code) => functionaliteitOf(code) === 'MELDING',
  INDICATIE: (code) => code === 'REGISTER' || code === 'NOTIFICATIE_INDICATIE',
  BEMIDDELING: (code) => code === 'REGISTER' || code === 'NOTIFICATIE_BEMIDDELING',
}

/** The parts of an id, or what is wrong with it. */
function readGegevensdienstId(text: string): GegevensdienstId | string {
  const parts = text.trim().toUpperCase().split(/[-_]/)
  const [who = '', middle = '', where] = parts
  if (parts.length !== 3) return 'must be organisation, function and environment, with _ or - between them'
  const organization = who === 'CIZ' ? 'ciz' : /^\d{8}$/.test(who) ? `agb:${who}` : `uzovi:${who}`
  if (organization.startsWith('uzovi:') && !/^\d{4}$/.test(who))
    return 'must begin with CIZ, an AGB code or a uzovi code'
  const fits = Object.hasOwn(middles, middle) ? middles[middle] : undefined
  if (fits === undefined) return 'must have REGISTER, NOTIFICATIE or MELDING in the middle'
  const environment = addressEnvironments.find((known) => known === where)
  if (environment === undefined) return `must end with ${addressEnvironments.join(', ')}`
  return { organization, environment, fits }
}

/** Every text of a service that is kept, by its place. */
function textsOf(service: Service): Readonly<Record<string, string>> {
  const { description, weergavenaam, authorizationEndpoint, tokenEndpoint, systeemrollen } = service
  return {
    description,
    weergavenaam,
    'authorizationEndpoint.authorizationEndpointuri': authorizationEndpoint.authorizationEndpointuri,
    'tokenEndpoint.tokenEndpointuri': tokenEndpoint.tokenEndpointuri,
    ...Object.fromEntries(
      systeemrollen.map(({ resourceEndpoint }, index) => [
        `systeemrollen[${String(index)}].resourceEndpoint.resourceEndpointuri`,
        resourceEndpoint.resourceEndpointuri,
      ]),
    ),
  }
}

function keyOf(address: Address): string {
  return addressKey(address).join(' ')
}

function isSame(one: Address, other: Address): boolean {
  return one.gateway === other.gateway && one.tokenEndpoint === other.tokenEndpoint && one.audience === other.audience
}

function toPath(path: readonly PropertyKey[]): string {
  return path.map((part) => (typeof part === 'number' ? `[${String(part)}]` : `.${String(part)}`)).join('')
}

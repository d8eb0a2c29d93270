import type { WrittenServices } from '../../../schemas/wire/address-book.js'
import { functionaliteitOf, systeemrolcodes, type Address } from './address.js'

type WrittenService = WrittenServices['electronicServices'][number]

/**
 * The list as the format describes it and the published examples write it: `_` between the parts of an id, codes in
 * capitals, one service for what shares organisation, kind, environment, gateway and token endpoint, and one order whatever
 * the order of `addresses`. What is read from it again is the same.
 */
export function writeList(addresses: readonly Address[]): WrittenServices {
  const services = new Map<string, readonly [WrittenService, ...Address[]]>()
  for (const address of [...addresses].sort(inOrder)) {
    const gegevensdienstId = idOf(address)
    const key = JSON.stringify([gegevensdienstId, address.gateway, address.tokenEndpoint])
    const [first, ...others] = services.get(key) ?? [toService(gegevensdienstId, address)]
    services.set(key, [first, ...others, address])
  }
  return {
    electronicServices: [...services.values()].map(([service, ...members]) => ({
      ...service,
      systeemrollen: members.map(({ code, audience }) => ({
        systeemrolcode: code,
        resourceEndpoint: { resourceEndpointuri: audience },
      })),
    })),
  }
}

function toService(gegevensdienstId: string, address: Address): WrittenService {
  return {
    description: address.description,
    gegevensdienstId,
    weergavenaam: address.name,
    authorizationEndpoint: { authorizationEndpointuri: address.gateway },
    tokenEndpoint: { tokenEndpointuri: address.tokenEndpoint },
    systeemrollen: [],
  }
}

function idOf({ organization, code, environment }: Address): string {
  const who = organization === 'ciz' ? 'CIZ' : organization.slice(organization.indexOf(':') + 1)
  return `${who}_${functionaliteitOf(code)}_${environment}`
}

function inOrder(one: Address, other: Address): number {
  const [left, right] = [one, other].map(
    (address) => `${idOf(address)} ${String(systeemrolcodes.indexOf(address.code))}`,
  )
  return (left ?? '') < (right ?? '') ? -1 : 1
}

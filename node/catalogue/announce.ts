import type { Parties } from '../identity/parties.js'
import type { PartyServices } from '../identity/party-services.js'
import { NodeError } from '../kernel/errors.js'

/** What connectors look for in a DID document. @see Dataspace Protocol 2025-1, Discovery of service endpoints */
export const catalogServiceType = 'CatalogService'

/**
 * Makes the DID document of every party name where a service of this type is: adds it where it is missing,
 * and removes what this node said before and is so no more. What somebody else put there stays. Replicas may do this at
 * the same moment.
 * @param endpoints by party, of those that have the service
 * @param baseUrls of this node: a service below one of them is its own
 * @throws `store.unavailable`, `audit.unavailable`
 */
export async function announceServices(deps: {
  readonly type: string
  readonly parties: Pick<Parties, 'list'>
  readonly partyServices: Pick<PartyServices, 'add' | 'remove'>
  readonly endpoints: ReadonlyMap<string, string>
  readonly baseUrls: readonly string[]
}): Promise<void> {
  const { type: serviceType, parties, partyServices, endpoints, baseUrls } = deps
  for (const { subject, services } of await parties.list()) {
    const wanted = endpoints.get(subject)
    const own = services.filter(
      ({ type, serviceEndpoint }) =>
        type === serviceType &&
        typeof serviceEndpoint === 'string' &&
        baseUrls.some((base) => serviceEndpoint.startsWith(`${base}/`)),
    )
    for (const { id, serviceEndpoint } of own)
      if (serviceEndpoint !== wanted) await unless('identity.service_unknown', partyServices.remove({ subject, id }))
    if (wanted !== undefined && !own.some(({ serviceEndpoint }) => serviceEndpoint === wanted)) {
      const service = { type: serviceType, serviceEndpoint: wanted }
      await unless('identity.service_exists', partyServices.add({ subject, service }))
    }
  }
}

/** Another replica did it already. */
async function unless(
  code: 'identity.service_unknown' | 'identity.service_exists',
  work: Promise<unknown>,
): Promise<void> {
  await work.catch((cause: unknown) => {
    if (NodeError.codeOf(cause) !== code) throw cause
  })
}

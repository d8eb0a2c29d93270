import { z } from 'zod'
import type { Caller, CallOptions } from './call.js'
import type { OwnNode } from './own-node.js'

/** A party in a discovery list. */
export interface ListedParty {
  readonly did: string
  /** What it says about itself: `authServerURL` and, by name, the addresses of its sources. */
  readonly parameters: Readonly<Record<string, string>>
  /** What its credentials say about it, by the names of the list's definition. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** What was found in a discovery list, and how fresh that is. */
export interface Listings {
  /** RFC 3339; absent when the node has not read the list yet. */
  readonly asOf: string | undefined
  /** True when the copy of the node is too old to rely on. */
  readonly stale: boolean
  readonly parties: readonly ListedParty[]
}

/** Finds others, in the verified copies of the own node: no question leaves it. */
export interface Discover {
  /**
   * Parties in one discovery list, by conditions such as `credentialSubject.organization.role`; a `*` stands for
   * anything.
   * @throws RegistryError `not_found` for a list that the node does not follow
   * @see Nuts RFC022
   */
  listings(service: string, conditions?: Readonly<Record<string, string>>, options?: CallOptions): Promise<Listings>
}

const listingsSchema = z.looseObject({
  asOf: z.string().optional(),
  stale: z.boolean(),
  listings: z.array(
    z.looseObject({
      did: z.string(),
      parameters: z.record(z.string(), z.string()),
      fields: z.record(z.string(), z.unknown()),
    }),
  ),
})

/** Makes the verb `discover` of a client. */
export function createDiscover({ node, caller }: { readonly node: OwnNode; readonly caller: Caller }): Discover {
  return {
    async listings(service, conditions = {}, options) {
      const parts = ['internal', 'bronnet', 'v1', 'discovery', service, 'listings']
      const path = { parts, query: conditions }
      const { asOf, stale, listings } = await node.get(caller.begin(options), listingsSchema, path)
      const parties = listings.map(({ did, parameters, fields }) => ({ did, parameters, fields }))
      return { asOf, stale, parties }
    },
  }
}

import { z } from 'zod'
import type { Caller, CallOptions } from './call.js'
import { protocolFailure } from './failure.js'
import { recordSchemas, type FoundDataset, type FoundParty, type FoundService } from './found.js'
import { parseAnswer, type OwnNode } from './own-node.js'
import { createPages, type Pages } from './pages.js'
import { parseAddress } from './url.js'

/** What is looked for: all that is given must hold. */
export interface Filters {
  /** Words, in Dutch: other forms, beginnings and parts of words are found too. */
  readonly text?: string
  /** Data model or standard: its IRI, or a beginning of it that ends in `/*`. */
  readonly conformsTo?: string
  /** IRI, or what it ends in: `HEAL`. */
  readonly theme?: string
  /** IRI, or what it ends in: `gm9999`. Who covers the whole country covers it too. */
  readonly region?: string
  /** IRI, or what it ends in. */
  readonly purpose?: string
  /** Law or legal basis: an IRI, `BWBR…`, or a basis of the GDPR such as `A6-1-e`. */
  readonly grondslag?: string
  /** DID of the publisher. */
  readonly publisher?: string
  /** Role of the publisher, as its credential says. */
  readonly role?: string
  /** Role of who may ask, as the offer says. */
  readonly mayAsk?: string
  /** Number of the publisher, alone or with its kind: `uzovi:5999`. */
  readonly identifier?: string
  /** Discovery list that the publisher is on. */
  readonly list?: string
  /** On one page: 1 to 100, 20 unless given. */
  readonly pageSize?: number
}

/** One page of what was found, and how far the own node can be believed. */
export interface FoundPage<Item> {
  readonly items: readonly Item[]
  /** On all pages. */
  readonly total: number
  /** RFC 3339: when the list that was read longest ago was read; absent when one never was. */
  readonly asOf: string | undefined
  /** True when that is more than a day ago, or never: that nothing was found then says nothing. */
  readonly stale: boolean
}

/** How a source is asked. */
export interface SourceAccess {
  readonly url: string
  readonly authorizationServer: string
  readonly scopes: readonly string[]
}

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
  /** Datasets in the catalogues of the network. Pages are asked for as they are needed. */
  datasets(filters?: Filters, options?: CallOptions): Pages<FoundPage<FoundDataset>>
  /** Data services in the catalogues of the network. */
  services(filters?: Filters, options?: CallOptions): Pages<FoundPage<FoundService>>
  /** Parties of the network, also those without a catalogue. */
  parties(filters?: Filters, options?: CallOptions): Pages<FoundPage<FoundParty>>
  /**
   * What a source itself says about how to ask it: of whom to get a token, and for which scopes. An authorization server
   * at another host than the source is not believed: whoever runs the one could have tokens sent to the other.
   * @throws RegistryError `not_found`, `protocol`
   */
  access(sourceUrl: string, options?: CallOptions): Promise<SourceAccess>
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

const accessSchema = z.looseObject({ authorizationServer: z.string(), scopes: z.array(z.string()).min(1) })

const pageSchema = {
  asOf: z.string().optional(),
  stale: z.boolean(),
  total: z.int().nonnegative(),
  next: z.string().optional(),
}

/** Makes the verb `discover` of a client. */
export function createDiscover({ node, caller }: { readonly node: OwnNode; readonly caller: Caller }): Discover {
  function search<T extends z.ZodType>(kind: string, schema: T, filters: Filters, options: CallOptions) {
    const answerSchema = z.looseObject({ ...pageSchema, records: z.array(schema) })
    return createPages<FoundPage<z.output<T>>, string | undefined>(undefined, async (cursor) => {
      const query = { ...toQuery(filters), cursor }
      const answer = await node.get(caller.begin(options), answerSchema, { parts: ['index', 'v1', kind], query })
      const { asOf, stale, total, next, records } = answer
      return { page: { items: records, total, asOf, stale }, ...(next === undefined ? {} : { next }) }
    })
  }

  return {
    datasets: (filters = {}, options = {}) => search('datasets', recordSchemas.datasets, filters, options),
    services: (filters = {}, options = {}) => search('services', recordSchemas.services, filters, options),
    parties: (filters = {}, options = {}) => search('parties', recordSchemas.parties, filters, options),
    async access(sourceUrl, options) {
      const url = parseAddress(sourceUrl, 'The address of the source')
      const make = () => ({ url, method: 'GET', headers: { accept: 'application/json' } }) as const
      const received = await caller.send(caller.begin(options), make, { to: 'source' })
      const { authorizationServer, scopes } = parseAnswer('source', accessSchema, received)
      if (parseAddress(authorizationServer, 'The authorization server').hostname !== url.hostname)
        throw protocolFailure('source', received.status, 'its authorization server is somewhere else')
      return { url: sourceUrl, authorizationServer, scopes }
    },
    async listings(service, conditions = {}, options) {
      const parts = ['internal', 'bronnet', 'v1', 'discovery', service, 'listings']
      const path = { parts, query: conditions }
      const { asOf, stale, listings } = await node.get(caller.begin(options), listingsSchema, path)
      const parties = listings.map(({ did, parameters, fields }) => ({ did, parameters, fields }))
      return { asOf, stale, parties }
    },
  }
}

function toQuery({
  text,
  region,
  mayAsk,
  list,
  pageSize,
  ...rest
}: Filters): Readonly<Record<string, string | undefined>> {
  const limit = pageSize === undefined ? undefined : String(pageSize)
  return { ...rest, q: text, spatial: region, recipient: mayAsk, service: list, limit }
}

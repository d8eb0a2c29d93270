import { createReadCatalogue, type ReadCatalogueDocument } from '../../node/catalogue/read-catalogue.js'
import { createExamine } from '../../node/discovery/examine.js'
import { createAuthority, type Authority } from '../../node/discovery/index/authority.js'
import { createDiscoveryIndex, type DiscoveryIndex } from '../../node/discovery/index/discovery-index.js'
import type { OwnCatalogues } from '../../node/discovery/index/fetch-catalogue.js'
import { createReplica, type Replica } from '../../node/discovery/replica.js'
import { createFixedClock, epochSeconds, type Instant, type MovableClock } from '../../node/kernel/clock.js'
import { NodeError } from '../../node/kernel/errors.js'
import { createLog } from '../../node/kernel/log.js'
import type { Outbound, OutboundAnswer, OutboundRequest } from '../../node/kernel/outbound.js'
import type { Store } from '../../node/stores/contracts.js'
import { catalogueProofType } from '../../schemas/wire/catalogue-proof.js'
import { exampleDocument } from './catalogue-documents.js'
import { createDiscoveryWorld, listing, registration, service, type DiscoveryWorld } from './discovery-world.js'
import { createDumpableStore, moment } from './node-parts.js'
import { createOutsider, documentOf, speakAs, type Outsider } from './outsider.js'
import { progressOf } from './progress.js'

/** What a host answers. */
export interface WebAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}
export type WebHandler = (request: OutboundRequest) => WebAnswer | Promise<WebAnswer>

/** A party of the network with a catalogue of its own. */
export interface IndexedMember {
  readonly did: string
  readonly host: string
  readonly url: string
  readonly outsider: Outsider
  /** Puts a document at its URL. Returns its digest. */
  serve(document: object): Promise<string>
  /** Puts a proof beside it. */
  prove(claims: { readonly seq: number; readonly digest: string } & Record<string, unknown>): void
  /** Registers on the list with this digest, or without a catalogue. */
  register(digest?: string, changes?: RegistrationChanges): Promise<void>
  withdraw(): Promise<void>
}

export interface RegistrationChanges {
  readonly organization?: Record<string, unknown>
  readonly parameters?: Record<string, string>
  /** Seconds that the registration lasts; ten days unless given. */
  readonly seconds?: number
  /** Seconds before now at which it was signed. */
  readonly signedBefore?: number
}

/** The index of one node, the list that it follows and the hosts that it asks. */
export interface IndexWorld {
  readonly clock: MovableClock
  readonly store: Store
  readonly list: DiscoveryWorld
  readonly replica: Replica
  index: DiscoveryIndex
  /** By URL; what is not here answers 404. */
  readonly web: Map<string, WebHandler>
  /** Method and URL of what was asked, oldest first. */
  readonly asked: string[]
  readonly logged: string[]
  /** How many documents were read. */
  readonly reads: { count: number }
  member(name: string): IndexedMember
  /** Takes in what is on the list and looks at what is due, as the jobs of the node do. */
  settle(): Promise<void>
  /** The list is read to its end now. */
  listRead(): Promise<void>
  /** The index of another process, on the same store. */
  restart(options?: { readonly authority?: Authority; readonly store?: Store }): DiscoveryIndex
  /** Ids of the datasets that a search finds. */
  found(q?: string): Promise<readonly string[]>
}

export function createIndexWorld(
  options: { readonly authority?: Authority; readonly store?: Store; readonly own?: OwnCatalogues } = {},
): IndexWorld {
  const clock = createFixedClock(moment)
  const store = options.store ?? createDumpableStore(clock).store
  const documents = new Map<string, unknown>()
  const list = createDiscoveryWorld({ clock, store, others: async (did) => documents.get(did) })
  const replica = createReplica({ store, clock })
  const examine = createExamine({ clock, verifyRegistration: list.verifyRegistration })
  const web = new Map<string, WebHandler>()
  const asked: string[] = []
  const logged: string[] = []
  const reads = { count: 0 }
  const outbound = createWeb(web, asked)
  const log = createLog({
    level: 'info',
    destination: {
      write(line) {
        const { msg, code } = JSON.parse(line) as { msg: string; code?: string }
        logged.push(code === undefined ? msg : `${msg}: ${code}`)
      },
    },
  })
  const known = new Map<string, ReturnType<ReadCatalogueDocument>>()
  const parse = createReadCatalogue({ loopback: false })
  const readOnce: ReadCatalogueDocument = (text, mediaType) => {
    const reading = known.get(text) ?? parse(text, mediaType)
    known.set(text, reading)
    return reading
  }
  const read: ReadCatalogueDocument = (text, mediaType) => {
    reads.count += 1
    return readOnce(text, mediaType)
  }
  const definition = { ...list.definition, maxValiditySeconds: 14 * 86_400 }
  let timestamp = 0
  let syncedAt: Instant | undefined

  const start = (changes: { readonly authority?: Authority; readonly store?: Store } = {}): DiscoveryIndex =>
    createDiscoveryIndex({
      store: changes.store ?? store,
      clock,
      log,
      outbound,
      resolver: list.node.resolver,
      feed: replica,
      authority: changes.authority ?? options.authority ?? createAuthority(undefined),
      read,
      ...(options.own === undefined ? {} : { own: options.own }),
      meter: { countLook: () => undefined, setIndex: () => undefined },
      services: [service],
      readAt: async (name) => (await replica.state(name))?.syncedAt,
    })

  const commit = (changes: Parameters<ReturnType<Replica['under']>['commit']>[2]): Promise<number> =>
    replica
      .under(store)
      .commit(
        service,
        progressOf({ seed: 'zaad', timestamp, ...(syncedAt === undefined ? {} : { syncedAt }) }),
        changes,
      )

  const members = new Map<string, IndexedMember>()
  function createMember(name: string): IndexedMember {
    const host = `${name}.voorbeeld.example`
    const did = `did:web:${host}`
    const url = `https://${host}/catalogus`
    const key = createOutsider(clock)
    documents.set(did, documentOf(did, key))
    const outsider = speakAs(did, key)
    return {
      did,
      host,
      url,
      outsider,
      async serve(document) {
        const body = JSON.stringify(document)
        web.set(url, () => ({ headers: { 'content-type': 'application/ld+json' }, body }))
        return (await readOnce(body, 'application/ld+json')).digest
      },
      prove({ digest, ...claims }) {
        const now = epochSeconds(clock.now())
        const signed = outsider.signJwt(
          {
            iss: did,
            sub: url,
            iat: now,
            nbf: now,
            exp: now + 86_400,
            version: '1',
            digest: { alg: 'rdfc-1.0+sha-256', value: digest.slice('rdfc-1.0+sha-256:'.length) },
            ...claims,
          },
          { typ: catalogueProofType },
        )
        web.set(`${url}/proof`, () => ({ headers: { 'content-type': 'application/jwt' }, body: signed }))
      },
      async register(digest, { organization, parameters = {}, seconds = 10 * 86_400, signedBefore = 1 } = {}) {
        const now = epochSeconds(clock.now())
        const membership = list.stelselbeheerder.issue({
          type: 'LedenadministratieCredential',
          subject: {
            id: did,
            organization: {
              name: `Gemeente ${name}`,
              city: 'Voorbeeldstad',
              role: 'gemeente',
              id_type: 'gemeentecode',
              id: '9999',
              ...organization,
            },
          },
          claims: { exp: now + 86_400 * 30 },
        })
        const subject = {
          ...(digest === undefined ? {} : { catalogURL: url, catalogDigest: digest, catalogVersion: '1' }),
          ...parameters,
        }
        const presentation = registration(list, outsider, {
          credentials: [membership, listing(list, did, subject)],
          claims: { exp: now + seconds, nbf: now - signedBefore, iat: now - signedBefore },
        })
        timestamp += 1
        const examined = await examine(definition, { timestamp, presentation }, 10_000)
        if (examined.kind !== 'listing') throw new Error(`the registration was ${examined.kind}`)
        await commit([{ kind: 'list', listing: examined.listing, status: examined.status }])
      },
      async withdraw() {
        timestamp += 1
        await commit([{ kind: 'withdraw', signer: did, registeredAt: clock.now() }])
      },
    }
  }

  const world: IndexWorld = {
    clock,
    store,
    list,
    replica,
    index: start(),
    web,
    asked,
    logged,
    reads,
    member(name) {
      const member = members.get(name) ?? createMember(name)
      members.set(name, member)
      return member
    },
    async settle() {
      await world.index.takeListings()
      await world.index.lookAtDue()
    },
    async listRead() {
      syncedAt = clock.now()
      await commit([])
    },
    restart: start,
    async found(q) {
      const { found } = await world.index.search.find('dataset', { q, filters: {}, limit: 100 })
      return found.map(({ dataset }) => dataset.id).sort()
    },
  }
  return world
}

/** The example of a catalogue, at the host and under the DID of `member`. */
export function documentFor(
  member: Pick<IndexedMember, 'did' | 'host'>,
  keys?: readonly string[],
): Record<string, unknown> {
  const text = JSON.stringify(exampleDocument(keys))
    .replaceAll('did:web:node.voorbeeld.example', member.did)
    .replaceAll('node.voorbeeld.example', member.host)
  return JSON.parse(text) as Record<string, unknown> // The example, with other names.
}

function createWeb(web: ReadonlyMap<string, WebHandler>, asked: string[]): Pick<Outbound, 'request'> {
  return {
    async request(call): Promise<OutboundAnswer> {
      asked.push(`${call.method} ${call.url}`)
      const { status = 200, headers = {}, body = '' } = (await web.get(call.url)?.(call)) ?? { status: 404 }
      const bytes = Buffer.from(body)
      if (bytes.length > (call.maxResponseBytes ?? Number.POSITIVE_INFINITY)) throw new NodeError('outbound.too_large')
      return {
        status,
        headers: { get: (name) => headers[name.toLowerCase()] },
        mediaType: headers['content-type'],
        body: bytes,
      }
    },
  }
}

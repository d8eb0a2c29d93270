import type { IncomingMessage, ServerResponse } from 'node:http'
import { createVerifyRegistration } from '../../node/catalogue/registration.js'
import { createActivations, type Activations } from '../../node/discovery/activation.js'
import type { Listing } from '../../node/discovery/listing.js'
import { createReplica, type Replica } from '../../node/discovery/replica.js'
import { createSearch, type Search } from '../../node/discovery/search.js'
import { createSync, type Sync } from '../../node/discovery/sync.js'
import { createWatch, type Watch } from '../../node/discovery/watch.js'
import type { KeyStore } from '../../node/identity/key-store.js'
import { didDocumentOf } from '../../node/identity/party.js'
import { createBits, packBits, writeBit } from '../../node/credentials/status/bitstring.js'
import type { SignaturesAside } from '../../node/credentials/signature-thread.js'
import { createFixedClock, epochSeconds, type MovableClock } from '../../node/kernel/clock.js'
import { NodeError } from '../../node/kernel/errors.js'
import { createLog } from '../../node/kernel/log.js'
import type { Outbound } from '../../node/kernel/outbound.js'
import type { Store } from '../../node/stores/contracts.js'
import { createDiscoveryWorld, describeList, registration, service, type DiscoveryWorld } from './discovery-world.js'
import {
  createDumpableStore,
  createMemoryKeyStore,
  createNodeParts,
  moment,
  type NodeParts,
  type NodePartsOptions,
} from './node-parts.js'
import { createOutboundWorld, type TestServer } from './outbound-world.js'
import { documentOf, speakAs, type Outsider } from './outsider.js'
import type { Scripted } from './requester-world.js'
import { zorgkantoor } from './token-world.js'

/** The discovery room of one node. */
export interface Client {
  readonly node: NodeParts
  readonly replica: Replica
  readonly sync: Sync
  readonly watch: Watch
  readonly search: Search
  readonly activations: Activations
}

/** A node that reads a list over HTTP on loopback, and the list. */
export interface ReplicaWorld {
  readonly clock: MovableClock
  /** The list that is served now; another one may take its place. */
  list: DiscoveryWorld
  client: Client
  readonly server: TestServer
  /** What the server answers instead, first the first; the list itself answers when nothing is left. */
  readonly script: ((request: IncomingMessage) => Scripted | undefined | Promise<Scripted | undefined>)[]
  /** DIDs of the web that cannot be resolved by the client. */
  readonly unreachable: Set<string>
  /** DIDs of the web that are resolved by the client only when these promises are kept. */
  readonly holding: Map<string, Promise<void>>
  /** Makes the DID of the web resolve to the key of `outsider`, and returns who speaks under it. */
  publish(did: string, outsider: Outsider): Outsider
  /** The document of a DID of the web, as the list finds it. */
  resolve(did: string): Promise<unknown>
  /** The client after a restart, with the same store and keys; without trust in anybody when told so. */
  restart(options?: { readonly trusting: 'nobody' }): Client
  /** Names of who is listed at the client. */
  found(): Promise<readonly string[]>
  /** Who is listed at the client, whole. */
  listed(): Promise<readonly Listing[]>
  /** Reads the list. */
  sync(): Promise<void>
  /** Registers `who` at the list that is served, and gives the presentation. */
  register(who: Outsider): Promise<string>
  /** Lets the server answer with these entries, once, and then as a list without more. */
  serveEntries(entries: Readonly<Record<string, unknown>>, seed?: string): void
  /** Which entries do not count at the client, and why, by their numbers. */
  quarantined(): Promise<Readonly<Record<number, string>>>
  /** Method and first parameter of what reached the server. */
  seen(): readonly string[]
  /** What the client logged: message and code. */
  readonly logged: readonly string[]
  /** Serves a status list of the stelselbeheerder from now on, with these places set; `undefined` serves none. */
  serveStatus(name: string, set: readonly number[] | undefined, purpose?: string): Promise<void>
  /** A membership with a place in a status list. */
  listedMembership(of: string, name: string, index: number, purpose?: string): string
  close(): Promise<void>
}

/** `aside` checks signatures for the client; it is the caller's to close. */
export async function createReplicaWorld(options: Pick<NodePartsOptions, 'aside'> = {}): Promise<ReplicaWorld> {
  const clock = createFixedClock(moment)
  const network = createOutboundWorld()
  const documents = new Map<string, unknown>()
  const unreachable = new Set<string>()
  const holding = new Map<string, Promise<void>>()
  const statuses = new Map<string, string>()
  const script: ReplicaWorld['script'] = []
  const server = await network.serve((request, response) => void answer(request, response, world, statuses))
  const endpoint = `http://localhost:${String(server.port)}/discovery/${service}`
  const findDid = async (did: string): Promise<unknown> => {
    const party = await world.client.node.parties.findByDid(did)
    return party === undefined ? documents.get(did) : didDocumentOf(party)
  }
  const outbound = network.createOutbound()
  const list = createDiscoveryWorld({ clock, endpoint, outbound, others: findDid })
  const { store } = createDumpableStore(clock)
  const keyStore = createMemoryKeyStore()
  const logged: string[] = []

  const start = (trusted: readonly string[]): Client =>
    createClient({
      ...options,
      clock,
      store,
      keyStore,
      outbound,
      trusted,
      list,
      endpoint,
      async others(did) {
        await holding.get(did)
        return unreachable.has(did) ? undefined : documents.get(did)
      },
      logged,
    })

  const world: ReplicaWorld = {
    clock,
    list,
    client: start([list.stelselbeheerder.did]),
    server,
    script,
    unreachable,
    holding,
    publish(did, outsider) {
      documents.set(did, documentOf(did, outsider))
      return speakAs(did, outsider)
    },
    resolve: findDid,
    restart(options) {
      world.client = start(options === undefined ? [list.stelselbeheerder.did] : [])
      return world.client
    },
    listed: async () => (await world.client.search(service, {})).listings,
    found: async () => (await world.client.search(service, {})).listings.map(({ signer }) => signer),
    sync: () => world.client.sync.run(service),
    async register(who) {
      const presentation = registration(world.list, who)
      await world.list.register(presentation)
      return presentation
    },
    serveEntries(entries, seed = 'a') {
      const timestamp = Math.max(0, ...Object.keys(entries).map(Number))
      script.push(() => ({ json: { seed, timestamp, entries } }))
      script.push(() => ({ json: { seed, timestamp, entries: {} } }))
    },
    async quarantined() {
      const found = await world.client.replica.quarantined(service)
      return Object.fromEntries(found.map(({ timestamp, reason }) => [timestamp, reason]))
    },
    seen: () => server.requests.map(({ method, path }) => `${method} ${path.split(/[?&]/)[1] ?? ''}`.trim()),
    logged,
    async serveStatus(name, set, purpose = 'revocation') {
      const path = `/status/${name}`
      if (set === undefined) return void statuses.delete(path)
      const bits = createBits()
      for (const index of set) writeBit(bits, index, true)
      const subject = {
        id: `http://localhost:${String(server.port)}${path}`,
        type: 'StatusList2021',
        statusPurpose: purpose,
        encodedList: await packBits(bits),
      }
      const exp = epochSeconds(clock.now()) + 7 * 86_400
      statuses.set(path, list.stelselbeheerder.issue({ type: 'StatusList2021Credential', subject, claims: { exp } }))
    },
    listedMembership(of, name, index, statusPurpose = 'revocation') {
      const url = `http://localhost:${String(server.port)}/status/${name}`
      return list.stelselbeheerder.issue({
        type: 'LedenadministratieCredential',
        subject: { id: of },
        claims: {
          exp: epochSeconds(clock.now()) + 7 * 86_400,
          vc: {
            '@context': ['https://www.w3.org/2018/credentials/v1'],
            type: ['VerifiableCredential', 'LedenadministratieCredential'],
            credentialSubject: [{ id: of, organization: zorgkantoor }],
            credentialStatus: {
              id: `${url}#${String(index)}`,
              type: 'StatusList2021Entry',
              statusPurpose,
              statusListIndex: String(index),
              statusListCredential: url,
            },
          },
        },
      })
    },
    close: () => network.close(),
  }
  return world
}

function createClient(options: {
  readonly clock: MovableClock
  readonly store: Store
  readonly keyStore: KeyStore
  readonly outbound: Outbound
  readonly trusted: readonly string[]
  readonly list: DiscoveryWorld
  readonly endpoint: string
  readonly others: (did: string) => Promise<unknown>
  readonly logged: string[]
  readonly aside?: SignaturesAside | undefined
}): Client {
  const { clock, outbound, list, endpoint, logged } = options
  const trust = { LedenadministratieCredential: options.trusted }
  const node = createNodeParts({ ...options, trust, url: 'https://lid.example.nl' })
  const log = createLog({
    level: 'info',
    destination: {
      write(line) {
        const { msg, code } = JSON.parse(line) as { msg: string; code?: string }
        logged.push(code === undefined ? msg : `${msg}: ${code}`)
      },
    },
  })
  const definitions = [describeList(list.stelselbeheerder.did, endpoint)]
  const replica = createReplica(node)
  const verifyRegistration = createVerifyRegistration(node)
  const nowhere = () => Promise.reject(new NodeError('discovery.not_a_server'))
  const sync = createSync({
    clock,
    log,
    outbound,
    replica,
    leases: node.leases,
    verifyRegistration,
    definitions,
    hosted: { services: [], page: nowhere },
    rulesOf: () => options.trusted.join(),
    maxPages: 20,
  })
  const activations = createActivations({
    ...node,
    outbound,
    replica,
    definitions,
    hosted: { services: [], register: nowhere },
    ownParameters: ({ subject }) => ({ indicatieregister: `https://lid.example.nl/sources/${subject}` }),
  })
  const watch = createWatch({ clock, log, replica, verifier: node.verifier })
  return { node, replica, sync, watch, search: createSearch({ clock, replica, sync, definitions }), activations }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  world: ReplicaWorld,
  statuses: ReadonlyMap<string, string>,
): Promise<void> {
  if (request.url?.startsWith('/status/') === true) {
    const statusList = statuses.get(request.url)
    response.writeHead(statusList === undefined ? 404 : 200, { 'content-type': 'application/vc+jwt' })
    response.end(statusList)
    return
  }
  const body = Buffer.concat(await request.toArray()).toString()
  const {
    status = 200,
    headers,
    json,
    text,
  } = (await world.script.shift()?.(request)) ?? (await own(request, body, world))
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(text ?? JSON.stringify(json))
}

/** What the list itself answers. */
async function own(request: IncomingMessage, body: string, { list }: ReplicaWorld): Promise<Scripted> {
  try {
    if (request.method === 'POST') {
      await list.register(String(JSON.parse(body)))
      return { status: 201, text: '' }
    }
    const { searchParams } = new URL(request.url ?? '', 'http://localhost')
    const after = Number(searchParams.get('timestamp'))
    const page = await list.listServer.page(service, { after, limit: Number(searchParams.get('limit')) })
    if (request.headers['if-none-match'] === page.etag) return { status: 304, text: '' }
    return { text: page.body.toString(), headers: { etag: page.etag } }
  } catch (error) {
    return { status: 400, json: { title: 'refused', detail: NodeError.codeOf(error) } }
  }
}

import { createWriteStream } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { ReadCatalogueDocument } from '../../node/catalogue/read-catalogue.js'
import { composeNode, type RunningNode } from '../../node/compose.js'
import { checkConfiguration } from '../../node/config.js'
import { protocolOf, sourcePath } from '../../node/http/source-entry.js'
import { multibaseOf } from '../../node/identity/multikey.js'
import { systemClock, toRfc3339, type Clock } from '../../node/kernel/clock.js'
import { createLog, silentLog, type Log } from '../../node/kernel/log.js'
import { randomId } from '../../node/kernel/random.js'
import { didWebFor } from '../../node/identity/did-web.js'
import type { ConfigurationInput } from '../../schemas/configuration.js'
import { publicKeySchema } from '../../schemas/jwk.js'
import { prepareCertificates, type RegionCertificates } from './certificates.js'
import { discoveryDefinition } from './discovery-definition.js'
import { createNodeClient, readCredential, type NodeClient } from './node-client.js'
import { catalogueOf } from './catalogue-of.js'
import { startOwnSystems, type OwnSystems } from './own-systems.js'
import { discoveryService, stelselbeheerderName, type Participant } from './participants.js'
import { writeRecords } from './region-records.js'
import { createSharedReading } from './shared-reading.js'

/** A participant whose node runs. */
export interface Member {
  readonly name: string
  readonly did: string
  readonly organization: Participant['organization']
  readonly desks: Participant['desks']
  readonly publicUrl: string
  /** The same over TLS, with a certificate of the region's own authority. */
  readonly httpsUrl: string
  readonly internalUrl: string
  readonly authorizationServer: string
  readonly dataDirectory: string
  /** Names and addresses of its sources. */
  readonly sources: Readonly<Record<string, string>>
  readonly administrator: NodeClient
}

/** A region: real nodes on loopback ports in one process, each with its own store, keys and listeners. */
export interface World {
  readonly members: readonly Member[]
  /** PEM file with the authority that issued the certificates of all nodes. */
  readonly certificateAuthority: string
  member(name: string): Member
  /** Makes every node read the discovery list now, instead of at its next turn. */
  syncDiscovery(): Promise<void>
  /** Ends the node of one member, as when its machine goes down; the others notice by asking it. */
  stopMember(name: string): Promise<void>
  /** Starts it again, with its data as they were. @throws NodeError as `startWorld` */
  startMember(name: string): Promise<void>
  stop(): Promise<void>
}

export interface WorldOptions {
  /** Where everything is kept; a world that was there before comes back as it was. */
  readonly directory: string
  readonly participants: readonly Participant[]
  readonly clock?: Clock
  /** Where each node's log goes: a file in its data directory, or nowhere. */
  readonly logs: 'files' | 'none'
  /** Changes the settings of a participant's node. */
  readonly configure?: (name: string, settings: ConfigurationInput) => ConfigurationInput
  /** Told when a node serves. */
  readonly onStarted?: (member: Member) => void
}

const membershipDays = 365

/**
 * Starts the participants' nodes and makes them members: keys, membership credentials, listings. Everything between
 * the nodes goes over HTTP, and everything an administrator does goes through the internal API.
 *
 * @throws NodeError `config.invalid` when a port is taken; what was started by then is stopped again
 */
export async function startWorld(options: WorldOptions): Promise<World> {
  await mkdir(options.directory, { recursive: true })
  const ids = await loadIds(options)
  const members = options.participants.map((participant) => describeMember(participant, ids, options.directory))
  const stelselbeheerder = getMember(members, stelselbeheerderName)
  await writeDefinition(options.directory, stelselbeheerder)
  const certificates = await prepareCertificates(
    options.directory,
    members.map(({ name }) => name),
  )
  const reading = createSharedReading()
  const { read: readCatalogue } = reading
  const systems = await startOwnSystems(options.participants, options.directory)
  const start = { ids, certificates, readCatalogue, systems, trustedIssuer: stelselbeheerder.did }
  const nodes = new Map<string, RunningNode>()
  const startMember = async (name: string): Promise<void> => {
    const participant = options.participants.find((candidate) => candidate.name === name)
    const member = getMember(members, name)
    if (participant !== undefined) nodes.set(name, await startNode(participant, member, start, options))
  }
  const stop = async (): Promise<void> => {
    await Promise.all(Array.from(nodes.values(), (node) => node.stop()))
    await systems.close()
    await reading.close()
  }
  try {
    // Together: most of a start is waiting for the disk.
    await allOf(members, async (member) => {
      await startMember(member.name)
      options.onStarted?.(member)
    })
    const clock = options.clock ?? systemClock
    await allOf(members, (member) => joinNetwork(member, stelselbeheerder, clock))
    const syncDiscovery = async (): Promise<void> => {
      await Promise.all(
        members.map(({ administrator }) =>
          administrator.call('POST', `/internal/bronnet/v1/discovery/${discoveryService}/sync`),
        ),
      )
    }
    await syncDiscovery()
    const { authority: certificateAuthority } = certificates
    return {
      members,
      certificateAuthority,
      member: (name) => getMember(members, name),
      syncDiscovery,
      async stopMember(name) {
        await nodes.get(name)?.stop()
      },
      startMember,
      stop,
    }
  } catch (cause) {
    await stop()
    throw cause
  }
}

/** Does the work for each at the same time, to the end of all. @throws what the first that failed threw */
async function allOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const failed = (await Promise.allSettled(items.map(work))).find((outcome) => outcome.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

function getMember(members: readonly Member[], name: string): Member {
  const member = members.find((candidate) => candidate.name === name)
  if (member === undefined) throw new Error(`there is no participant ${name}`)
  return member
}

const idsSchema = z.record(z.string(), z.uuid())
type Ids = Readonly<z.output<typeof idsSchema>>

/** The last parts of the DIDs are chosen before the first start, so that configuration can name them. */
async function loadIds({ directory, participants }: WorldOptions): Promise<Ids> {
  const file = join(directory, 'world.json')
  let known: Ids = {}
  try {
    known = idsSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    // The first start.
  }
  const ids = Object.fromEntries(participants.map(({ name }) => [name, known[name] ?? randomId()]))
  await writeFile(file, JSON.stringify({ ...known, ...ids }, null, 2))
  return ids
}

function describeMember(participant: Participant, ids: Ids, directory: string): Member {
  const { name, organization, desks, publicPort, tlsPort, internalPort, sources } = participant
  const publicUrl = `http://localhost:${String(publicPort)}`
  const internalUrl = `http://localhost:${String(internalPort)}`
  return {
    name,
    organization,
    desks,
    publicUrl,
    httpsUrl: `https://localhost:${String(tlsPort)}`,
    internalUrl,
    did: didWebFor(publicUrl, 'iam', ids[name] ?? ''),
    authorizationServer: `${publicUrl}/oauth2/${name}`,
    dataDirectory: join(directory, name),
    sources: Object.fromEntries(
      sources.map((source) => [source.name, `${publicUrl}${sourcePath(name, source.name, protocolOf(source.kind))}`]),
    ),
    administrator: createNodeClient(internalUrl),
  }
}

async function writeDefinition(directory: string, stelselbeheerder: Member): Promise<void> {
  const definition = discoveryDefinition({
    id: discoveryService,
    endpoint: `${stelselbeheerder.publicUrl}/discovery/${discoveryService}`,
    issuer: stelselbeheerder.did,
  })
  await mkdir(join(directory, 'discovery'), { recursive: true })
  await writeFile(join(directory, 'discovery', `${discoveryService}.json`), JSON.stringify(definition, null, 2))
}

/** What starting every node takes beside its participant. */
interface StartDetails {
  readonly ids: Ids
  readonly certificates: RegionCertificates
  readonly readCatalogue: ReadCatalogueDocument
  readonly systems: OwnSystems
  readonly trustedIssuer: string
}

async function startNode(
  participant: Participant,
  member: Member,
  { ids, certificates, readCatalogue, systems, trustedIssuer }: StartDetails,
  { directory, clock, logs, configure = (_name, settings) => settings }: WorldOptions,
): Promise<RunningNode> {
  const input: ConfigurationInput = {
    strictmode: false,
    // So that public suites can issue and verify here.
    conformance: true,
    url: member.publicUrl,
    name: member.name,
    storage: { url: `level:${member.dataDirectory}` },
    http: {
      public: {
        host: '127.0.0.1',
        port: participant.publicPort,
        tls: { ...certificates.of(member.name), port: participant.tlsPort, url: member.httpsUrl },
      },
      internal: { host: '127.0.0.1', port: participant.internalPort },
    },
    outbound: { loopback: true, certificateAuthorities: [certificates.authority] },
    parties: [
      {
        subject: member.name,
        id: ids[member.name],
        sources: (await writeRecords(participant, member.dataDirectory)).map((source) => systems.connect(source)),
        catalogue: catalogueOf(participant),
        ...(member.name === stelselbeheerderName
          ? {}
          : { notifications: { abonnementen: [...(participant.abonnementen ?? [])] } }),
      },
    ],
    trust: { LedenadministratieCredential: [trustedIssuer] },
    policies: { sandbox: participant.sandbox ?? false },
    discovery: {
      definitions: join(directory, 'discovery'),
      server: member.name === stelselbeheerderName ? [discoveryService] : [],
      refreshSeconds: 10,
    },
  }
  const { configuration } = checkConfiguration(configure(member.name, input))
  await mkdir(member.dataDirectory, { recursive: true })
  const log = logs === 'files' ? fileLog(member) : silentLog
  return composeNode({ configuration, log, version: 'demo', readCatalogue, ...(clock === undefined ? {} : { clock }) })
}

function fileLog({ name, dataDirectory }: Member): Log {
  const file = createWriteStream(join(dataDirectory, 'node.log'), { flags: 'a' })
  return createLog({ level: 'info', node: name, destination: file })
}

/** What two administrators do: the stelselbeheerder issues the memberships, the participant takes them and is listed. */
async function joinNetwork(member: Member, stelselbeheerder: Member, clock: Clock): Promise<void> {
  const wallet = `/internal/vcr/v2/holder/${member.name}/vc`
  const held = new Set((await member.administrator.wallet(member.name)).map((compact) => readCredential(compact).role))
  for (const role of [member.organization.role, ...member.desks]) {
    if (held.has(role)) continue
    const credential = await stelselbeheerder.administrator.call('POST', '/internal/vcr/v2/issuer/vc', {
      type: 'LedenadministratieCredential',
      issuer: stelselbeheerder.did,
      expirationDate: toRfc3339(clock.now() + membershipDays * 86_400_000),
      credentialSubject: { id: member.did, organization: { ...member.organization, role } },
    })
    await member.administrator.call('POST', wallet, credential)
  }
  if ((await findVcIssuer(member)) === undefined) {
    await member.administrator.call('POST', keysOf(member), { algorithm: 'EdDSA' })
  }
  await member.administrator.call('POST', `/internal/discovery/v1/${discoveryService}/${member.name}`)
}

const keysSchema = z.object({ keys: z.array(z.object({ publicKeyJwk: publicKeySchema })) })
const keysOf = ({ name }: Member): string => `/internal/bronnet/v1/subjects/${name}/keys`

/** The did:key under which the VC-API of a member issues; `undefined` before it has an Ed25519 key. */
export async function findVcIssuer(member: Member): Promise<string | undefined> {
  const { keys } = keysSchema.parse(await member.administrator.call('GET', keysOf(member)))
  const key = keys.find(({ publicKeyJwk }) => publicKeyJwk.kty === 'OKP')
  return key === undefined ? undefined : `did:key:${multibaseOf(key.publicKeyJwk)}`
}

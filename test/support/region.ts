import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../node/kernel/clock.js'
import { createRegistryClient, type RegistryClient } from '../../registry-client/client.js'
import { participants, type Participant } from '../../scripts/demo/participants.js'
import { startWorld, type World, type WorldOptions } from '../../scripts/demo/world.js'
import { freePorts } from './free-ports.js'
import { claimsOf, lineOf, signInKinds, signInToken } from './sign-in.js'

/** The demonstration region on free ports and in a directory of its own. */
export interface Region {
  readonly world: World
  /** An application behind the node of this participant. */
  application(name: string): RegistryClient
  /**
   * Starts the node of this participant anew so that it asks who calls, and lets in one application, whose token is in the file
   * of which this is the path. Its administrator can do nothing from then on.
   */
  signIn(name: string): Promise<string>
  /** Stops the nodes and removes their data. */
  end(): Promise<void>
}

/** Whom most flows are about; the others of the demonstration would only make them slower. */
const core = ['stelselbeheerder', 'ciz', 'zorgkantoor-noord', 'zorgkantoor-zuid', 'zorgaanbieder']

/**
 * Starts participants of the demonstration, and more when they are given, on free ports: those of the
 * story unless `whole`, and of them CIZ alone with data.
 */
export async function startRegion(options: {
  readonly clock: Clock
  readonly whole?: boolean
  readonly extra?: readonly Participant[]
  /** Where logs go; nowhere when left out. */
  readonly logs?: WorldOptions['logs']
  readonly configure?: WorldOptions['configure']
}): Promise<Region> {
  const directory = await mkdtemp(join(tmpdir(), 'bronnet-region-'))
  const placed: Participant[] = []
  const chosen =
    options.whole === true
      ? participants
      : participants
          .filter(({ name }) => core.includes(name))
          .map((participant) => (participant.name === 'ciz' ? participant : { ...participant, sources: [] }))
  for (const participant of [...chosen, ...(options.extra ?? [])]) {
    const [publicPort = 0, internalPort = 0, tlsPort = 0] = await freePorts(3)
    placed.push({ ...participant, publicPort, internalPort, tlsPort })
  }
  const { clock, logs = 'none', configure = (_name, settings) => settings } = options
  const authorizedKeys = new Map<string, string>()
  const world = await startWorld({
    directory,
    participants: placed,
    clock,
    logs,
    configure: (name, input) => {
      const settings = configure(name, input)
      const authorizedKeysPath = authorizedKeys.get(name)
      if (authorizedKeysPath === undefined) return settings
      const auth = { type: 'token_v2', audience: 'node.test', authorizedKeysPath } as const
      return { ...settings, http: { ...settings.http, internal: { ...settings.http?.internal, auth } } }
    },
  })
  return {
    world,
    // Nothing is asked twice: what a test is about must not be mended by trying again.
    application: (name) =>
      createRegistryClient({
        nodeUrl: world.member(name).internalUrl,
        subject: name,
        patience: { attempts: 1, callSeconds: 30 },
      }),
    async signIn(name) {
      const key = signInKinds.EdDSA.make()
      const [keys, token] = [join(directory, `${name}.keys`), join(directory, `${name}.token`)]
      await writeFile(keys, lineOf(key, 'application', 'role="application"'))
      await writeFile(token, `${signInToken('EdDSA', key, claimsOf('application', clock.now()))}\n`)
      authorizedKeys.set(name, keys)
      await world.stopMember(name)
      await world.startMember(name)
      return token
    },
    async end() {
      await world.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/**
 * Lets a participant read the lists and catalogues until it has the catalogue of another, and gives where that is. What a
 * party publishes reaches its registration, the list and the copies of others one after the other.
 */
export async function untilIndexed({ world, application }: Region, reader: string, publisher: string): Promise<string> {
  const { did } = world.member(publisher)
  for (let turn = 0; turn < 50; turn += 1) {
    await world.syncDiscovery()
    await world.member(reader).administrator.call('POST', '/internal/bronnet/v1/index/refresh')
    const { items } = await application(reader).discover.parties({ publisher: did }).first()
    const url = items[0]?.catalogue?.url
    if (url !== undefined) return url
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${reader} never had the catalogue of ${publisher}`)
}

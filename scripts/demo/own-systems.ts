import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageFile } from '../../node/kernel/package-root.js'
import { randomHex } from '../../node/kernel/random.js'
import type { FhirRecord } from './fhir-search.js'
import { startFhirServer, type FhirServer } from './fhir-server.js'
import type { Participant } from './participants.js'

type Source = Participant['sources'][number]

/** What participants had before they had a node: here the FHIR server of a practice. */
export interface OwnSystems {
  /** The source with where its own system is, for one that says no place. */
  connect(source: Source): Source
  close(): Promise<void>
}

/**
 * Starts the systems of the participants that a node stands in front of, on free ports of this machine. Each wants a
 * credential that only its own node has: it stands in a file below `directory`.
 */
export async function startOwnSystems(participants: readonly Participant[], directory: string): Promise<OwnSystems> {
  const servers: FhirServer[] = []
  const places = new Map<Source, NonNullable<Source['upstream']>>()
  for (const { name, sources } of participants) {
    for (const source of sources) {
      if (source.kind !== 'fhir' || source.upstream !== undefined) continue
      const authorization = `Bearer ${randomHex(24)}`
      const headerFile = join(directory, name, 'own-system')
      await mkdir(join(directory, name), { recursive: true })
      await writeFile(headerFile, `${authorization}\n`, { mode: 0o600 })
      const server = await startFhirServer({ port: 0, records: await readSeed(name), authorization })
      servers.push(server)
      places.set(source, { url: server.url, headerFile })
    }
  }
  return {
    connect(source) {
      const upstream = places.get(source)
      return upstream === undefined ? source : { ...source, upstream }
    },
    async close() {
      await Promise.all(servers.map((server) => server.close()))
    },
  }
}

async function readSeed(name: string): Promise<readonly FhirRecord[]> {
  const text = await readFile(packageFile('scripts', 'demo', 'seed', `${name}.json`), 'utf8')
  return JSON.parse(text) as readonly FhirRecord[] // Our own file.
}

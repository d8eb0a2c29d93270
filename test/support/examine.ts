import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArguments } from '../../node/cli/arguments.js'
import { createCommands } from '../../node/cli/commands.js'
import type { Finding } from '../../node/cli/doctor/finding.js'
import { checkConfiguration } from '../../node/config.js'
import { systemClock, type Clock } from '../../node/kernel/clock.js'
import { silentLog } from '../../node/kernel/log.js'
import { keyDirectory, openKeyStore, openOutboundTo, openStoreAt, readAuthorities } from '../../node/resources.js'
import { discoveryDefinition } from '../../scripts/demo/discovery-definition.js'
import { unusedDeps } from '../../scripts/command-table.js'
import { freePorts } from './free-ports.js'

/** What `bronnet doctor` says of a node. */
export interface Report {
  readonly exit: number
  readonly status: string
  readonly findings: readonly Finding[]
  /** What was found of one thing. */
  readonly of: (about: string) => readonly Finding[]
}

/** Runs `bronnet doctor` in this process, for these settings; `node` is where its internal interface is said to be. */
export async function examine(
  settings: object,
  {
    node,
    clock = systemClock,
    words: more = [],
  }: { readonly node?: string; readonly clock?: Clock; readonly words?: readonly string[] } = {},
): Promise<Report> {
  const [nowhere = 0] = await freePorts(1)
  const commands = createCommands({
    ...unusedDeps,
    clock,
    version: 'test',
    loadSettings: () => Promise.resolve().then(() => checkConfiguration({ strictmode: false, ...settings })),
    readAuthorities: ({ outbound }) => readAuthorities(outbound),
    openOutboundTo: (url, configuration) => openOutboundTo(url, configuration, 'test'),
    keyDirectoryOf: keyDirectory,
    tryKeys: async (configuration) => {
      await openKeyStore(configuration, undefined)
    },
    openStoreAt: (url, deps) => openStoreAt(url, { ...deps, clock, log: silentLog }),
  })
  const words = ['doctor', '--json', '--node', node ?? `http://127.0.0.1:${String(nowhere)}`, ...more]
  const request = parseArguments(commands, words)
  if (request.kind !== 'run') throw new Error(request.kind)
  const said: string[] = []
  const exit = await request.command.run(request.given, { say: (text) => void said.push(text), note: () => undefined })
  const { status, findings } = JSON.parse(said.join('')) as Pick<Report, 'status' | 'findings'>
  return { exit, status, findings, of: (about) => findings.filter((finding) => finding.about === about) }
}

/** Writes the definition of a discovery service in a directory of its own below `directory`. */
export async function writeDefinition(directory: string, id: string, endpoint: string): Promise<void> {
  await mkdir(join(directory, id), { recursive: true })
  const definition = discoveryDefinition({ id, endpoint, issuer: 'did:web:stelsel.voorbeeld.nl' })
  await writeFile(join(directory, id, `${id}.json`), JSON.stringify(definition))
}

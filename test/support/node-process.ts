import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { packageFile } from '../../node/kernel/package-root.js'
import { createNodeClient, type NodeClient } from '../../scripts/demo/node-client.js'

/** A node in a process of its own, so that it can be killed. */
export interface NodeProcess {
  readonly administrator: NodeClient
  readonly publicUrl: string
  readonly internalUrl: string
  /** Ends the process at once, as a power cut would. */
  kill(): Promise<void>
  /** Asks the process to stop, and returns its status. */
  stop(): Promise<number | null>
}

/** What a process that ended by itself said. */
export interface Ended {
  readonly status: number | null
  readonly errors: string
}

interface Place {
  readonly publicPort: number
  readonly internalPort: number
  /** Where everything is kept, unless the configuration says so. */
  readonly directory?: string
  /** Instead of a node with one party, `voorbeeld`. */
  readonly configFile?: string
  /** Further variables of the process. */
  readonly environment?: Readonly<Record<string, string>>
}

/** Starts a node and waits until it is ready, or with `live` until it answers at all. */
export async function startNodeProcess(
  place: Place,
  { until }: { readonly until: 'ready' | 'live' } = { until: 'ready' },
): Promise<NodeProcess> {
  const { child, errors } = spawnNode(place)
  const internalUrl = `http://127.0.0.1:${String(place.internalPort)}`
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit')
      child.kill(signal)
      await ended
    }
    return child.exitCode
  }
  while (!(await answersWell(`${internalUrl}/health/${until}`))) {
    if (child.exitCode !== null) throw new Error(`the node ended: ${errors()}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    publicUrl: `http://127.0.0.1:${String(place.publicPort)}`,
    internalUrl,
    administrator: createNodeClient(internalUrl),
    async kill() {
      await end('SIGKILL')
    },
    stop: () => end('SIGTERM'),
  }
}

/** Starts a node that is expected to end by itself. */
export async function runNodeProcess(place: Place): Promise<Ended> {
  const { child, errors } = spawnNode(place)
  await once(child, 'exit')
  return { status: child.exitCode, errors: errors() }
}

function spawnNode({ directory, configFile, environment, publicPort, internalPort }: Place): {
  readonly child: ChildProcess
  readonly errors: () => string
} {
  const child = spawn(
    process.execPath,
    [
      '--import',
      packageFile('test', 'support', 'ts-loader.mjs'),
      '--import',
      packageFile('test', 'support', 'record-process.mjs'),
      packageFile('dist', 'node', 'main.js'),
      'start',
      '--config',
      configFile ?? packageFile('config', 'local.yaml'),
    ],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        ...(process.env['TRAFFIC_DIRECTORY'] === undefined
          ? {}
          : { TRAFFIC_DIRECTORY: process.env['TRAFFIC_DIRECTORY'] }),
        ...(configFile === undefined ? { BRONNET_URL: `http://localhost:${String(publicPort)}` } : {}),
        ...(directory === undefined ? {} : { BRONNET_STORAGE_URL: `level:${directory}` }),
        BRONNET_HTTP_PUBLIC_PORT: String(publicPort),
        BRONNET_HTTP_INTERNAL_PORT: String(internalPort),
        BRONNET_LOG_LEVEL: 'silent',
        ...environment,
      },
    },
  )
  let text = ''
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  return { child, errors: () => text }
}

async function answersWell(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok
  } catch {
    // Not listening yet.
    return false
  }
}

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { packageFile } from '../../node/kernel/package-root.js'
import { createNodeClient, type NodeClient } from '../../scripts/demo/node-client.js'

/** A node in a process of its own, so that it can be killed. */
export interface NodeProcess {
  readonly administrator: NodeClient
  readonly internalUrl: string
  /** Ends the process at once, as a power cut would. */
  kill(): Promise<void>
}

/** What a process that ended by itself said. */
export interface Ended {
  readonly status: number | null
  readonly errors: string
}

interface Place {
  readonly directory: string
  readonly publicPort: number
  readonly internalPort: number
}

/** Starts a node with one party, `voorbeeld`, and waits until it is ready. */
export async function startNodeProcess(place: Place): Promise<NodeProcess> {
  const { child, errors } = spawnNode(place)
  const internalUrl = `http://127.0.0.1:${String(place.internalPort)}`
  while (!(await isReady(internalUrl))) {
    if (child.exitCode !== null) throw new Error(`the node ended: ${errors()}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    internalUrl,
    administrator: createNodeClient(internalUrl),
    async kill() {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** Starts a node that is expected to end by itself. */
export async function runNodeProcess(place: Place): Promise<Ended> {
  const { child, errors } = spawnNode(place)
  await once(child, 'exit')
  return { status: child.exitCode, errors: errors() }
}

function spawnNode({ directory, publicPort, internalPort }: Place): {
  readonly child: ChildProcess
  readonly errors: () => string
} {
  const child = spawn(
    process.execPath,
    [
      '--import',
      packageFile('test', 'support', 'ts-loader.mjs'),
      packageFile('node', 'main.ts'),
      'start',
      '--config',
      packageFile('config', 'local.yaml'),
    ],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        BRONNET_URL: `http://localhost:${String(publicPort)}`,
        BRONNET_STORAGE_URL: `level:${directory}`,
        BRONNET_HTTP_PUBLIC_PORT: String(publicPort),
        BRONNET_HTTP_INTERNAL_PORT: String(internalPort),
        BRONNET_LOG_LEVEL: 'silent',
      },
    },
  )
  let text = ''
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  return { child, errors: () => text }
}

async function isReady(internalUrl: string): Promise<boolean> {
  try {
    return (await fetch(`${internalUrl}/health/ready`)).ok
  } catch {
    // Not listening yet.
    return false
  }
}

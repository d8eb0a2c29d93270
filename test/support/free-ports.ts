import { createServer } from 'node:net'

/**
 * Ports that no system gives to connections that go out (Linux and macOS begin at 32768 and 49152), divided over the
 * processes that jest runs beside each other: a port that was free is still free when a node is started on it later.
 */
const lowest = 12_000
const perProcess = 1_250

const jestProcess = Number(process.env['JEST_WORKER_ID'] ?? 1) % 16
/** Somewhere else for every process: another run of the tests may be going on, and a port may rest after its use. */
let next = (process.pid * 37) % perProcess

/** Ports that are free, all different, and not given before by this process until it has given them all. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = []
  for (let tries = 0; ports.length < count; tries += 1) {
    if (tries > perProcess) throw new Error('there is no free port for the tests')
    const port = lowest + jestProcess * perProcess + next
    next = (next + 1) % perProcess
    if ((await isFree(port, '127.0.0.1')) && (await isFree(port, '0.0.0.0'))) ports.push(port)
  }
  return ports
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, host, () => server.close(() => resolve(true)))
  })
}

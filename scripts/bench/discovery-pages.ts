// eslint-disable-next-line no-restricted-imports -- the limit that the node is compared with
import express from 'express'
import { createServer, request, Agent, type Server } from 'node:http'
import { parentPort, workerData } from 'node:worker_threads'

/** Asks a server over and over, from a thread of its own. `workerData`: port, path, connections, milliseconds. */
interface Asking {
  readonly port: number
  readonly path: string
  readonly connections: number
  readonly milliseconds: number
}

/** Serves `body` on a route of express 5, which is the limit for a page from memory. */
export async function serveWithExpress(body: Buffer): Promise<{ readonly port: number; end(): void }> {
  const app = express()
  app.set('etag', false)
  app.disable('x-powered-by')
  app.get('/discovery/:service', (_request, response) => {
    response.setHeader('content-type', 'application/json; charset=utf-8')
    response.setHeader('cache-control', 'no-store')
    response.end(body)
  })
  const server = createServer((request, response) => void app(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: portOf(server), end: () => void server.close() }
}

export function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

if (parentPort !== null) {
  const { port, path, connections, milliseconds } = workerData as Asking // What the benchmark gave.
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const until = Date.now() + milliseconds
  let answers = 0
  const ask = (): Promise<void> =>
    new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, path, agent }, (response) => {
        response.resume()
        response.once('end', () => {
          answers += 1
          resolve()
        })
      })
        .once('error', reject)
        .end()
    })
  const asking = async (): Promise<void> => {
    while (Date.now() < until) await ask()
  }
  await Promise.all(Array.from({ length: connections }, asking))
  agent.destroy()
  parentPort.postMessage(answers)
}

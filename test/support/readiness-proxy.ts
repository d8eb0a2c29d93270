import { Agent, createServer, request as startRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Where one node is. */
export interface Backend {
  readonly publicUrl: string
  readonly internalUrl: string
}

/** A load balancer as small as one can be: it follows readiness, keeps connections, and tries nothing twice. */
export interface ReadinessProxy {
  readonly url: string
  /** Sends requests there once it is ready. */
  add(backend: Backend): void
  /** Waits until the backend is sent requests, or is not sent any. */
  until(backend: Backend, state: 'used' | 'unused'): Promise<void>
  /** How many requests a backend was sent. */
  countOf(backend: Backend): number
  close(): Promise<void>
}

const lookEveryMilliseconds = 100

export async function startReadinessProxy(): Promise<ReadinessProxy> {
  const agent = new Agent({ keepAlive: true })
  const backends: { readonly backend: Backend; isReady: boolean; count: number }[] = []
  let turn = 0

  async function look(): Promise<void> {
    await Promise.all(
      backends.map(async (each) => {
        each.isReady = await fetch(`${each.backend.internalUrl}/health/ready`).then(
          ({ ok }) => ok,
          () => false,
        )
      }),
    )
  }

  function forward(request: IncomingMessage, response: ServerResponse): void {
    const ready = backends.filter(({ isReady }) => isReady)
    const chosen = ready[turn % Math.max(ready.length, 1)]
    turn += 1
    if (chosen === undefined) {
      response.writeHead(503).end()
      return
    }
    chosen.count += 1
    const { method, headers, url = '' } = request
    const options = method === undefined ? { headers, agent } : { method, headers, agent }
    const onward = startRequest(`${chosen.backend.publicUrl}${url}`, options, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    // Nothing is mended here: what a node drops is a failure that the caller sees.
    onward.on('error', () => response.writeHead(502).end())
    request.pipe(onward)
  }

  let timer = setTimeout(looking, 0)
  function looking(): void {
    void look().then(() => {
      timer = setTimeout(looking, lookEveryMilliseconds)
    })
  }

  const server = createServer(forward)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const find = (backend: Backend) => backends.find((each) => each.backend === backend)
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    add: (backend) => void backends.push({ backend, isReady: false, count: 0 }),
    async until(backend, state) {
      while (find(backend)?.isReady !== (state === 'used')) await new Promise((resolve) => setTimeout(resolve, 20))
    },
    countOf: (backend) => find(backend)?.count ?? 0,
    close: () =>
      new Promise((resolve) => {
        clearTimeout(timer)
        agent.destroy()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

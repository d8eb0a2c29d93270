import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAddressGuard, parseCidr } from '../../node/kernel/address-guard.js'
import { NodeError } from '../../node/kernel/errors.js'
import {
  createOutbound,
  type Outbound,
  type OutboundOptions,
  type OutboundRequest,
} from '../../node/kernel/outbound.js'

/** A real server on loopback that remembers what reached it. */
export interface TestServer {
  readonly port: number
  readonly requests: readonly SeenRequest[]
  countConnections(): number
  close(): Promise<void>
}

export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly headers: NodeJS.Dict<string | string[]>
  /** One character for each byte. */
  body: string
}

/** The servers and outbounds of one test file, so that all of them can be closed after each test. */
export interface OutboundWorld {
  serve(listener: RequestListener): Promise<TestServer>
  /** The same for a server that exists; `connectionEvent` is `secureConnection` for https. */
  listen(server: Server, connectionEvent?: string): Promise<TestServer>
  /** May call loopback unless told otherwise, over http too, on any port. */
  createOutbound(options?: Partial<OutboundOptions> & { readonly allowed?: readonly string[] }): Outbound
  close(): Promise<void>
}

/** Creates an empty world. */
export function createOutboundWorld(): OutboundWorld {
  const leftOpen: (() => Promise<void> | void)[] = []

  async function listen(server: Server, connectionEvent = 'connection'): Promise<TestServer> {
    let connections = 0
    const requests: SeenRequest[] = []
    server.on(connectionEvent, () => {
      connections += 1
    })
    server.prependListener('request', (request) => {
      const seen = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body: '' }
      requests.push(seen)
      request.on('data', (chunk: Buffer) => {
        seen.body += chunk.toString('latin1')
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    // A listening TCP server has an address of this type; the declaration also covers pipes.
    const { port } = server.address() as AddressInfo
    const close = (): Promise<void> =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    leftOpen.push(close)
    return { port, requests, countConnections: () => connections, close }
  }

  return {
    listen,
    serve: (listener) => listen(createServer(listener)),
    createOutbound(options = {}) {
      const { allowed = ['127.0.0.0/8'], ...rest } = options
      const outbound = createOutbound({
        guard: createAddressGuard({ allowed: allowed.map(parseCidr), denied: [] }),
        allowPlainHttp: 'loopback',
        allowedPorts: 'any',
        allowReservedHosts: true,
        userAgent: 'bronnet-test',
        ...rest,
      })
      leftOpen.push(() => outbound.close())
      return outbound
    },
    async close() {
      for (const close of leftOpen.splice(0).reverse()) await close()
    },
  }
}

/** The error of a call that has to fail. */
export async function refusalOf(
  outbound: Outbound,
  call: Partial<OutboundRequest> & { readonly url: string },
): Promise<NodeError> {
  try {
    await outbound.request({ method: 'GET', ...call })
  } catch (error) {
    if (NodeError.is(error)) return error
    throw error
  }
  throw new Error('the call was not refused')
}

import type { ServerResponse } from 'node:http'
import { createRegistryClient, RegistryError, type RegistryClient } from '../../registry-client/client.js'
import type { ClientClock, RegistryClientOptions } from '../../registry-client/client.js'
import { createOutboundWorld, type SeenRequest, type TestServer } from './outbound-world.js'

/** How a server answers one request. The body was read. */
export type Answering = (response: ServerResponse, request: SeenRequest) => void

/** A server that is node and source in one, and a client of it. */
export interface ClientWorld {
  readonly client: RegistryClient
  /** Without a slash at its end. */
  readonly url: string
  readonly server: TestServer
  /** The pauses that were made, in milliseconds. */
  readonly pauses: readonly number[]
  readonly clock: ClientClock & { move(milliseconds: number): void }
}

export interface ClientWorlds {
  /** Starts a server that answers the first request with the first answer, and so on; the last one for all further. */
  start(answers: Answering | readonly Answering[], options?: Partial<RegistryClientOptions>): Promise<ClientWorld>
  close(): Promise<void>
}

/** Worlds of one test file, closed together. Their clock stands still, but for pauses, which take no time. */
export function createClientWorlds(): ClientWorlds {
  const world = createOutboundWorld()
  return {
    async start(answers, options = {}) {
      const list = typeof answers === 'function' ? [answers] : answers
      let count = 0
      const server = await world.serve((request, response) => {
        const seen = server.requests.at(-1)
        request.on('end', () => {
          const answer = list[Math.min(count, list.length - 1)]
          count += 1
          if (seen !== undefined) answer?.(response, seen)
        })
      })
      const url = `http://127.0.0.1:${server.port}`
      const pauses: number[] = []
      const clock = createPausingClock(pauses)
      const client = createRegistryClient({ nodeUrl: url, subject: 'noord', clock, ...options })
      return { client, url, server, pauses, clock }
    },
    close: () => world.close(),
  }
}

/** Pauses are over at once and move the time; waiting for an answer to come never is. */
function createPausingClock(pauses: number[]): ClientWorld['clock'] {
  let now = Date.parse('2026-11-24T09:00:00Z')
  return {
    now: () => now,
    random: () => 0.5,
    move: (milliseconds) => void (now += milliseconds),
    sleep(milliseconds, signal) {
      // What has a signal is the limit of an attempt, or a pause of an application that may want to end it.
      if (signal !== undefined)
        return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted'))))
      pauses.push(milliseconds)
      now += milliseconds
      return Promise.resolve()
    },
  }
}

/** An answer of JSON. */
export function json(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = { 'content-type': 'application/json' },
): Answering {
  return (response) => {
    response.writeHead(status, headers).end(JSON.stringify(value))
  }
}

/** The error that a promise fails with. */
export async function failureOf(promise: Promise<unknown>): Promise<RegistryError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof RegistryError) return error
    throw error
  }
  throw new Error('nothing failed')
}

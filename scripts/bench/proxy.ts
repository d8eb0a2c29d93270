import { Agent, request, type IncomingMessage } from 'node:http'
import type { Value } from '../../node/stores/contracts.js'

/** What a limit asks of the server behind a source. */
export interface ProxyTask {
  readonly token: string
  readonly grant: Value
  readonly events: readonly Value[]
  /** What the node asked of the server for one request, one line each: method, path and form. */
  readonly calls: readonly string[]
  /** Which of the answers is given on. */
  readonly given: number
  /** The server itself. */
  readonly origin: string
  readonly authorization: string
}

/** Makes what asks all of it, one after the other, and gives the answer that is given on. */
export function createAskServer({ calls, given, origin, authorization }: ProxyTask): () => Promise<Buffer> {
  // As many connections as the node has to one server; and left before the server does, as there.
  const agent = new Agent({ keepAlive: true, maxSockets: 16, timeout: 4000 })
  const prepared = calls.map((line) => {
    const [method = '', path = '', form = ''] = line.split(' ')
    const headers = {
      authorization,
      accept: 'application/fhir+json',
      ...(form === '' ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
    }
    return { url: new URL(path, origin), form, options: { agent, method, headers } }
  })
  return async () => {
    let answer: Buffer = Buffer.alloc(0)
    for (const [at, { url, options, form }] of prepared.entries()) {
      const received = await new Promise<Buffer>((resolve, reject) => {
        request(url, options, (response) => void read(response).then(resolve, reject))
          .once('error', reject)
          .end(form)
      })
      if (at === given) answer = received
    }
    return answer
  }
}

async function read(response: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part as Buffer) // No encoding was set.
  if (response.statusCode !== 200) throw new Error(`the server answers with ${String(response.statusCode)}`)
  return Buffer.concat(parts)
}

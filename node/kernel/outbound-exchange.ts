import { request as requestHttp, type Agent, type IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'

/** A request as it is sent. */
interface SentRequest {
  readonly url: URL
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | undefined
  readonly agent: Agent
  /** Breaks it off, also while the answer is read. */
  readonly signal: AbortSignal
}

/**
 * Sends a request and gives its answer once that begins. Who takes it reads the body or destroys it. What becomes of the
 * request after that is told by the answer.
 * @throws what the platform says of the connection or of the answer
 */
export function openExchange({ url, method, headers, body, agent, signal }: SentRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp
    // Not every method with a body says its length by itself.
    const length = body === undefined ? {} : { 'content-length': String(body.length) }
    const sent = send(url, { method, headers: { ...headers, ...length }, agent, signal })
    sent.on('response', resolve)
    sent.on('error', reject)
    sent.end(body)
  })
}

/**
 * The whole body, as it came; `undefined` when it is larger than `maxBytes`, and then the connection is closed.
 * @throws what the platform says when it breaks off
 */
export async function readBody(answer: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  // Leaving the loop early closes the connection.
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) return undefined
    chunks.push(chunk)
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
}

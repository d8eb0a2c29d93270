import { createHash, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { parse as parseForm } from 'node:querystring'
// eslint-disable-next-line no-restricted-imports -- the framework itself is what is measured here
import express from 'express'
import { randomToken } from '../../node/kernel/random.js'
import { claim, put, type Store, type Value } from '../../node/stores/contracts.js'
import type { PublicKey } from '../../schemas/jwk.js'
import { createAskServer, type ProxyTask } from './proxy.js'

/** What a limit must do, taken from what the node under test did for one request of the same kind. */
export type LimitTask =
  /** Checks the presentation, and texts of these lengths for the credentials; spends the nonce and stores the token. */
  | {
      readonly path: 'token'
      readonly requesterKey: PublicKey
      readonly credentialLengths: readonly number[]
      readonly grant: Value
      readonly answer: object
    }
  /** Finds the token and the record; both events go into the journal, one before and one after the record is read. */
  | {
      readonly path: 'read'
      readonly token: string
      readonly grant: Value
      readonly record: Value
      readonly events: readonly Value[]
      readonly answer: object
    }
  /** Finds the token; between both events it asks another server what the node asked it, and gives its answer on. */
  | (ProxyTask & { readonly path: 'proxy' })
  /** Finds the token. */
  | { readonly path: 'introspection'; readonly token: string; readonly grant: Value; readonly answer: object }

/** The parsed body of a request and its bearer token, to the object that answers it, or the text of one. */
type Work = (body: Readonly<Record<string, unknown>>, authorization: string | undefined) => Promise<object | Buffer>

const tokens = { name: 'tokens' }
const records = { name: 'records' }
const maxBodyBytes = 256 * 1024

/** A server that does only what nobody can leave out, on a route of express 5. */
export async function createExpressLimit(store: Store, task: LimitTask): Promise<Server> {
  const work = await createWork(store, task)
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  const parseBody = isForm(task)
    ? express.urlencoded({ extended: false, limit: maxBodyBytes })
    : express.json({ limit: maxBodyBytes })
  app.all('/limit', parseBody, async (request, response) => {
    // One of the two parsers made it, and both make an object.
    const body = request.body as Readonly<Record<string, unknown>>
    const answer = await work(body, request.headers.authorization)
    if (Buffer.isBuffer(answer)) response.type('application/fhir+json').send(answer)
    else response.json(answer)
  })
  return createServer(app)
}

/** The same on bare `node:http`. */
export async function createBareLimit(store: Store, task: LimitTask): Promise<Server> {
  const work = await createWork(store, task)
  const parseBody = isForm(task) ? parseForm : parseJsonObject
  return createServer((request, response) => {
    void readText(request)
      .then((text) => work(parseBody(text), request.headers.authorization))
      .then((answer) => {
        const text = Buffer.isBuffer(answer) ? answer : JSON.stringify(answer)
        const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(text) }
        response.writeHead(200, headers).end(text)
      })
  })
}

function isForm({ path }: LimitTask): boolean {
  return path !== 'read'
}

function parseJsonObject(text: string): Readonly<Record<string, unknown>> {
  // The harness sends an object.
  return JSON.parse(text) as Readonly<Record<string, unknown>>
}

function readText(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => resolve(Buffer.concat(chunks).toString()))
    request.on('error', reject)
  })
}

async function createWork(store: Store, task: LimitTask): Promise<Work> {
  switch (task.path) {
    case 'token':
      return createTokenWork(store, task)
    case 'read':
      await store.write([put(tokens, [hash(task.token)], task.grant), put(records, ['record'], task.record)])
      return createReadWork(store, task)
    case 'proxy':
      await store.write([put(tokens, [hash(task.token)], task.grant)])
      return createProxyWork(store, task)
    case 'introspection':
      await store.write([put(tokens, [hash(task.token)], task.grant)])
      return async (body) => {
        await requireRecord(store, tokens, hash(text(body['token'])))
        return task.answer
      }
  }
}

/** One write spends the nonce, for which the signature stands here, and stores the token. */
function createTokenWork(store: Store, task: LimitTask & { path: 'token' }): Work {
  const requester = createPublicKey({ key: { ...task.requesterKey }, format: 'jwk' })
  const issuer = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const credentials = task.credentialLengths.map((length) => {
    const input = Buffer.alloc(length, 'credential')
    return { input, signature: sign('sha256', input, { key: issuer.privateKey, dsaEncoding: 'ieee-p1363' }) }
  })
  return async (body) => {
    const assertion = text(body['assertion'])
    const end = assertion.lastIndexOf('.')
    const signature = assertion.slice(end + 1)
    const input = Buffer.from(assertion.slice(0, end), 'latin1')
    requireGood(requester, input, Buffer.from(signature, 'base64url'))
    for (const credential of credentials) requireGood(issuer.publicKey, credential.input, credential.signature)
    const token = randomToken()
    const now = Date.now()
    await store.write([
      claim(['nonce', signature], now + 20_000),
      put(tokens, [hash(token)], task.grant, { expected: 'absent', expiresAt: now + 900_000 }),
    ])
    return { ...task.answer, access_token: token }
  }
}

function requireGood(key: KeyObject, input: Buffer, signature: Buffer): void {
  if (!verify('sha256', input, { key, dsaEncoding: 'ieee-p1363' }, signature))
    throw new Error('a signature is not good')
}

function createReadWork(store: Store, { events, answer }: LimitTask & { path: 'read' }): Work {
  const [decided = null, answered = null] = events
  return async (_body, authorization) => {
    await requireRecord(store, tokens, hash((authorization ?? '').slice('Bearer '.length)))
    await store.journal.append(decided)
    await requireRecord(store, records, 'record')
    await store.journal.append(answered)
    return answer
  }
}

function createProxyWork(store: Store, task: ProxyTask): Work {
  const [decided = null, answered = null] = task.events
  const askServer = createAskServer(task)
  return async (_body, authorization) => {
    await requireRecord(store, tokens, hash((authorization ?? '').slice('Bearer '.length)))
    await store.journal.append(decided)
    const answer = await askServer()
    await store.journal.append(answered)
    return answer
  }
}

async function requireRecord(store: Store, collection: { readonly name: string }, key: string): Promise<void> {
  if ((await store.records.get(collection, [key])) === undefined) throw new Error(`no record in ${collection.name}`)
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new Error('the request lacks a parameter')
  return value
}

function hash(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

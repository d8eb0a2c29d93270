import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { createAskRegister } from '../../../../node/sources/upstream/ask-register.js'
import type { AskRegister } from '../../../../node/sources/upstream/upstream.js'
import { createOutboundWorld, type TestServer } from '../../../support/outbound-world.js'
import { rejectionOf } from '../../../support/refusals.js'

const world = createOutboundWorld()
const secret = 'GEHEIM999990019'
const request = { query: '{ bemiddeling { bemiddelingID } }', variables: { v0: 'a' } }

let directory: string
let headerFile: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-upstream-'))
  headerFile = join(directory, 'header')
  await writeFile(headerFile, 'Bearer eerste\n')
})
afterAll(() => rm(directory, { recursive: true }))
afterEach(() => world.close())

async function open(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  changes: { readonly timeoutMilliseconds?: number; readonly maxBytes?: number; readonly header?: boolean } = {},
): Promise<{ readonly server: TestServer; readonly ask: AskRegister }> {
  const server = await world.serve(answer)
  const ask = await createAskRegister({
    outbound: world.createOutbound(),
    endpoint: `http://127.0.0.1:${String(server.port)}/graphql`,
    header: changes.header === false ? undefined : { name: 'Authorization', file: headerFile },
    timeoutMilliseconds: changes.timeoutMilliseconds ?? 5000,
    maxBytes: changes.maxBytes ?? 1024,
  })
  return { server, ask }
}

const json = (response: ServerResponse, body: unknown, status = 200, type = 'application/json'): void =>
  void response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body))

describe('asking a register elsewhere', () => {
  test('sends the request with the header of the node, and gives the data', async () => {
    const { server, ask } = await open((_request, response) =>
      json(response, { data: { bemiddeling: [] } }, 200, 'application/graphql-response+json; charset=utf-8'),
    )
    expect(await ask(request)).toEqual({ bemiddeling: [] })
    expect(server.requests).toMatchObject([
      {
        method: 'POST',
        path: '/graphql',
        headers: { authorization: 'Bearer eerste', 'content-type': 'application/json' },
      },
    ])
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual(request)
  })

  test('sends no header without a file', async () => {
    const { server, ask } = await open((_request, response) => json(response, { data: {} }), { header: false })
    await ask(request)
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization')
  })

  test('reads the file again when the register refuses what was in it, once', async () => {
    const { server, ask } = await open(({ headers }, response) =>
      headers.authorization === 'Bearer tweede' ? json(response, { data: {} }) : json(response, {}, 401),
    )
    expect((await rejectionOf(ask(request))).code).toBe('source.unavailable')
    expect(server.requests).toHaveLength(1)
    await writeFile(headerFile, 'Bearer tweede\n')
    expect(await ask(request)).toEqual({})
    await writeFile(headerFile, 'Bearer eerste\n')
  })

  test.each<readonly [string, (request: IncomingMessage, response: ServerResponse) => void]>([
    ['fails', (_request, response) => json(response, { data: { a: secret } }, 500)],
    ['redirects', (_request, response) => void response.writeHead(302, { location: `/${secret}` }).end()],
    ['has errors beside data', (_request, response) => json(response, { data: {}, errors: [{ message: secret }] })],
    ['has an empty list of errors', (_request, response) => json(response, { data: {}, errors: [] })],
    ['has no data', (_request, response) => json(response, { extensions: secret })],
    ['has data that is null', (_request, response) => json(response, { data: null })],
    [
      'is no JSON',
      (_request, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(secret),
    ],
    ['is no object', (_request, response) => json(response, [secret])],
    ['is of another media type', (_request, response) => json(response, { data: {} }, 200, 'text/html')],
    ['is too large', (_request, response) => json(response, { data: { a: secret.repeat(100) } })],
    ['is broken off', (_request, response) => void response.destroy()],
  ])('is unavailable when the answer %s, and says nothing of it', async (_what, answer) => {
    const { ask } = await open(answer)
    const refusal = await rejectionOf(ask(request))
    expect([refusal.code, refusal.notes]).toEqual(['source.unavailable', []])
    expect(refusal.detail).not.toContain(secret)
  })

  test('is unavailable when the register takes too long', async () => {
    const { ask } = await open(() => undefined, { timeoutMilliseconds: 50 })
    expect((await rejectionOf(ask(request))).detail).toBe('the register cannot be asked (outbound.timed_out)')
  })

  test.each(['', 'twee\nregels\n', 'é\n'])('does not start with %j in the file', async (text) => {
    const file = join(directory, 'fout')
    await writeFile(file, text)
    const outbound = world.createOutbound()
    const deps = { outbound, endpoint: 'http://127.0.0.1/', timeoutMilliseconds: 1, maxBytes: 1 }
    const refusal = await rejectionOf(createAskRegister({ ...deps, header: { name: 'X-Key', file } }))
    expect([refusal.code, refusal.notes.join().includes('twee')]).toEqual(['config.invalid', false])
  })
})

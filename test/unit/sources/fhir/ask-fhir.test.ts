import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { createAskFhir } from '../../../../node/sources/fhir/ask-fhir.js'
import { createOutboundWorld } from '../../../support/outbound-world.js'
import { rejectionOf } from '../../../support/refusals.js'

const world = createOutboundWorld()
const secret = 'GEHEIM999990019'

let directory: string
let file: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-ask-fhir-'))
  file = join(directory, 'header')
})
afterAll(() => rm(directory, { recursive: true }))
afterEach(() => world.close())

async function open(answer: (request: IncomingMessage, response: ServerResponse) => void, timeoutMilliseconds = 5000) {
  await writeFile(file, 'Bearer eerste\n')
  const server = await world.serve(answer)
  const ask = await createAskFhir({
    outbound: world.createOutbound(),
    base: `http://127.0.0.1:${String(server.port)}/r4`,
    header: { name: 'Authorization', file },
    timeoutMilliseconds,
    maxBytes: 1024,
  })
  return { server, ask }
}

const json = (response: ServerResponse, body: unknown, status = 200, type = 'application/fhir+json'): void =>
  void response.writeHead(status, { 'content-type': type, etag: 'W/"1"' }).end(JSON.stringify(body))

describe('asking a FHIR server', () => {
  test('searches by POST, strictly, with the credential of the node', async () => {
    const { server, ask } = await open((_request, response) => json(response, { resourceType: 'Bundle' }))
    expect(
      await ask.search('Condition', [
        ['patient', 'Patient/p-1'],
        ['code', 'a|b&c=d'],
      ]),
    ).toEqual({ resourceType: 'Bundle' })
    expect(server.requests).toMatchObject([
      {
        method: 'POST',
        path: '/r4/Condition/_search',
        headers: { authorization: 'Bearer eerste', prefer: 'handling=strict', accept: 'application/fhir+json' },
        body: 'patient=Patient%2Fp-1&code=a%7Cb%26c%3Dd',
      },
    ])
  })

  test('reads one resource with its version, and finds nothing where there is nothing', async () => {
    const { ask } = await open(({ url }, response) => {
      if (url === '/r4/Condition/weg') json(response, {}, 404)
      else if (url === '/r4/Condition/was') json(response, {}, 410)
      else json(response, { resourceType: 'Condition', id: 'c-1' })
    })
    expect(await ask.read('Condition/c-1')).toMatchObject({ resource: { id: 'c-1' }, etag: 'W/"1"' })
    expect([await ask.read('Condition/weg'), await ask.read('Condition/was')]).toEqual([undefined, undefined])
  })

  test('reads the file again when the server refuses what was in it', async () => {
    const { ask } = await open(({ headers }, response) =>
      headers.authorization === 'Bearer tweede' ? json(response, { resourceType: 'Bundle' }) : json(response, {}, 401),
    )
    expect((await rejectionOf(ask.search('Condition', []))).code).toBe('source.failed')
    await writeFile(file, 'Bearer tweede\n')
    expect(await ask.search('Condition', [])).toEqual({ resourceType: 'Bundle' })
  })

  test.each<readonly [string, (request: IncomingMessage, response: ServerResponse) => void]>([
    ['fails', (_request, response) => json(response, { resourceType: 'OperationOutcome', text: secret }, 500)],
    ['does not know a parameter', (_request, response) => json(response, { diagnostics: secret }, 400)],
    ['redirects', (_request, response) => void response.writeHead(302, { location: `/${secret}` }).end()],
    ['accepts and goes on later', (_request, response) => json(response, {}, 202)],
    [
      'is no JSON',
      (_request, response) => void response.writeHead(200, { 'content-type': 'application/fhir+json' }).end(secret),
    ],
    ['is no resource', (_request, response) => json(response, [secret])],
    ['has a type that is none', (_request, response) => json(response, { resourceType: secret })],
    [
      'names a member twice',
      (_request, response) =>
        void response
          .writeHead(200, { 'content-type': 'application/fhir+json' })
          .end('{"resourceType":"Bundle","resourceType":"Patient"}'),
    ],
    ['is XML', (_request, response) => json(response, { resourceType: 'Bundle' }, 200, 'application/fhir+xml')],
    ['is too large', (_request, response) => json(response, { resourceType: 'Bundle', a: secret.repeat(100) })],
    ['is broken off', (_request, response) => void response.destroy()],
  ])('fails when the answer %s, and says nothing of it', async (_what, answer) => {
    const { ask } = await open(answer)
    const refusal = await rejectionOf(ask.search('Condition', []))
    expect([refusal.code, refusal.notes]).toEqual(['source.failed', []])
    expect(refusal.detail).not.toContain(secret)
  })

  test('says that it took too long when it did', async () => {
    const { ask } = await open(() => undefined, 50)
    expect((await rejectionOf(ask.read('Condition/c-1'))).code).toBe('source.timed_out')
  })

  test('does not begin without the file, and says so later when it is gone', async () => {
    const { ask } = await open((_request, response) => json(response, {}, 401))
    await rm(file)
    expect((await rejectionOf(ask.search('Condition', []))).code).toBe('source.failed')
    await expect(
      createAskFhir({
        outbound: world.createOutbound(),
        base: 'http://127.0.0.1/r4',
        header: { name: 'a', file },
        timeoutMilliseconds: 1,
        maxBytes: 1,
      }),
    ).rejects.toMatchObject({ code: 'config.invalid' })
  })
})

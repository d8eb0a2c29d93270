import { afterEach, describe, expect, test } from '@jest/globals'
import { createRegistryClient } from '../../../registry-client/client.js'
import { createClientWorlds, failureOf, json, type Answering } from '../../support/client-world.js'

const worlds = createClientWorlds()
afterEach(() => worlds.close())

const listings = json(200, { stale: false, listings: [] })
const busy = json(503, { title: 'Later.', code: 'storage-unavailable' })
const breaksOff: Answering = (response) => void response.socket?.destroy()

describe('a node that asks who calls', () => {
  test('gets a token that is asked for each request', async () => {
    let count = 0
    const signIn = () => Promise.resolve(`token-${(count += 1)}`)
    const { client, server } = await worlds.start([busy, listings], { signIn })
    await client.discover.listings('a')
    expect(server.requests.map(({ headers }) => headers['authorization'])).toEqual(['Bearer token-1', 'Bearer token-2'])
  })

  test('is the only one that gets it: a source gets the token for a source', async () => {
    const signIn = () => 'own'
    const { client, server, url } = await worlds.start([json(200, { data: {} })], { signIn })
    const token = { token: 'abc', type: 'Bearer', expiresInSeconds: 900 } as const
    await client.graphql({ url: `${url}/graphql`, token }, { query: '{ a }' })
    expect(server.requests.map(({ headers }) => headers['authorization'])).toEqual(['Bearer abc'])
  })

  test('gets it without the end of line that a file has', async () => {
    const { client, server } = await worlds.start([listings], { signIn: () => 'abc\n' })
    await client.discover.listings('a')
    expect(server.requests[0]?.headers['authorization']).toBe('Bearer abc')
  })

  test.each<[string, () => string | Promise<string>, RegExp]>([
    ['fails', () => Promise.reject(new Error('ENOENT')), /signIn failed/],
    [
      'throws',
      () => {
        throw new Error('ENOENT')
      },
      /signIn failed/,
    ],
    ['gives nothing', () => ' \n', /signIn gave no token/],
    ['gives what no header can hold', () => 'a\nb', /signIn gave no token/],
  ])('is not asked, and not blamed, when signIn %s', async (_, signIn, words) => {
    const { client, server } = await worlds.start([], { signIn })
    const failure = await failureOf(client.discover.listings('a'))
    expect(failure).toMatchObject({ code: 'unavailable', from: 'client', message: expect.stringMatching(words) })
    expect(server.requests).toEqual([])
  })

  test('is asked when signIn fails once', async () => {
    let failed = false
    const signIn = () => {
      if (failed) return 'abc'
      failed = true
      throw new Error('ENOENT')
    }
    const { client } = await worlds.start([listings], { signIn })
    expect((await client.discover.listings('a')).parties).toEqual([])
  })

  test('says what to do about who does not sign in, and a source about its own tokens', async () => {
    const refused = json(401, { title: 'Sign in.', code: 'sign-in-missing' })
    const { client, url } = await worlds.start([refused, refused])
    const atNode = await failureOf(client.discover.listings('a'))
    expect([atNode.code, atNode.advice]).toEqual(['unauthorized', expect.stringMatching(/^Give signIn/)])
    const token = { token: 'abc', type: 'Bearer', expiresInSeconds: 900 } as const
    const atSource = await failureOf(client.graphql({ url: `${url}/graphql`, token }, { query: '{ a }' }))
    expect([atSource.code, atSource.advice]).toEqual(['unauthorized', expect.not.stringMatching(/signIn/)])
  })

  test('gets none where there is none', async () => {
    const { client, server } = await worlds.start([listings])
    await client.discover.listings('a')
    expect(server.requests[0]?.headers['authorization']).toBeUndefined()
  })
})

describe('a call that only reads', () => {
  test.each([
    ['503', busy],
    ['502 with a page', (response) => void response.writeHead(502).end('<html>')],
    ['429', json(429, { title: 'Too many.' })],
    ['nothing at all', breaksOff],
  ] as [string, Answering][])('is repeated after %s, after a pause that doubles and varies', async (_, failing) => {
    const { client, server, pauses } = await worlds.start([failing, failing, listings])
    expect((await client.discover.listings('a')).parties).toEqual([])
    expect(server.requests).toHaveLength(3)
    expect(pauses).toEqual([150, 300])
  })

  test('is not repeated more often than the client is patient', async () => {
    const { client, server } = await worlds.start(busy, { patience: { attempts: 2 } })
    expect(await failureOf(client.discover.listings('a'))).toMatchObject({
      code: 'unavailable',
      status: 503,
      message: 'Later.',
    })
    expect(server.requests).toHaveLength(2)
  })

  test.each([400, 401, 403, 404, 409, 412, 501])('is not repeated after %i', async (status) => {
    const { client, server } = await worlds.start(json(status, { title: 'No.' }))
    await failureOf(client.discover.listings('a'))
    expect(server.requests).toHaveLength(1)
  })

  test('waits as long as Retry-After says, and a little more', async () => {
    const later = json(503, {}, { 'retry-after': '3' })
    const { client, pauses } = await worlds.start([later, listings])
    await client.discover.listings('a')
    expect(pauses).toEqual([3150])
  })

  test('gives up at once when Retry-After is beyond the end, and says when to come back', async () => {
    const later = json(503, {}, { 'retry-after': '300' })
    const { client, server, pauses } = await worlds.start([later, listings])
    expect(await failureOf(client.discover.listings('a'))).toMatchObject({
      code: 'unavailable',
      retryAfterSeconds: 300,
    })
    expect(server.requests).toHaveLength(1)
    expect(pauses).toEqual([])
  })

  test('takes a date in Retry-After for the seconds until then', async () => {
    const later = json(503, {}, { 'retry-after': 'Tue, 24 Nov 2026 09:05:00 GMT' })
    const { client } = await worlds.start(later)
    expect(await failureOf(client.discover.listings('a'))).toMatchObject({ retryAfterSeconds: 300 })
  })

  test('ends with the time of the whole, however many attempts are left', async () => {
    const { client, server } = await worlds.start(busy, { patience: { attempts: 100, totalSeconds: 1 } })
    await failureOf(client.discover.listings('a'))
    // 150 and 300 milliseconds of pause fit in a second, 600 more do not.
    expect(server.requests).toHaveLength(3)
  })
})

describe('a call that takes too long', () => {
  const silent: Answering = () => {}

  test('is broken off, by the clock of the machine', async () => {
    const { url } = await worlds.start(silent)
    const patience = { callSeconds: 0.05, attempts: 1 }
    const client = createRegistryClient({ nodeUrl: url, subject: 'noord', patience })
    expect(await failureOf(client.discover.listings('a'))).toMatchObject({
      code: 'unavailable',
      from: 'node',
      status: 0,
      message: 'The node did not answer in time.',
    })
  })

  test('is broken off in the middle of an answer too', async () => {
    const { url } = await worlds.start((response) => void response.writeHead(200).write('{'))
    const client = createRegistryClient({
      nodeUrl: url,
      subject: 'noord',
      patience: { callSeconds: 0.05, attempts: 1 },
    })
    expect((await failureOf(client.discover.listings('a'))).code).toBe('unavailable')
  })

  test('ends when the application wants no answer any more, with what its signal says', async () => {
    const stop = new AbortController()
    const { client } = await worlds.start(() => stop.abort(new Error('genoeg')))
    await expect(client.discover.listings('a', {}, { signal: stop.signal })).rejects.toThrow('genoeg')
  })

  test('is not made at all for an application that wants no answer', async () => {
    const { client, server } = await worlds.start(listings)
    const signal = AbortSignal.abort()
    await expect(client.discover.listings('a', {}, { signal })).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    )
    expect(server.requests).toEqual([])
  })
})

describe('an answer', () => {
  test('that redirects is not followed: nothing of the question goes elsewhere', async () => {
    const other = await worlds.start(listings)
    const { client } = await worlds.start((response) => {
      response.writeHead(307, { location: `${other.url}/` }).end()
    })
    expect((await failureOf(client.discover.listings('a'))).code).toBe('protocol')
    expect(other.server.requests).toEqual([])
  })

  test('that never ends is read no further than it may be', async () => {
    const { client, server } = await worlds.start((response) => {
      const part = 'x'.repeat(1024 * 1024)
      const write = (): void => {
        if (!response.destroyed) response.write(part, write)
      }
      response.writeHead(200)
      write()
    })
    expect(await failureOf(client.discover.listings('a'))).toMatchObject({
      code: 'protocol',
      message: 'The node does not answer as its interface promises: the answer is larger than is read.',
    })
    expect(server.requests).toHaveLength(1)
  })

  test.each<[string, Answering]>([
    ['a page', (response) => void response.writeHead(200).end('<html>geheim</html>')],
    ['nothing', (response) => void response.writeHead(204).end()],
    ['half an object', (response) => void response.writeHead(200).end('{"listings":')],
    ['another object', json(200, { listings: 'geheim' })],
  ])('of %s is no answer, and is not repeated', async (_, answer) => {
    const { client } = await worlds.start(answer)
    const failure = await failureOf(client.discover.listings('a'))
    expect(failure.code).toBe('protocol')
    expect(`${failure.message} ${String(failure.stack)}`).not.toContain('geheim')
  })
})

describe('an error', () => {
  test('speaks in the words of who refused, and says what to do', async () => {
    const problem = { title: 'Not here.', status: 404, detail: 'x', code: 'service-unknown', errors: ['a', 'b'] }
    const { client } = await worlds.start(json(404, { ...problem, traceId: 'abc' }))
    expect(await failureOf(client.discover.listings('a'))).toMatchObject({
      name: 'RegistryError',
      code: 'not_found',
      from: 'node',
      status: 404,
      problem: 'service-unknown',
      message: 'Not here.',
      reasons: ['a', 'b'],
      traceId: 'abc',
      advice: expect.stringContaining('Look again'),
    })
  })

  test.each([
    ['not-found', 'Check nodeUrl'],
    ['party-unknown', 'Check subject'],
    ['service-unknown', 'Look again'],
  ])('of the own node with %s advises: %s', async (code, advised) => {
    const { client } = await worlds.start(json(404, { title: 'Not here.', code }))
    expect((await failureOf(client.discover.listings('a'))).advice).toContain(advised)
  })

  test('says which address did not answer', async () => {
    const { client, url } = await worlds.start(breaksOff)
    expect((await failureOf(client.discover.listings('a'))).message).toBe(`The node at ${url} did not answer.`)
  })

  test.each([
    [400, 'bad-parameters', 'invalid_request'],
    [401, 'token-missing', 'unauthorized'],
    [403, 'access-denied', 'refused'],
    [404, 'not-found', 'not_found'],
    [410, 'gone', 'not_found'],
    [412, 'no-matching-credential', 'refused'],
    [429, 'too-many-refusals', 'unavailable'],
    [500, 'internal-fault', 'unavailable'],
    [501, 'not-offered', 'invalid_request'],
    [502, 'peer-unreachable', 'unavailable'],
    [502, 'peer-refused', 'refused'],
    [502, 'peer-bad-answer', 'protocol'],
    [502, 'peer-address-refused', 'invalid_request'],
    [504, 'peer-timed-out', 'unavailable'],
  ])('of %i %s is %s', async (status, code, expected) => {
    const { client } = await worlds.start(json(status, { title: 'No.', code }), { patience: { attempts: 1 } })
    expect((await failureOf(client.discover.listings('a'))).code).toBe(expected)
  })

  test('does not repeat a page, nor words without end', async () => {
    const { client } = await worlds.start(json(400, { title: 'x'.repeat(5000) }))
    expect((await failureOf(client.discover.listings('a'))).message).toBe('The node refuses, and does not say why.')
  })
})

test('a client uses the fetch that it is given, and shares nothing with another', async () => {
  const asked: string[] = []
  const answering = (async (url: URL) => {
    asked.push(url.pathname)
    return new Response(JSON.stringify({ stale: true, listings: [] }))
  }) as typeof fetch
  const client = createRegistryClient({ nodeUrl: 'http://node.internal:8081//', subject: 'a', fetch: answering })
  expect((await client.discover.listings('een lijst/1')).stale).toBe(true)
  expect(asked).toEqual(['/internal/bronnet/v1/discovery/een%20lijst%2F1/listings'])
})

import { afterEach, describe, expect, test } from '@jest/globals'
import { createRegistryClient } from '../../../registry-client/client.js'
import { createClientWorlds, failureOf, json } from '../../support/client-world.js'

const worlds = createClientWorlds()
afterEach(() => worlds.close())

const answer = (token: string, changes: object = {}) =>
  json(200, { access_token: token, token_type: 'Bearer', expires_in: 60, scope: 's', ...changes })
const request = { authorizationServer: 'https://a.voorbeeld.nl/oauth2/a', scope: 's' }

describe('a token', () => {
  test('is asked of the own node for the subject, with no more than is needed', async () => {
    const { client, server } = await worlds.start(answer('abc'), { subject: 'zorg/noord' })
    expect(await client.token(request)).toEqual({ token: 'abc', type: 'Bearer', expiresInSeconds: 60 })
    const [seen] = server.requests
    expect([seen?.method, seen?.path]).toEqual(['POST', '/internal/auth/v2/zorg%2Fnoord/request-service-access-token'])
    expect(seen?.headers).toMatchObject({ 'content-type': 'application/json' })
    expect(seen?.headers).not.toHaveProperty('authorization')
    expect(seen?.headers).not.toHaveProperty('cache-control')
    expect(JSON.parse(seen?.body ?? '')).toEqual({ authorization_server: request.authorizationServer, scope: 's' })
  })

  test('without a lifetime counts for a quarter of an hour, and may be bound to a key', async () => {
    const { client } = await worlds.start(answer('abc', { expires_in: undefined, token_type: 'DPoP', dpop_kid: 'k' }))
    expect(await client.token(request)).toEqual({ token: 'abc', type: 'DPoP', expiresInSeconds: 900, keyId: 'k' })
  })

  test('is kept until its last seconds', async () => {
    const { client, clock, server } = await worlds.start([answer('first'), answer('second')])
    expect((await client.token(request)).token).toBe('first')
    clock.move(49_000)
    expect((await client.token(request)).token).toBe('first')
    clock.move(1_000)
    expect((await client.token(request)).token).toBe('second')
    expect(server.requests).toHaveLength(2)
  })

  test('is kept for its scope and server only', async () => {
    const { client, server } = await worlds.start(answer('abc'))
    await client.token(request)
    await client.token({ ...request, scope: 't' })
    await client.token({ ...request, authorizationServer: 'https://b.voorbeeld.nl/oauth2/b' })
    expect(server.requests).toHaveLength(3)
  })

  test('that was kept longest unused goes when there are too many', async () => {
    const { client, server } = await worlds.start(answer('abc'), { keptTokens: 2 })
    for (const scope of ['a', 'b', 'a', 'c', 'a']) await client.token({ ...request, scope })
    expect(server.requests).toHaveLength(3)
    await client.token({ ...request, scope: 'b' })
    expect(server.requests).toHaveLength(4)
  })

  test('is asked once for all who want the same at the same moment', async () => {
    const { client, server } = await worlds.start(answer('abc'))
    const tokens = await Promise.all([client.token(request), client.token(request), client.token(request)])
    expect(tokens.map(({ token }) => token)).toEqual(['abc', 'abc', 'abc'])
    expect(server.requests).toHaveLength(1)
  })

  test('goes on for the others when one of them wants it no more', async () => {
    const stop = new AbortController()
    const { client } = await worlds.start((response, seen) => {
      stop.abort(new Error('genoeg'))
      setImmediate(() => answer('abc')(response, seen))
    })
    const impatient = client.token(request, { signal: stop.signal })
    const patient = client.token(request)
    await expect(impatient).rejects.toThrow('genoeg')
    expect((await patient).token).toBe('abc')
  })

  test('is waited for no longer than the application says, though others may wait on', async () => {
    const { url } = await worlds.start((response, seen) => void setTimeout(() => answer('abc')(response, seen), 200))
    const client = createRegistryClient({ nodeUrl: url, subject: 'noord' })
    const impatient = failureOf(client.token(request, { totalSeconds: 0.02 }))
    const patient = client.token(request)
    expect(await impatient).toMatchObject({ code: 'unavailable', from: 'node' })
    expect((await patient).token).toBe('abc')
  })

  test('is asked anew for who wants a fresh one, also of the node, and is then the one that is kept', async () => {
    const { client, server } = await worlds.start([answer('first'), answer('second')])
    await client.token(request)
    expect((await client.token({ ...request, fresh: true })).token).toBe('second')
    expect(server.requests[1]?.headers['cache-control']).toBe('no-cache')
    expect((await client.token(request)).token).toBe('second')
    expect(server.requests).toHaveLength(2)
  })

  test('that could not be had is not kept as a failure', async () => {
    const { client } = await worlds.start([json(404, { title: 'No.' }), answer('abc')])
    await failureOf(client.token(request))
    expect((await client.token(request)).token).toBe('abc')
  })

  test('is refused with what the wallet lacks', async () => {
    const problem = { title: 'No.', code: 'no-matching-credential', errors: ['lidmaatschap: nothing'] }
    const { client } = await worlds.start(json(412, problem))
    expect(await failureOf(client.token(request))).toMatchObject({
      code: 'refused',
      status: 412,
      problem: 'no-matching-credential',
      reasons: ['lidmaatschap: nothing'],
    })
  })

  test('that is no token is not repeated in the error', async () => {
    const { client } = await worlds.start(json(200, { access_token: '', token_type: 'geheim' }))
    const failure = await failureOf(client.token(request))
    expect([failure.status, failure.code]).toEqual([200, 'protocol'])
    expect(`${failure.message} ${String(failure.stack)}`).not.toContain('geheim')
  })

  test('is not asked of a server that is asked without TLS', async () => {
    const { client, server } = await worlds.start(answer('abc'))
    const asked = client.token({ ...request, authorizationServer: 'http://a.voorbeeld.nl/oauth2/a' })
    expect((await failureOf(asked)).code).toBe('invalid_request')
    expect(server.requests).toEqual([])
  })
})

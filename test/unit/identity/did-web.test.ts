import type { RequestListener } from 'node:http'
import { afterEach, describe, expect, test } from '@jest/globals'
import type { DIDResolver } from 'did-resolver'
import fc from 'fast-check'
import { createDidWeb, didWebFor, didWebUrl } from '../../../node/identity/did-web.js'
import { createDidResolver } from '../../../node/identity/resolve-did.js'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { createOutboundWorld } from '../../support/outbound-world.js'
import { refusalOf, rejectionOf } from '../../support/refusals.js'

const { close, createOutbound, serve } = createOutboundWorld()

afterEach(close)

const never = (): boolean => false

describe('the did:web of a URL', () => {
  test.each([
    ['https://localhost', 'did:web:localhost'],
    ['https://localhost/', 'did:web:localhost'],
    ['https://localhost/iam/5/', 'did:web:localhost:iam:5'],
    ['https://localhost:3000/alice', 'did:web:localhost%3A3000:alice'],
    ['https://node.example:443/x', 'did:web:node.example:x'],
    ['https://localhost/alice+and+bob/path', 'did:web:localhost:alice%2Band%2Bbob:path'],
    ['https://localhost/x/y%2Fz', 'did:web:localhost:x:y%2Fz'],
    ["https://localhost/~a:b@c;d=e!'()*,$&", 'did:web:localhost:%7Ea%3Ab%40c%3Bd%3De%21%27%28%29%2A%2C%24%26'],
    ['https://NODE.example/a b/é', 'did:web:node.example:a%20b:%C3%A9'],
  ])('%s is %s', (url, did) => {
    expect(didWebFor(url)).toBe(did)
  })

  test('ends with the segments that are given', () => {
    expect(didWebFor('https://node.example/nuts', 'iam', '6f2c')).toBe('did:web:node.example:nuts:iam:6f2c')
  })

  test.each([
    ['an IPv4 address', 'https://127.0.0.1/x'],
    ['a short IPv4 address', 'https://127.1'],
    ['an IPv6 address', 'https://[::1]'],
    ['an empty segment', 'https://node.example/a//b'],
    ['user information', 'https://user@node.example'],
    ['a query', 'https://node.example/?a'],
    ['a fragment', 'https://node.example/#a'],
    ['a dot at the end of the host', 'https://node.example./'],
  ])('is refused for %s', (_, url) => {
    expect(refusalOf(() => didWebFor(url)).code).toBe('identity.did_malformed')
  })
})

describe('the URL of a did:web', () => {
  test.each([
    ['did:web:localhost', 'https://localhost/.well-known/did.json'],
    ['did:web:localhost:iam:5', 'https://localhost/iam/5/did.json'],
    ['did:web:localhost%3A3000:alice', 'https://localhost:3000/alice/did.json'],
    ['did:web:localhost%3a3000', 'https://localhost:3000/.well-known/did.json'],
    ['did:web:localhost:alice%2Band%2Bbob:path', 'https://localhost/alice+and+bob/path/did.json'],
    ['did:web:node-1.example:a%20b:%C3%A9', 'https://node-1.example/a%20b/%C3%A9/did.json'],
    ['did:web:xn--bcher-kva.example', 'https://xn--bcher-kva.example/.well-known/did.json'],
    ['did:web:1and1.example', 'https://1and1.example/.well-known/did.json'],
    ['did:web:node.example%3A65535', 'https://node.example:65535/.well-known/did.json'],
    [`did:web:${'a.'.repeat(123)}example`, `https://${'a.'.repeat(123)}example/.well-known/did.json`],
    ['did:web:node.example:%252e%252e', 'https://node.example/%252e%252e/did.json'],
  ])('%s is %s', (did, url) => {
    expect(didWebUrl(did, never)).toBe(url)
    expect(new URL(url).href).toBe(url)
  })

  test('is http for the hosts that are said to speak it, and for no other', () => {
    const isLocal = (hostname: string): boolean => hostname === 'localhost'
    expect(didWebUrl('did:web:localhost%3A7100:a', isLocal)).toBe('http://localhost:7100/a/did.json')
    expect(didWebUrl('did:web:node.example', isLocal)).toBe('https://node.example/.well-known/did.json')
  })

  test.each([
    ['another method', 'did:key:node.example'],
    ['no host', 'did:web:'],
    ['an empty segment', 'did:web:node.example:a::b'],
    ['an empty last segment', 'did:web:node.example:'],
    ['a dot segment', 'did:web:node.example:..'],
    ['a single dot', 'did:web:node.example:a:.'],
    ['an encoded dot segment', 'did:web:node.example:%2e%2E'],
    ['a half encoded dot segment', 'did:web:node.example:.%2e'],
    ['an encoded slash', 'did:web:node.example:a%2Fb'],
    ['an encoded backslash', 'did:web:node.example:a%5Cb'],
    ['a slash', 'did:web:node.example:a/b'],
    ['an encoded slash in the host', 'did:web:node.example%2Fpath'],
    ['an encoded slash after the port', 'did:web:node.example%3A443%2Fpath'],
    ['a percent sign alone', 'did:web:node.example:a%b'],
    ['bytes that are not UTF-8', 'did:web:node.example:%ff'],
    ['an IPv4 address', 'did:web:127.0.0.1'],
    ['an IPv4 address with a port', 'did:web:127.0.0.1%3A80'],
    ['a short IPv4 address', 'did:web:127.1'],
    ['an IPv4 address as one number', 'did:web:2130706433'],
    ['an octal IPv4 address', 'did:web:0177.0.0.1'],
    ['a hexadecimal IPv4 address', 'did:web:0x7f.0x1'],
    ['an IPv6 address', 'did:web:[%3A%3A1]'],
    ['capitals in the host', 'did:web:Node.example'],
    ['letters outside ASCII', 'did:web:nоde.example'],
    ['user information', 'did:web:user@node.example'],
    ['encoded user information', 'did:web:user%40node.example'],
    ['a dot at the end of the host', 'did:web:node.example.'],
    ['an empty label', 'did:web:node..example'],
    ['a host of 254 letters', `did:web:${'a.'.repeat(123)}examples`],
    ['port 0', 'did:web:node.example%3A0'],
    ['a port that does not exist', 'did:web:node.example%3A65536'],
    ['a port with a zero before it', 'did:web:node.example%3A0443'],
    ['a query', 'did:web:node.example?x'],
    ['a fragment', 'did:web:node.example#key'],
  ])('is refused for %s', (_, did) => {
    expect(refusalOf(() => didWebUrl(did, never)).code).toBe('identity.did_malformed')
  })

  test('of any text is an address that a URL parser leaves as it is, or there is none', () => {
    const id = fc.string({ unit: fc.constantFrom(...'abz0.:%2Ff-_e@[]\\#?/'), maxLength: 12 })
    fc.assert(
      fc.property(id, (text) => {
        const url = urlOrRefusal(`did:web:${text}`)
        if (url !== 'identity.did_malformed') expect(new URL(url).href).toBe(url)
      }),
      { numRuns: 500 },
    )
  })
})

function urlOrRefusal(did: string): string {
  try {
    return didWebUrl(did, never)
  } catch (error) {
    return NodeError.codeOf(error)
  }
}

describe('resolving a did:web', () => {
  /** A server that gives `answer` for the DID that it is given, and the way to ask it. */
  async function createExample(answer: (did: string) => RequestListener) {
    const server = await serve((request, response) => answer(did)(request, response))
    const did = `did:web:localhost%3A${String(server.port)}:iam:1`
    const web: DIDResolver = createDidWeb({ outbound: createOutbound(), plainHttp: (host) => host === 'localhost' })
    const resolver = createDidResolver({ clock: createFixedClock(0), methods: { web }, own: async () => undefined })
    return { server, did, resolve: () => resolver.resolve(did) }
  }

  const answerWith =
    (body: string | Buffer, mediaType = 'application/json', status = 200): RequestListener =>
    (_, response) =>
      response.writeHead(status, { 'content-type': mediaType }).end(body)

  test.each([['application/did+ld+json'], ['application/did+json'], ['application/json; charset=utf-8']])(
    'reads the document as %s',
    async (mediaType) => {
      const { did, resolve, server } = await createExample((id) => answerWith(JSON.stringify({ id }), mediaType))
      expect((await resolve()).document).toMatchObject({ id: did })
      expect(server.requests.map(({ method, path }) => [method, path])).toEqual([['GET', '/iam/1/did.json']])
    },
  )

  test('keeps members that it does not know', async () => {
    const { resolve } = await createExample((id) => answerWith(JSON.stringify({ id, alsoKnownAs: ['x'] })))
    expect((await resolve()).document).toMatchObject({ alsoKnownAs: ['x'] })
  })

  test.each<[string, (did: string) => RequestListener]>([
    ['about another DID', (did) => answerWith(JSON.stringify({ id: `${did}2` }))],
    ['about the same DID in other letters', (did) => answerWith(JSON.stringify({ id: did.replace('%3A', '%3a') }))],
    ['that is not there', () => answerWith('{}', 'application/json', 404)],
    ['that is gone', () => answerWith('{}', 'application/json', 410)],
    ['of a broken server', (did) => answerWith(JSON.stringify({ id: did }), 'application/json', 500)],
    ['elsewhere', (did) => (_, response) => response.writeHead(302, { location: `/${did}` }).end()],
    ['of another media type', (did) => answerWith(JSON.stringify({ id: did }), 'text/html')],
    ['without a media type', (did) => (_, response) => response.end(JSON.stringify({ id: did }))],
    ['over 256 KiB', (did) => answerWith(JSON.stringify({ id: did, filler: 'x'.repeat(256 * 1024) }))],
    ['that is not JSON', () => answerWith('<html>')],
    ['that is not UTF-8', (did) => answerWith(Buffer.from(`{"id":"${did}","x":"\xff"}`, 'latin1'))],
    ['that names a member twice', (did) => answerWith(`{"id":"${did}","id":"${did}"}`)],
    ['that is not an object', () => answerWith('[]')],
    ['without an id', () => answerWith('{}')],
    ['with a method that is none', (id) => answerWith(JSON.stringify({ id, verificationMethod: [1] }))],
  ])('refuses a document %s', async (_, answer) => {
    const { resolve } = await createExample(answer)
    expect((await rejectionOf(resolve())).code).toBe('identity.did_unresolvable')
  })

  test.each([
    [404, 'notFound'],
    [410, 'notFound'],
    [500, 'unavailable'],
    [304, 'unavailable'],
  ])('says of an answer with status %i that the document is %s', async (status, said) => {
    const { resolve } = await createExample(() => answerWith('', 'application/json', status))
    expect((await rejectionOf(resolve())).detail).toBe(`resolver says ${said}`)
  })

  test('refuses a host that nobody may call', async () => {
    const server = await serve(answerWith('{}'))
    const outbound = createOutbound({ allowed: [] })
    const web = createDidWeb({ outbound, plainHttp: () => true })
    const resolver = createDidResolver({ clock: createFixedClock(0), methods: { web }, own: async () => undefined })
    const refusal = await rejectionOf(resolver.resolve(`did:web:localhost%3A${String(server.port)}`))
    expect([refusal.code, server.requests]).toEqual(['identity.did_unresolvable', []])
  })
})

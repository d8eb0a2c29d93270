import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { createDpop, type Dpop } from '../../../node/tokens/dpop.js'
import { hashOfToken, parseDpopProof } from '../../../node/tokens/dpop-proof.js'
import { createMemoryStore } from '../../../node/stores/memory.js'
import { moment } from '../../support/node-parts.js'
import { createProver } from '../../support/prover.js'

const clock = createFixedClock(moment)
const prover = createProver(clock)
const url = 'https://node.example.nl/sources/ciz/indicatieregister/graphql'
const expected = { method: 'POST', url, token: 'een-token' }
const request = { htm: 'POST', htu: url, token: 'een-token' }
const now = moment / 1000

function outcomeOf(proof: string, changes: Partial<typeof expected> = {}, dpop: Dpop = plain): string {
  try {
    dpop.verify(dpop.read(proof, { ...expected, ...changes }))
    return 'good'
  } catch (error) {
    return NodeError.is(error) ? (error.notes[0] ?? error.code) : String(error)
  }
}

const plain = createDpop({ clock, store: createMemoryStore({ clock }) })
const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** The signature and one other part of a good proof, with a header of our choice. */
const withHeader = (header: object): string => {
  const [, claims, signature] = prover.prove(request).split('.')
  return [encode(header), claims, signature].join('.')
}

describe('a proof', () => {
  test.each(['ES256', 'EdDSA'] as const)('signed with %s for this very request and token is good', (algorithm) => {
    expect(outcomeOf(createProver(clock, algorithm).prove(request))).toBe('good')
  })

  test('of a nuts-node, which names the algorithm in its key, is good', () => {
    expect(outcomeOf(prover.prove(request, { header: { jwk: { ...prover.jwk, alg: 'ES256' } } }))).toBe('good')
  })

  test('says its key by the thumbprint of RFC 7638', () => {
    expect(parseDpopProof(prover.prove(request)).thumbprint).toBe(prover.thumbprint)
  })

  test('hashes the token as the published vector does', () => {
    expect(hashOfToken('token')).toBe('PEaenWxYddN6Q_NT1PiOYfz4EsZu7jRXRlpAsNpBU-A')
  })
})

describe('RFC 9449 section 4.3 refuses', () => {
  const signed = { jwk: prover.jwk, typ: 'dpop+jwt' }
  const privateKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })

  test.each([
    ['1, two proofs in one header', `${prover.prove(request)}, ${prover.prove(request)}`],
    ['1, two proofs joined', `${prover.prove(request)},${prover.prove(request)}`],
    ['2, text that is no JWT', 'proof'],
    ['2, no text', ''],
    ['2, four parts', `${prover.prove(request)}.AA`],
    ['2, no signature', prover.prove(request).replace(/\.[^.]*$/, '.')],
    ['3, no jti', prover.prove(request, { claims: { jti: undefined } })],
    ['3, an empty jti', prover.prove(request, { claims: { jti: '' } })],
    ['3, a jti of 257 characters', prover.prove(request, { claims: { jti: 'x'.repeat(257) } })],
    ['3, a jti that is no text', prover.prove(request, { claims: { jti: 1 } })],
    ['3, no htm', prover.prove(request, { claims: { htm: undefined } })],
    ['3, no htu', prover.prove(request, { claims: { htu: undefined } })],
    ['3, no iat', prover.prove(request, { claims: { iat: undefined } })],
    ['3, an iat that is text', prover.prove(request, { claims: { iat: String(now) } })],
    ['3, no ath where a token is used', prover.prove({ htm: 'POST', htu: url })],
    ['4, another type', prover.prove(request, { header: { typ: 'JWT' } })],
    ['4, no type', prover.prove(request, { header: { typ: undefined } })],
    ['5, no algorithm', prover.prove(request, { header: { alg: undefined } })],
    ['5, the algorithm none', withHeader({ ...signed, alg: 'none' })],
    ['5, a symmetric algorithm', withHeader({ ...signed, alg: 'HS256' })],
    ['5, a symmetric key', withHeader({ ...signed, alg: 'HS256', jwk: { kty: 'oct', k: 'AAAA' } })],
    ['5, an algorithm outside the list', withHeader({ ...signed, alg: 'RS256' })],
    ['5, the algorithm of another kind of key', withHeader({ ...signed, alg: 'EdDSA' })],
    ['6, the signature of another key', withHeader({ ...signed, alg: 'ES256', jwk: createProver(clock).jwk })],
    ['6, other claims under the old signature', prover.prove(request).replace(/\.[^.]*\./, `.${encode({})}.`)],
    ['7, a private key', withHeader({ ...signed, alg: 'ES256', jwk: privateKey })],
    ['7, an empty private member', prover.prove(request, { header: { jwk: { ...prover.jwk, d: '' } } })],
    ['7, no key', prover.prove(request, { header: { jwk: undefined } })],
    ['7, a key that is no point', prover.prove(request, { header: { jwk: { ...prover.jwk, y: prover.jwk['x'] } } })],
    ['7, a key by reference', prover.prove(request, { header: { jwk: undefined, jku: 'https://a.example.nl' } })],
    ['8, another method', prover.prove({ ...request, htm: 'GET' })],
    ['8, the method in lower case', prover.prove({ ...request, htm: 'post' })],
    ['9, another path', prover.prove({ ...request, htu: `${url}/` })],
    ['9, another host', prover.prove({ ...request, htu: url.replace('node.', 'ander.') })],
    ['9, another scheme', prover.prove({ ...request, htu: url.replace('https', 'http') })],
    ['9, another port', prover.prove({ ...request, htu: url.replace('.nl', '.nl:8443') })],
    ['9, a URL with a user', prover.prove({ ...request, htu: url.replace('//', '//a@') })],
    ['9, no URL', prover.prove({ ...request, htu: '/sources/ciz/indicatieregister/graphql' })],
    ['9, another kind of URL', prover.prove({ ...request, htu: 'urn:a' })],
    ['11, a proof of 11 s ago', prover.prove(request, { claims: { iat: now - 11 } })],
    ['11, a proof of 11 s from now', prover.prove(request, { claims: { iat: now + 11 } })],
    ['11, a time out of all bounds', prover.prove(request, { claims: { iat: 1e300 } })],
    ['12, the hash of another token', prover.prove({ ...request, token: 'ander' })],
    ['12, the token itself for its hash', prover.prove(request, { claims: { ath: 'een-token' } })],
    ['what changes how a JWT is read', prover.prove(request, { header: { crit: ['b64'], b64: false } })],
    ['what is oversized', prover.prove(request, { claims: { extra: 'x'.repeat(4096) } })],
  ])('%s', (_what, proof) => {
    const outcome = outcomeOf(proof)
    expect(outcome).not.toBe('good')
    expect(outcome).not.toMatch(/Error/)
  })

  test('a second spelling of the same key, so that it cannot pass for another', () => {
    const x = String(prover.jwk['x'])
    const last = x.slice(-1)
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const twin = x.slice(0, -1) + (alphabet[alphabet.indexOf(last) + 1] ?? '')
    expect(Buffer.from(twin, 'base64url')).toEqual(Buffer.from(x, 'base64url'))
    expect(outcomeOf(prover.prove(request, { header: { jwk: { ...prover.jwk, x: twin } } }))).toMatch(/^header: jwk/)
  })
})

describe('the URL of a proof', () => {
  test.each([
    ['in capitals where they mean nothing', 'HTTPS://NODE.example.NL/sources/ciz/indicatieregister/graphql'],
    ['with the port that its scheme has anyway', url.replace('.nl', '.nl:443')],
    ['with a query, which does not count', `${url}?a=b`],
    ['with a fragment, which does not count', `${url}#a`],
    ['with letters escaped', url.replace('ciz', '%63%69%7a')],
    ['with dot segments', url.replace('/ciz', '/x/../ciz')],
  ])('%s is the same', (_what, htu) => {
    expect(outcomeOf(prover.prove({ ...request, htu }))).toBe('good')
  })

  test('is held against the request without its query', () => {
    expect(outcomeOf(prover.prove(request), { url: `${url}?identifier=x` })).toBe('good')
  })

  test.each(['%2F', '%2f'])('keeps an escaped slash apart from a slash, however it is spelled (%s)', (slash) => {
    const here = `https://node.example.nl/a%2Fb`
    expect(outcomeOf(prover.prove({ ...request, htu: `https://node.example.nl/a${slash}b` }), { url: here })).toBe(
      'good',
    )
    expect(outcomeOf(prover.prove({ ...request, htu: 'https://node.example.nl/a/b' }), { url: here })).not.toBe('good')
  })
})

describe('the time of a proof', () => {
  test.each([-10, -1, 0, 10])('may be %d s from now', (seconds) => {
    expect(outcomeOf(prover.prove(request, { claims: { iat: now + seconds } }))).toBe('good')
  })
})

describe('a nonce of the server', () => {
  const moving = createFixedClock(moment)
  const dpop = createDpop({ clock: moving, store: createMemoryStore({ clock: moving }), nonceKey: Buffer.alloc(32, 1) })
  const holder = createProver(moving)
  const nonce = (): string => dpop.nonceHeaders()['dpop-nonce'] ?? ''

  test('is asked for where it is set, and then good', () => {
    expect(outcomeOf(holder.prove(request), {}, dpop)).toBe('token.dpop_nonce')
    expect(outcomeOf(holder.prove(request, { claims: { nonce: nonce() } }), {}, dpop)).toBe('good')
  })

  test('of another server is refused', () => {
    const other = createDpop({
      clock: moving,
      store: createMemoryStore({ clock: moving }),
      nonceKey: Buffer.alloc(32, 2),
    })
    const claims = { nonce: other.nonceHeaders()['dpop-nonce'] }
    expect(outcomeOf(holder.prove(request, { claims }), {}, dpop)).toBe('token.dpop_nonce')
  })

  test('counts for at least a minute, and not for two', () => {
    const claims = { nonce: nonce() }
    moving.move(60)
    expect(outcomeOf(holder.prove(request, { claims }), {}, dpop)).toBe('good')
    moving.move(60)
    expect(outcomeOf(holder.prove(request, { claims }), {}, dpop)).toBe('token.dpop_nonce')
  })

  test('is the same in every replica, and none is given where none is asked', () => {
    const replica = createDpop({
      clock: moving,
      store: createMemoryStore({ clock: moving }),
      nonceKey: Buffer.alloc(32, 1),
    })
    expect(replica.nonceHeaders()).toEqual(dpop.nonceHeaders())
    expect(plain.nonceHeaders()).toEqual({})
  })
})

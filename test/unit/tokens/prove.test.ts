import { beforeEach, describe, expect, test } from '@jest/globals'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { createPartyKeys } from '../../../node/identity/party-keys.js'
import { createProve, createValidateProof, proveWithKey } from '../../../node/tokens/prove.js'
import { parseDpopProof } from '../../../node/tokens/dpop-proof.js'
import { createMemoryKeyStore, moment } from '../../support/node-parts.js'
import { claimsOf } from '../../support/credentials.js'
import { rejectionOf } from '../../support/refusals.js'
import { createProver } from '../../support/prover.js'
import { createTokenWorld, type TokenWorld } from '../../support/token-world.js'
import { createFaultyStore } from '../stores/faulty-store.js'

const url = 'https://bron.example.nl/fhir/Task?status=a#b'

let world: TokenWorld

beforeEach(async () => {
  world = await createTokenWorld()
})

describe('a proof of a party', () => {
  const make = (request: object = {}): Promise<string> =>
    createProve({ clock: world.clock, parties: world.node.parties })(world.bronhouder, {
      method: 'GET',
      url,
      ...request,
    })

  test('holds the public key of the party, is signed with it, and began two seconds ago', async () => {
    const proof = await make({ token: 'token' })
    expect(parseDpopProof(proof).isSigned()).toBe(true)
    expect(claimsOf(proof)).toEqual({
      jti: expect.stringMatching(/^[\w-]{43}$/),
      htm: 'GET',
      htu: 'https://bron.example.nl/fhir/Task',
      iat: world.clock.now() / 1000 - 2,
      ath: 'PEaenWxYddN6Q_NT1PiOYfz4EsZu7jRXRlpAsNpBU-A',
    })
    expect(JSON.parse(Buffer.from(proof.split('.')[0] ?? '', 'base64url').toString())).toEqual({
      typ: 'dpop+jwt',
      alg: 'ES256',
      jwk: world.bronhouder.keys[0]?.publicKey,
    })
  })

  test('holds the nonce that the other server asked for, and is new each time', async () => {
    const [first, second] = [claimsOf(await make({ nonce: 'n' })), claimsOf(await make())]
    expect(first['nonce']).toBe('n')
    expect(second).not.toHaveProperty('nonce')
    expect(first['jti']).not.toBe(second['jti'])
  })

  test('is made for an application that names the key, and for no other key', async () => {
    const { parties } = world.node
    const deps = { parties, prove: createProve({ clock: world.clock, parties }) }
    const request = { method: 'GET', url, token: 'a' }
    const keyId = world.bronhouder.keys[0]?.keyId ?? ''
    expect(parseDpopProof(await proveWithKey(keyId, request, deps)).method).toBe('GET')
    for (const unknown of [`${world.bronhouder.did}#other`, world.bronhouder.did, 'did:web:ander.example.nl#1', '']) {
      expect((await rejectionOf(proveWithKey(unknown, request, deps))).code).toBe('identity.key_unknown')
    }
  })
})

describe('a token that is bound to a key which signs no more', () => {
  test('still gets its proofs, until the key is taken away', async () => {
    const keyStore = createMemoryKeyStore()
    world = await createTokenWorld({ keyStore })
    const { parties } = world.node
    const keys = createPartyKeys({ ...world.node, keyStore })
    const [before] = world.bronhouder.keys
    const { keyId } = await keys.add({ subject: 'ciz', algorithm: 'EdDSA' })
    await keys.promote({ subject: 'ciz', key: keyId, force: true })
    const prove = createProve({ clock: world.clock, parties })
    const request = { method: 'GET', url, token: 'a' }
    const proof = await proveWithKey(before?.keyId ?? '', request, { parties, prove })
    expect(parseDpopProof(proof).isSigned()).toBe(true)
    const { crv } = JSON.parse(Buffer.from(proof.split('.')[0] ?? '', 'base64url').toString()).jwk as { crv: string }
    expect(crv).toBe('P-256')
  })
})

describe('validation for an application', () => {
  const given = { method: 'GET', url: 'http://intern.example.nl:9000/fhir/Task?a=b', token: 'token' }
  const htu = 'https://intern.example.nl/fhir/Task'

  function validate(changes: object = {}, proofOf: object = {}) {
    const prover = createProver(world.clock)
    const proof = prover.prove({ htm: 'GET', htu, token: 'token', ...proofOf })
    return createValidateProof(world)({ ...given, proof, thumbprint: prover.thumbprint, ...changes })
  }

  test('finds a good proof valid, whatever scheme and port the application sees', async () => {
    expect(await validate()).toEqual({ valid: true })
  })

  test.each([
    ['another key', { thumbprint: 'x' }, {}, 'jkt mismatch'],
    ['another path', {}, { htu: `${htu}/1` }, 'url mismatch'],
    ['another host', {}, { htu: 'https://ander.example.nl/fhir/Task' }, 'url mismatch'],
    ['no URL', { url: 'Task' }, {}, 'url mismatch'],
    ['another method', { method: 'POST' }, {}, 'htm is not the method of the request'],
    ['another token', {}, { token: 'ander' }, 'ath is not the hash of the access token'],
    ['no token', {}, { token: undefined }, 'ath is not the hash of the access token'],
    ['text that is no proof', { proof: 'x' }, {}, 'the DPoP proof is malformed'],
  ])('says why not with %s', async (_what, changes, proofOf, reason) => {
    expect(await validate(changes, proofOf)).toEqual({ valid: false, reason })
  })

  test('finds no proof valid while it cannot be spent', async () => {
    const clock = createFixedClock(moment)
    const { store, medium } = createFaultyStore(clock)
    world = await createTokenWorld({ store, clock })
    medium.fault = 'before'
    expect((await rejectionOf(validate())).code).toBe('store.unavailable')
  })

  test('finds a proof valid once', async () => {
    const prover = createProver(world.clock)
    const proof = prover.prove({ htm: 'GET', htu, token: 'token' })
    const once = { ...given, proof, thumbprint: prover.thumbprint }
    expect(await createValidateProof(world)(once)).toEqual({ valid: true })
    expect(await createValidateProof(world)(once)).toEqual({ valid: false, reason: 'the proof was used before' })
  })
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { silentLog } from '../../../node/kernel/log.js'
import { createIntrospect } from '../../../node/tokens/introspect.js'
import { openLevelStore } from '../../../node/stores/level.js'
import { createMemoryKeyStore, moment } from '../../support/node-parts.js'
import { createProver, type Prover } from '../../support/prover.js'
import { rejectionOf } from '../../support/refusals.js'
import { createTokenWorld, outcomeOf, tokenRequest } from '../../support/token-world.js'
import type { TokenWorld, TokenWorldOptions } from '../../support/token-world.js'

type Changes = Parameters<Prover['prove']>[1]

async function createProvingWorld(options: TokenWorldOptions = {}) {
  const world = await createTokenWorld(options)
  const prover = createProver(world.clock)
  const htu = `${world.audience}/token`
  const prove = (changes?: Changes): string => prover.prove({ htm: 'POST', htu }, changes)
  return { world, prover, prove }
}

const recordOf = async (world: TokenWorld, token: string) => (await world.tokenStore.find(token))?.record

describe('a token request with a DPoP proof', () => {
  test('gets a token that is bound to the key of the proof', async () => {
    const { world, prover, prove } = await createProvingWorld()
    const answer = await world.grant(tokenRequest(world, { proof: prove() }))
    expect(answer.token_type).toBe('DPoP')
    expect((await recordOf(world, answer.access_token))?.thumbprint).toBe(prover.thumbprint)
    const introspect = createIntrospect({ ...world, parties: world.node.parties })
    expect((await introspect(answer.access_token))['cnf']).toEqual({ jkt: prover.thumbprint })
  })

  test('without one gets a token that the bearer may use', async () => {
    const { world } = await createProvingWorld()
    const answer = await world.grant(tokenRequest(world))
    expect(answer.token_type).toBe('Bearer')
    expect(await recordOf(world, answer.access_token)).not.toHaveProperty('thumbprint')
  })

  test.each<[string, Changes]>([
    ['another method', { claims: { htm: 'GET' } }],
    ['the token endpoint of another party', { claims: { htu: 'https://node.example.nl/oauth2/cak/token' } }],
    ['another time', { claims: { iat: 1 } }],
    ['a type of JWT that is none', { header: { typ: 'JWT' } }],
  ])('for %s is refused, with the nonce of the presentation unspent', async (_what, changes) => {
    const { world, prove } = await createProvingWorld()
    const request = tokenRequest(world, { proof: prove(changes) })
    expect(await outcomeOf(world, request)).toBe('token.dpop_invalid')
    expect(await outcomeOf(world, { ...request, proof: prove() })).toBe('granted')
  })

  test('whose signature is bad is refused before any key of the presentation is got', async () => {
    let verified = 0
    const { world, prove } = await createProvingWorld({ whileVerifying: () => (verified += 1) })
    const proof = `${prove().slice(0, -8)}AAAAAAAA`
    expect(await outcomeOf(world, tokenRequest(world, { proof }))).toBe('token.dpop_invalid')
    expect(verified).toBe(0)
  })

  test('spends the proof: another presentation cannot use it, and the refusal says what was used', async () => {
    const { world, prove } = await createProvingWorld()
    const proof = prove()
    await world.grant(tokenRequest(world, { proof }))
    const refusal = await rejectionOf(world.grant(tokenRequest(world, { proof })))
    expect([refusal.code, refusal.notes]).toEqual(['token.dpop_invalid', ['the proof was used before']])
  })

  test('does not spend the proof when the presentation is refused', async () => {
    const { world, prove } = await createProvingWorld()
    const proof = prove()
    expect(await outcomeOf(world, tokenRequest(world, { proof, claims: { aud: 'ander' } }))).toBe(
      'presentation.audience',
    )
    expect(await outcomeOf(world, tokenRequest(world, { proof }))).toBe('granted')
  })

  test('says so when it is the presentation that was used before', async () => {
    const { world, prove } = await createProvingWorld()
    const request = tokenRequest(world, { proof: prove() })
    await world.grant(request)
    expect(await outcomeOf(world, { ...request, proof: prove() })).toBe('token.replayed')
  })

  test('spends an id for its key only', async () => {
    const { world, prove } = await createProvingWorld()
    const htu = `${world.audience}/token`
    const changes = { claims: { jti: 'dezelfde' } }
    expect(await outcomeOf(world, tokenRequest(world, { proof: prove(changes) }))).toBe('granted')
    const other = createProver(world.clock).prove({ htm: 'POST', htu }, changes)
    expect(await outcomeOf(world, tokenRequest(world, { proof: other }))).toBe('granted')
    expect(await outcomeOf(world, tokenRequest(world, { proof: prove(changes) }))).toBe('token.dpop_invalid')
  })

  test('of fifty that arrive together with one proof exactly one gets a token', async () => {
    const { world, prove } = await createProvingWorld()
    const proof = prove()
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => outcomeOf(world, tokenRequest(world, { proof }))),
    )
    expect(outcomes.filter((outcome) => outcome === 'granted')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome === 'token.dpop_invalid')).toHaveLength(49)
  })

  test.each([-10, 0, 10])('made %d s from now is remembered as long as any replica could take it', async (seconds) => {
    const { world, prove } = await createProvingWorld()
    const claims = { jti: 'dezelfde' }
    const made = prove({ claims: { ...claims, iat: world.clock.now() / 1000 + seconds } })
    expect(await outcomeOf(world, tokenRequest(world, { proof: made }))).toBe('granted')
    world.clock.move(seconds + 30)
    await world.node.store.sweep(1000)
    expect(await outcomeOf(world, tokenRequest(world, { proof: prove({ claims }) }))).toBe('token.dpop_invalid')
    world.clock.move(0.001)
    expect(await outcomeOf(world, tokenRequest(world, { proof: prove({ claims }) }))).toBe('granted')
  })

  test('is asked for the nonce of the node where that is set', async () => {
    const { world, prove } = await createProvingWorld({ nonceKey: Buffer.alloc(32, 7) })
    const request = tokenRequest(world, { proof: prove() })
    expect(await outcomeOf(world, request)).toBe('token.dpop_nonce')
    const nonce = world.dpop.nonceHeaders()['dpop-nonce']
    expect(await outcomeOf(world, { ...request, proof: prove({ claims: { nonce } }) })).toBe('granted')
  })
})

describe('a profile', () => {
  test('that wants a key refuses a request without a proof, and grants one with it', async () => {
    const { world, prove } = await createProvingWorld({ profile: { dpop: 'required' } })
    expect(await outcomeOf(world, tokenRequest(world))).toBe('token.dpop_required')
    expect(await outcomeOf(world, tokenRequest(world, { proof: prove() }))).toBe('granted')
  })

  test('sets the lifetime of its tokens', async () => {
    const { world } = await createProvingWorld({ profile: { lifetimeSeconds: 60 } })
    expect((await world.grant(tokenRequest(world))).expires_in).toBe(60)
  })
})

describe('after a restart', () => {
  let directory: string

  afterEach(() => rm(directory, { recursive: true }))

  test('a proof that was used before it is refused', async () => {
    directory = await mkdtemp(join(tmpdir(), 'bronnet-dpop-'))
    const keyStore = createMemoryKeyStore()
    const { world, prove } = await createProvingWorld({
      store: await openLevelStore({ directory, clock: createFixedClock(moment), log: silentLog }),
      keyStore,
    })
    const proof = prove()
    await world.grant(tokenRequest(world, { proof }))
    await world.node.store.close()
    const { clock, stelselbeheerder } = world
    const store = await openLevelStore({ directory, clock, log: silentLog })
    const restarted = await createTokenWorld({ store, clock, keyStore, stelselbeheerder })
    expect(await outcomeOf(restarted, tokenRequest(restarted, { proof }))).toBe('token.dpop_invalid')
    expect(await outcomeOf(restarted, tokenRequest(restarted, { proof: prove() }))).toBe('granted')
    await store.close()
  })
})

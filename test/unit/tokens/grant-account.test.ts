import { describe, expect, test } from '@jest/globals'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { silentLog } from '../../../node/kernel/log.js'
import type { TokenRequest } from '../../../node/tokens/grant-token.js'
import { noEnds } from '../../../node/stores/chain.js'
import { createOrderedStore } from '../../../node/stores/ordered-store.js'
import { createDumpableStore, dumpBytes, moment } from '../../support/node-parts.js'
import { createOutsider } from '../../support/outsider.js'
import { rejectionOf } from '../../support/refusals.js'
import { createTokenWorld, scope, tokenRequest } from '../../support/token-world.js'
import type { TokenWorld } from '../../support/token-world.js'
import { createFaultyMedium } from '../stores/faulty-bytes.js'

async function createDumpableWorld(): Promise<TokenWorld & { dump(): Promise<string> }> {
  const clock = createFixedClock(moment)
  const { store, dump } = createDumpableStore(clock)
  return { ...(await createTokenWorld({ store, clock })), dump }
}

/** The texts of a request that nothing may keep. */
function secretsOf(request: TokenRequest): readonly string[] {
  const assertion = request.parameters['assertion'] ?? ''
  const [, claims = '', signature = ''] = assertion.split('.')
  return [assertion, claims, signature]
}

describe('the account of a token', () => {
  test('says who got it, for what, on which evidence', async () => {
    const world = await createTokenWorld()
    const request = tokenRequest(world)
    await world.grant(request)
    expect((await world.node.journal()).at(-1)).toEqual({
      code: 'token.granted',
      action: 'execute',
      outcome: 'success',
      party: 'ciz',
      actor: {
        did: world.member.did,
        organization: 'Zorgkantoor Noord',
        role: 'zorgkantoor',
        identifier: 'uzovi:5999',
      },
      object: { scope, token: expect.stringMatching(/^[0-9a-f]{64}$/) },
      evidence: [expect.stringContaining(world.stelselbeheerder.did)],
      trace: request.trace,
    })
  })

  test('and everything else that is stored holds neither the token nor what was presented', async () => {
    const world = await createDumpableWorld()
    const request = tokenRequest(world)
    const { access_token } = await world.grant(request)
    const dump = await world.dump()
    expect(dump).toContain('token.granted')
    for (const secret of [access_token, ...secretsOf(request)]) expect(dump).not.toContain(secret)
  })
})

describe('the account of a refusal', () => {
  test('has its code, its notes and who is said to have asked', async () => {
    const world = await createTokenWorld()
    const request = tokenRequest(world, { credentials: [] })
    await rejectionOf(world.grant(request))
    expect((await world.node.journal()).at(-1)).toEqual({
      code: 'token.refused',
      action: 'execute',
      outcome: 'refused',
      party: 'ciz',
      actor: { did: world.member.did },
      object: { scope },
      error: 'presentation.unfulfilled',
      reasons: ['lidmaatschap: there is no credential'],
      trace: request.trace,
    })
  })

  test('holds nothing of the presentation', async () => {
    const world = await createDumpableWorld()
    const good = tokenRequest(world)
    const replayed = tokenRequest(world)
    await world.grant(replayed)
    const forged = { ...good.parameters, assertion: `${(good.parameters['assertion'] ?? '').slice(0, -8)}AAAAAAAA` }
    const requests = [replayed, { ...good, parameters: forged }, tokenRequest(world, { claims: { aud: 'ander' } })]
    for (const request of requests) await rejectionOf(world.grant(request))
    const dump = await world.dump()
    for (const code of ['token.replayed', 'presentation.signature', 'presentation.audience'])
      expect(dump).toContain(code)
    for (const secret of requests.flatMap(secretsOf)) expect(dump).not.toContain(secret)
  })

  test('does not repeat a scope that nobody defined: it can hold anything', async () => {
    const world = await createDumpableWorld()
    const asked = `123456782-${'x'.repeat(189)}😀`
    const refusal = await rejectionOf(world.grant(tokenRequest(world, { parameters: { scope: asked } })))
    expect(refusal.code).toBe('token.unknown_scope')
    expect((await world.node.journal()).at(-1)).toMatchObject({ code: 'token.refused', error: 'token.unknown_scope' })
    expect(await world.dump()).not.toContain('123456782')
  })

  test('is written also when the scope holds what a store does not take', async () => {
    const world = await createTokenWorld()
    const refusal = await rejectionOf(world.grant(tokenRequest(world, { parameters: { scope: 'a\u0000' } })))
    expect(refusal.code).toBe('token.unknown_scope')
    expect((await world.node.journal()).at(-1)).toMatchObject({ error: 'token.unknown_scope' })
  })

  test('does not repeat a type that the caller made up: it can hold anything', async () => {
    const world = await createTokenWorld()
    const type = `Bsn123456782${'😀'.repeat(300)}`
    const credentials = [world.member.issue({ type, subject: { id: world.member.did } })]
    expect((await rejectionOf(world.grant(tokenRequest(world, { credentials })))).code).toBe('presentation.unfulfilled')
    expect((await world.node.journal()).at(-1)?.reasons).toEqual([
      'lidmaatschap: a credential of another type: field $.type does not match',
    ])
  })

  test('names nobody when the signer is not even written as a DID', async () => {
    const world = await createTokenWorld()
    const presentation = createOutsider(world.clock).signJwt(
      {
        nbf: moment / 1000,
        exp: moment / 1000 + 1,
        vp: { '@context': 'https://www.w3.org/2018/credentials/v1', type: 'VerifiablePresentation' },
      },
      { kid: 'burger 123456782#sleutel' },
    )
    await rejectionOf(world.grant(tokenRequest(world, { presentation })))
    const event = (await world.node.journal()).at(-1)
    expect(event).toMatchObject({ code: 'token.refused', error: 'presentation.audience' })
    expect(event).not.toHaveProperty('actor')
  })

  test('says that the node failed when it did', async () => {
    const world = await createTokenWorld({
      whileVerifying() {
        throw new Error('something broke')
      },
    })
    await expect(world.grant(tokenRequest(world))).rejects.toThrow('something broke')
    expect((await world.node.journal()).at(-1)).toMatchObject({ outcome: 'failed', error: 'internal.fault' })
  })
})

describe('when the store cannot be written', () => {
  async function createFaultyWorld() {
    const clock = createFixedClock(moment)
    const medium = createFaultyMedium()
    let endPause = (): void => {}
    const pause = (): Promise<void> =>
      new Promise((resolve) => {
        endPause = resolve
      })
    const store = createOrderedStore({ place: medium.place, clock, log: silentLog, pause }, medium.bytes, noEnds)
    const world = await createTokenWorld({ store, clock })
    const recover = async (): Promise<void> => {
      medium.fault = 'none'
      endPause()
      await new Promise((resolve) => setImmediate(resolve))
      while ((await store.check().catch(NodeError.codeOf)) !== undefined);
    }
    const dump = async (): Promise<string> => dumpBytes(await medium.place.open())
    return { world, medium, recover, dump }
  }

  test('there is no token, and nothing of the attempt remains', async () => {
    const { world, medium, recover, dump } = await createFaultyWorld()
    const before = await dump()
    medium.fault = 'before'
    const request = tokenRequest(world)
    expect((await rejectionOf(world.grant(request))).code).toBe('audit.unavailable')
    expect(await dump()).toBe(before)
    await recover()
    expect((await world.grant(request)).token_type).toBe('Bearer')
  })

  test('nobody gets a token of which the account may be missing, and its nonce is spent when it was stored', async () => {
    const { world, medium, recover } = await createFaultyWorld()
    medium.fault = 'after'
    const request = tokenRequest(world)
    expect((await rejectionOf(world.grant(request))).code).toBe('audit.unavailable')
    await recover()
    expect((await rejectionOf(world.grant(request))).code).toBe('token.replayed')
    const codes = (await world.node.journal()).map(({ code }) => code)
    expect(codes.filter((code) => code === 'token.granted')).toHaveLength(1)
  })

  test('a bad presentation is not answered as if it had been accounted for', async () => {
    const { world, medium } = await createFaultyWorld()
    medium.fault = 'before'
    expect((await rejectionOf(world.grant(tokenRequest(world, { credentials: [] })))).code).toBe('audit.unavailable')
  })
})

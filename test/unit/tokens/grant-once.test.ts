import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from '@jest/globals'
import { epochSeconds } from '../../../node/kernel/clock.js'
import { silentLog } from '../../../node/kernel/log.js'
import { openLevelStore } from '../../../node/stores/level.js'
import { createMemoryStore } from '../../../node/stores/memory.js'
import { useStore, type Backend } from '../../contracts/backend.js'
import { createMemoryKeyStore } from '../../support/node-parts.js'
import { createTokenWorld, outcomeOf, tokenRequest } from '../../support/token-world.js'
import type { TokenWorld } from '../../support/token-world.js'

const memory: Backend = {
  name: 'memory',
  survivesRestart: false,
  createPlace: async () => ({ open: async (clock) => createMemoryStore({ clock }), destroy: async () => {} }),
}

const level: Backend = {
  name: 'level',
  survivesRestart: true,
  async createPlace() {
    const directory = await mkdtemp(join(tmpdir(), 'bronnet-tokens-'))
    return {
      open: (clock) => openLevelStore({ directory, clock, log: silentLog }),
      destroy: () => rm(directory, { recursive: true }),
    }
  },
}

describe.each([memory, level])('with a $name store', (backend) => {
  const subject = useStore(backend)
  const keyStore = createMemoryKeyStore()
  let world: TokenWorld

  beforeEach(async () => {
    world = await createTokenWorld({ store: subject.store, clock: subject.clock, keyStore })
  })

  test('a good presentation gets a token that is found again', async () => {
    const { access_token } = await world.grant(tokenRequest(world))
    expect((await world.tokenStore.find(access_token))?.record.requester).toBe(world.member.did)
  })

  test('a presentation is accepted once', async () => {
    const request = tokenRequest(world)
    expect([await outcomeOf(world, request), await outcomeOf(world, request)]).toEqual(['granted', 'token.replayed'])
  })

  test('of fifty that arrive together exactly one gets a token', async () => {
    const request = tokenRequest(world)
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => outcomeOf(world, request)))
    expect(outcomes.filter((outcome) => outcome === 'granted')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome === 'token.replayed')).toHaveLength(49)
  })

  test('fifty different presentations that arrive together all get a token', async () => {
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => outcomeOf(world, tokenRequest(world))))
    expect(new Set(outcomes)).toEqual(new Set(['granted']))
  })

  test('a nonce is spent for its signer only', async () => {
    const other = await createTokenWorld({ store: subject.store, clock: subject.clock, keyStore })
    const claims = { nonce: 'the same' }
    expect(await outcomeOf(world, tokenRequest(world, { claims }))).toBe('granted')
    expect(await outcomeOf(other, tokenRequest(other, { claims }))).toBe('granted')
  })

  test('a nonce is spent whatever else the presentation says', async () => {
    const claims = { nonce: 'the same' }
    expect(await outcomeOf(world, tokenRequest(world, { claims }))).toBe('granted')
    const later = { ...claims, jti: 'another', exp: epochSeconds(world.clock.now()) + 3 }
    expect(await outcomeOf(world, tokenRequest(world, { claims: later }))).toBe('token.replayed')
  })

  test('a replay is refused when the clock was set back', async () => {
    const request = tokenRequest(world)
    world.clock.move(4)
    expect(await outcomeOf(world, request)).toBe('granted')
    world.clock.move(-8)
    expect(await outcomeOf(world, request)).toBe('token.replayed')
  })

  test.each([
    ['as early as it can be', -6],
    ['at once', 0],
    ['as late as it can be', 9],
  ])(
    'the nonce of a presentation that was used %s is remembered for 20 s, and past exp + 2 × 5 s',
    async (_when, used) => {
      const claims = { nonce: 'the same' }
      const request = tokenRequest(world, { claims })
      const again = (): Promise<string> => outcomeOf(world, tokenRequest(world, { claims }))
      world.clock.move(used)
      expect(await outcomeOf(world, request)).toBe('granted')
      // exp is 4 s after the presentation was made.
      const remembered = Math.max(20, 4 - used + 10)
      world.clock.move(remembered)
      await subject.store.sweep(1000)
      expect(await again()).toBe('token.replayed')
      world.clock.move(0.001)
      expect(await again()).toBe('granted')
    },
  )

  test('a bad presentation does not spend the nonce of a good one', async () => {
    const request = tokenRequest(world)
    const assertion = request.parameters['assertion'] ?? ''
    const forged = { ...request, parameters: { ...request.parameters, assertion: `${assertion.slice(0, -8)}AAAAAAAA` } }
    expect(await outcomeOf(world, forged)).toBe('presentation.signature')
    expect(await outcomeOf(world, request)).toBe('granted')
  })

  test('a presentation that was refused for its credentials does not spend its nonce', async () => {
    const claims = { nonce: 'the same' }
    const expired = [world.membership({ claims: { exp: epochSeconds(world.clock.now()) } })]
    expect(await outcomeOf(world, tokenRequest(world, { claims, credentials: expired }))).toBe('credential.expired')
    expect(await outcomeOf(world, tokenRequest(world, { claims }))).toBe('granted')
  })

  if (!backend.survivesRestart) return

  test('a replay after a restart is refused, and the token still counts', async () => {
    const request = tokenRequest(world)
    const { access_token } = await world.grant(request)
    await subject.reopen()
    const { stelselbeheerder } = world
    const restarted = await createTokenWorld({ store: subject.store, clock: subject.clock, keyStore, stelselbeheerder })
    expect(restarted.bronhouder.did).toBe(world.bronhouder.did)
    expect(await outcomeOf(restarted, request)).toBe('token.replayed')
    expect(await restarted.tokenStore.find(access_token)).toBeDefined()
    expect(await outcomeOf(restarted, tokenRequest(restarted))).toBe('granted')
  })
})

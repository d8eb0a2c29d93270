import { describe, expect, test } from '@jest/globals'
import { claim } from '../../node/stores/contracts.js'
import { refusalOf, useStore } from './backend.js'
import type { Backend } from './backend.js'

/** One winner per claim, up to its end and after a restart. */
export function claimsContract(backend: Backend): void {
  describe(`claims on ${backend.name}`, () => {
    const subject = useStore(backend)
    const inSeconds = (seconds: number) => subject.clock.now() + seconds * 1000

    test('a claim succeeds once', async () => {
      expect(await subject.store.claims.claim(['nonce', 'a'], inSeconds(20))).toBe(true)
      expect(await subject.store.claims.claim(['nonce', 'a'], inSeconds(20))).toBe(false)
      expect(await subject.store.claims.claim(['nonce', 'b'], inSeconds(20))).toBe(true)
    })

    test('each of 300 claims has one winner among 8 parallel callers', async () => {
      for (let round = 0; round < 300; round += 1) {
        const callers = Array.from({ length: 8 }, () =>
          subject.store.claims.claim(['nonce', `${round}`], inSeconds(20)),
        )
        const winners = (await Promise.all(callers)).filter((won) => won)
        expect(winners).toHaveLength(1)
      }
    })

    test('a claim is taken up to its end and free after it', async () => {
      await subject.store.claims.claim(['nonce'], inSeconds(20))
      subject.clock.move(20)
      expect(await subject.store.claims.claim(['nonce'], inSeconds(20))).toBe(false)
      subject.clock.move(0.001)
      expect(await subject.store.claims.claim(['nonce'], inSeconds(20))).toBe(true)
      expect(await subject.store.claims.claim(['nonce'], inSeconds(20))).toBe(false)
    })

    test('a refused claim does not lengthen the one that was taken', async () => {
      await subject.store.claims.claim(['nonce'], inSeconds(20))
      await subject.store.claims.claim(['nonce'], inSeconds(2000))
      subject.clock.move(21)
      expect(await subject.store.claims.claim(['nonce'], inSeconds(20))).toBe(true)
    })

    test('an expired claim has one winner among parallel callers', async () => {
      await subject.store.claims.claim(['nonce'], inSeconds(20))
      subject.clock.move(21)
      const callers = Array.from({ length: 8 }, () => subject.store.claims.claim(['nonce'], inSeconds(20)))
      expect((await Promise.all(callers)).filter((won) => won)).toHaveLength(1)
    })

    test('the same claim twice in one batch refuses the batch', async () => {
      const twice = [claim(['nonce'], inSeconds(20)), claim(['nonce'], inSeconds(20))]
      expect(await refusalOf(subject.store.write(twice))).toBe('store.claimed')
      expect(await subject.store.claims.claim(['nonce'], inSeconds(20))).toBe(true)
    })

    test('claims with similar keys are different claims', async () => {
      const keys = [['a', 'bc'], ['ab', 'c'], ['abc'], ['A', 'bc'], ['a', 'b', 'c']]
      for (const key of keys) expect(await subject.store.claims.claim(key, inSeconds(20))).toBe(true)
    })

    test('sweeping removes expired claims and leaves the others taken', async () => {
      await subject.store.claims.claim(['old'], inSeconds(20))
      await subject.store.claims.claim(['young'], inSeconds(200))
      subject.clock.move(21)
      await subject.store.claims.claim(['again'], inSeconds(20))
      expect(await subject.store.sweep(10)).toBe(1)
      expect(await subject.store.sweep(10)).toBe(0)
      expect(await subject.store.claims.claim(['young'], inSeconds(20))).toBe(false)
      expect(await subject.store.claims.claim(['again'], inSeconds(20))).toBe(false)
      // Gone in fact, not only out of sight: it does not come back with the clock.
      subject.clock.move(-21)
      expect(await subject.store.claims.claim(['old'], inSeconds(20))).toBe(true)
    })

    test('sweeping does not free a claim that is taken again at the same moment', async () => {
      await subject.store.claims.claim(['nonce'], inSeconds(20))
      subject.clock.move(21)
      const [, won] = await Promise.all([subject.store.sweep(10), subject.store.claims.claim(['nonce'], inSeconds(20))])
      expect(won).toBe(true)
      expect(await subject.store.claims.claim(['nonce'], inSeconds(20))).toBe(false)
    })

    test.each([Number.NaN, Infinity, -1])('the end %p is refused', async (until) => {
      expect(await refusalOf(subject.store.claims.claim(['nonce'], until))).toBe('store.bad_input')
    })

    const restart = backend.survivesRestart ? test : test.skip

    restart('a claim is still taken after a restart', async () => {
      await subject.store.claims.claim(['nonce'], inSeconds(20))
      await subject.reopen()
      expect(await subject.store.claims.claim(['nonce'], inSeconds(20))).toBe(false)
      expect(await subject.store.claims.claim(['other'], inSeconds(20))).toBe(true)
    })

    test('a claim on a closed store is refused', async () => {
      await subject.store.close()
      expect(await refusalOf(subject.store.claims.claim(['nonce'], inSeconds(20)))).toBe('store.unavailable')
    })
  })
}

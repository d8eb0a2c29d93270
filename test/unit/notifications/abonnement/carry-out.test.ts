import { beforeEach, describe, expect, test } from '@jest/globals'
import { ownAbonnementen } from '../../../../node/notifications/abonnement/own-records.js'
import { put } from '../../../../node/stores/contracts.js'
import { openFollowWorld, type FollowWorld } from '../../../support/follow-world.js'
import { testPersons } from '../../../support/gemeente-register.js'
import { moment } from '../../../support/node-parts.js'

const [bsn, other] = testPersons
const day = 86_400

let world: FollowWorld

beforeEach(async () => {
  world = await openFollowWorld()
})

describe('what goes on', () => {
  test('is renewed when a third of its time is left, and not before', async () => {
    await world.register.keep({ number: 1, bsn })
    await world.round()
    world.move(243 * day)
    await world.newDay()
    expect(world.calls).toEqual(['createAbonnement'])
    world.move(2 * day)
    await world.newDay()
    expect(world.calls).toEqual(['createAbonnement', 'verlengAbonnement'])
    const [own] = await world.own()
    expect(own).toMatchObject({ state: 'active', geldigTot: moment + (245 + 366) * day * 1000 })
    expect(await world.heard(bsn)).toEqual([own?.abonnementID])
  })

  test('is renewed before the next day when it would have ended by then', async () => {
    await world.register.keep({ number: 1, bsn })
    await world.round()
    const [own] = await world.own()
    if (own === undefined) throw new Error('nothing is followed')
    // A bronhouder that gives it for two days.
    const [givenFor, key] = [2 * day * 1000, [own.party, own.id]]
    const short = { ...own, givenFor, geldigTot: moment + givenFor }
    await world.register.node.store.write([put(ownAbonnementen, key, short)])
    world.move(0.9 * day)
    await world.newDay()
    expect(world.calls).toEqual(['createAbonnement'])
    world.move(0.2 * day)
    await world.newDay()
    expect(world.calls).toEqual(['createAbonnement', 'verlengAbonnement'])
  })

  test('is asked anew when it ended over there before it was renewed', async () => {
    await world.register.keep({ number: 1, bsn })
    await world.round()
    world.move(400 * day)
    await world.newDay()
    expect(world.calls).toEqual(['createAbonnement', 'verlengAbonnement', 'createAbonnement'])
    expect(await world.heard(bsn)).toHaveLength(1)
  })

  test('is tried again later and later while the other node is down, and at most once in a round', async () => {
    world.breakWith('outbound.failed')
    await world.register.keep({ number: 1, bsn })
    const waits = [5, 5, 10, 30, 120, 600, 3600, 3600]
    for (const [failures, wait] of waits.entries()) {
      await world.round()
      await world.round()
      expect(world.calls).toHaveLength(failures + 1)
      world.move(wait - 1)
      await world.round()
      expect(world.calls).toHaveLength(failures + 1)
      world.move(1)
    }
    world.breakWith(undefined)
    await world.round()
    expect(await world.heard(bsn)).toHaveLength(1)
    expect((await world.own())[0]).not.toHaveProperty('lastError')
  })

  test('is tried again every six hours in the end while it is refused', async () => {
    world.breakWith('notification.abonnement_refused')
    await world.register.keep({ number: 1, bsn })
    for (let hours = 0; hours < 48; hours += 1) {
      await world.round()
      world.move(3600)
    }
    expect(world.calls.length).toBeLessThanOrEqual(10)
  })

  test('is tried again an hour after a refusal', async () => {
    world.breakWith('notification.abonnement_refused')
    await world.register.keep({ number: 1, bsn })
    await world.round()
    world.breakWith(undefined)
    world.move(3599)
    await world.round()
    expect(await world.heard(bsn)).toEqual([])
    world.move(1)
    await world.round()
    expect(await world.heard(bsn)).toHaveLength(1)
  })

  test('follows the right number after one was corrected', async () => {
    await world.register.keep({ number: 1, bsn })
    await world.round()
    await world.register.keep({ number: 1, bsn: other })
    await world.round()
    expect([await world.heard(bsn), await world.heard(other)]).toMatchObject([[], [expect.any(String)]])
    expect(await world.own()).toHaveLength(1)
  })
})

import { beforeEach, describe, expect, test } from '@jest/globals'
import { NodeError } from '../../../../node/kernel/errors.js'
import type { OwnCases } from '../../../../node/notifications/abonnement/own-cases.js'
import { callerOf } from '../../../support/abonnement-world.js'
import { ciz, openFollowWorld, usualWish, type FollowWorld } from '../../../support/follow-world.js'
import { recordId, testPersons } from '../../../support/gemeente-register.js'
import { moment } from '../../../support/node-parts.js'

const [bsn, other] = testPersons
const day = 86_400

let world: FollowWorld

beforeEach(async () => {
  world = await openFollowWorld()
})

describe('an own active case', () => {
  test('is followed at the bronhouder, and the gemeente knows which case it was', async () => {
    await world.register.keep({ number: 1, bsn })
    await world.round()
    const [own] = await world.own()
    expect(own).toMatchObject({
      state: 'active',
      origin: 'settings',
      givenBy: { did: ciz, organization: { idType: 'KVK', id: '62253778' } },
      zaak: { source: 'toewijzingen', clientID: recordId('a', 1) },
      geldigTot: moment + 366 * day * 1000,
    })
    expect(await world.heard(bsn)).toEqual([own?.abonnementID])
    expect(await world.heard(other)).toEqual([])
  })

  test.each([
    ['that has ended', { until: '2026-11-23' }],
    ['that has yet to begin', { from: '2026-11-25' }],
    ['under another law', { domein: 'JW' }],
  ] as const)('%s is none', async (_what, changes) => {
    await world.register.keep({ number: 1, bsn, ...changes })
    await world.round()
    await world.newDay()
    expect([await world.own(), world.calls]).toEqual([[], []])
  })

  test('is one on its first and on its last day', async () => {
    await world.register.keep({ number: 1, bsn, from: '2026-11-24', until: '2026-11-24' })
    await world.round()
    expect(await world.heard(bsn)).toHaveLength(1)
  })

  test('is followed once, however often it changes', async () => {
    await world.register.keep({ number: 1, bsn })
    await world.round()
    await world.register.keep({ number: 1, bsn, aanbieder: '06999902' })
    await world.round()
    await world.newDay()
    expect(world.calls).toEqual(['createAbonnement'])
  })

  test('is followed within seconds after the membership has come, which a new party does not have at once', async () => {
    world.holdMembership(false)
    await world.register.keep({ number: 1, bsn })
    await world.round()
    expect(await world.own()).toMatchObject([{ state: 'wanted', lastError: 'token.no_matching_credential' }])
    world.holdMembership(true)
    world.move(5)
    await world.round()
    expect(await world.heard(bsn)).toHaveLength(1)
  })

  test('that was there before the settings wanted it is found at the start', async () => {
    world = await openFollowWorld([])
    await world.register.keep({ number: 1, bsn })
    await world.round()
    expect(world.calls).toEqual([])
    await world.restartWith([usualWish])
    expect(await world.heard(bsn)).toHaveLength(1)
  })

  test('that begins by itself is followed from that day on', async () => {
    await world.register.keep({ number: 1, bsn, from: '2026-11-25' })
    await world.round()
    expect(world.calls).toEqual([])
    world.move(day)
    await world.newDay()
    expect(await world.heard(bsn)).toHaveLength(1)
  })
})

describe('a case that ends', () => {
  beforeEach(async () => {
    await world.register.keep({ number: 1, bsn })
    await world.round()
  })

  test('by a change is no longer followed, and nothing of it is left', async () => {
    await world.register.keep({ number: 1, bsn, until: '2026-11-23' })
    await world.round()
    expect([await world.heard(bsn), await world.own()]).toEqual([[], []])
    expect(world.calls).toEqual(['createAbonnement', 'deleteAbonnement'])
  })

  test('because its last day is over is no longer followed', async () => {
    await world.register.keep({ number: 1, bsn, until: '2026-11-24' })
    await world.round()
    expect(await world.heard(bsn)).toHaveLength(1)
    world.move(day)
    await world.newDay()
    expect([await world.heard(bsn), await world.own()]).toEqual([[], []])
  })

  test('because its record is removed is no longer followed', async () => {
    await world.register.remove('Toewijzing', recordId('c', 1))
    await world.round()
    expect([await world.heard(bsn), await world.own()]).toEqual([[], []])
  })

  test('while the other node is down is ended when it is up again', async () => {
    await world.register.keep({ number: 1, bsn, until: '2026-11-23' })
    world.breakWith('outbound.failed')
    await world.round()
    expect(await world.own()).toMatchObject([{ state: 'ending', failures: 1, lastError: 'outbound.failed' }])
    world.breakWith(undefined)
    world.move(5)
    await world.round()
    expect([await world.heard(bsn), await world.own()]).toEqual([[], []])
  })

  test('and begins again before that is followed on, under the same number', async () => {
    const before = await world.heard(bsn)
    world.breakWith('outbound.failed')
    await world.register.keep({ number: 1, bsn, until: '2026-11-23' })
    await world.round()
    await world.register.keep({ number: 1, bsn })
    world.breakWith(undefined)
    await world.round()
    expect(await world.heard(bsn)).toEqual(before)
    expect(await world.own()).toMatchObject([{ state: 'active' }])
  })

  test('is ended here too when the bronhouder does not know it any more', async () => {
    const [own] = await world.own()
    await world.bronhouder.desk.end({ abonnementID: own?.abonnementID }, callerOf())
    await world.register.keep({ number: 1, bsn, until: '2026-11-23' })
    await world.round()
    expect(await world.own()).toEqual([])
  })

  test('leaves the other case of the same person followed', async () => {
    await world.register.keep({ number: 2, bsn })
    await world.round()
    await world.register.keep({ number: 1, bsn, until: '2026-11-23' })
    await world.round()
    expect(await world.heard(bsn)).toHaveLength(1)
    expect(await world.own()).toMatchObject([{ zaak: { clientID: recordId('a', 2) } }])
  })
})

describe('a case that cannot be read', () => {
  const broken = (code: 'source.bad_record' | 'store.unavailable'): OwnCases => ({
    ...world.ownCases,
    find: (place, clientID, purpose) =>
      clientID === recordId('a', 1)
        ? Promise.reject(new NodeError(code))
        : world.ownCases.find(place, clientID, purpose),
  })

  beforeEach(async () => {
    await world.register.keep({ number: 1, bsn })
    await world.register.keep({ number: 2, bsn: other })
  })

  test('holds up no other', async () => {
    await world.roundWith(broken('source.bad_record'))
    expect([await world.heard(bsn), (await world.heard(other)).length]).toEqual([[], 1])
    // And is found when it can be read again.
    await world.newDay()
    expect(await world.heard(bsn)).toHaveLength(1)
  })

  test('because the store fails is looked at again', async () => {
    await expect(world.roundWith(broken('store.unavailable'))).rejects.toThrow('store.unavailable')
    await world.round()
    expect([(await world.heard(bsn)).length, (await world.heard(other)).length]).toEqual([1, 1])
  })
})

describe('settings that no longer want something', () => {
  test('end it', async () => {
    const vervallen = { ...usualWish, eventType: 'VERVALLEN_INDICATIE_GEMEENTE' }
    world = await openFollowWorld([usualWish, vervallen])
    await world.register.keep({ number: 1, bsn })
    await world.round()
    expect(await world.own()).toHaveLength(2)
    await world.restartWith([vervallen])
    expect(await world.heard(bsn)).toEqual([])
    expect(await world.own()).toMatchObject([{ eventType: 'VERVALLEN_INDICATIE_GEMEENTE', state: 'active' }])
  })
})

describe('what is kept and told', () => {
  test('holds the number of nobody outside the register, and each number that leaves is in the journal first', async () => {
    await world.register.keep({ number: 1, bsn })
    await world.round()
    const outside = (await world.dump()).split('\n').filter((line) => !line.includes('register'))
    expect(outside.join('\n')).toContain('abonnementen-own')
    expect(outside.filter((line) => line.includes(bsn))).toEqual([])
    expect(await world.bronhouder.dump()).not.toContain(bsn)
    const journal = await world.register.node.journal()
    expect(JSON.stringify(journal)).not.toContain(bsn)
    const asked = journal.filter(({ code }) => code === 'abonnement.asked')
    expect(asked).toMatchObject([
      { action: 'create', outcome: 'success', party: 'gemeente', purpose: 'WMO_UITVOERING', object: { peer: 'ciz' } },
    ])
    expect(asked[0]?.persons).toHaveLength(1)
  })

  test('is in the journal too when it is ended', async () => {
    await world.register.keep({ number: 1, bsn })
    await world.round()
    await world.register.keep({ number: 1, bsn, until: '2026-11-23' })
    await world.round()
    const asked = (await world.register.node.journal()).filter(({ code }) => code === 'abonnement.asked')
    expect(asked.map(({ action, outcome }) => [action, outcome])).toEqual([
      ['create', 'success'],
      ['delete', 'success'],
    ])
  })

  test('says in the journal that it did not go well', async () => {
    world.breakWith('outbound.failed')
    await world.register.keep({ number: 1, bsn })
    await world.round()
    expect((await world.register.node.journal()).at(-1)).toMatchObject({
      code: 'abonnement.asked',
      outcome: 'failed',
      error: 'outbound.failed',
    })
  })
})

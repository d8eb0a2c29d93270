import { beforeEach, describe, expect, test } from '@jest/globals'
import { NodeError } from '../../../../node/kernel/errors.js'
import { recordId, testPersons } from '../../../support/gemeente-register.js'
import { openTimerWorld, type TimerWorld } from '../../../support/timer-world.js'

const [person] = testPersons
const zorgkantoor = {
  receiver: { idType: 'UZOVI', id: '5999' },
  role: 'zorgkantoor',
  abonnementID: 'abonnement-1',
} as const

/** What the aanbieder is told of the toewijzing with this number, as its version. */
const ends = (number: number, version: number, aanbieder = '06999901'): string =>
  `AFLOPENDE_TOEWIJZING_ZORGAANBIEDER AGB:${aanbieder} Toewijzing/${recordId('c', number)} ${String(version)}`

let world: TimerWorld
beforeEach(async () => {
  world = await openTimerWorld()
})

/** Today is 24 November 2026; 90 days later it is 22 February 2027. */
describe('a toewijzing that ends', () => {
  test.each([
    ['in 90 days', '2027-02-22', [ends(1, 3)]],
    ['in 91 days', '2027-02-23', []],
    ['today', '2026-11-24', [ends(1, 3)]],
    ['yesterday', '2026-11-23', []],
    ['never', null, []],
  ])('%s: its aanbieder is told when it is near and not yet there', async (_when, until, told) => {
    await world.keep({ number: 1, bsn: person, until })
    await world.look()
    expect(await world.takeTold()).toEqual(told)
  })

  test('is told on the day on which it comes near, and on no other', async () => {
    await world.keep({ number: 1, bsn: person, until: '2027-02-24' })
    const look = world.start()
    await look()
    world.moveDays(1)
    await look()
    expect(await world.takeTold()).toEqual([])
    world.moveDays(1)
    await look()
    expect(await world.takeTold()).toEqual([ends(1, 3)])
    world.moveDays(1)
    await look()
    await world.look()
    expect(await world.takeTold()).toEqual([])
  })

  test('comes near at midnight in the Netherlands', async () => {
    await world.keep({ number: 1, bsn: person, until: '2027-02-23' })
    world.node.clock.move((Date.parse('2026-11-24T22:59:59Z') - world.node.clock.now()) / 1000)
    const look = world.start()
    await look()
    expect(await world.takeTold()).toEqual([])
    world.node.clock.move(1)
    await look()
    expect(await world.takeTold()).toEqual([ends(1, 3)])
  })

  test('is told anew when it ends on another day, and not for any other change', async () => {
    await world.keep({ number: 1, bsn: person, until: '2027-01-31' })
    await world.look()
    expect(await world.takeTold()).toEqual([ends(1, 3)])
    await world.keep({ number: 1, bsn: person, until: '2027-01-31', aanbieder: '06999902' })
    await world.look()
    expect(await world.takeTold()).toEqual([])
    await world.keep({ number: 1, bsn: person, until: '2027-02-01', aanbieder: '06999902' })
    await world.look()
    const [told, ...others] = await world.takeTold()
    expect([told?.replace(/ \d+$/, ''), others]).toEqual([ends(1, 0, '06999902').replace(/ \d+$/, ''), []])
    await world.keep({ number: 1, bsn: person, until: '2028-01-31', aanbieder: '06999902' })
    await world.look()
    expect(await world.takeTold()).toEqual([])
  })

  test('is told to nobody when it was removed, or its end was, before the day', async () => {
    await world.keep({ number: 1, bsn: person, until: '2027-03-31' })
    await world.keep({ number: 2, bsn: testPersons[1], until: '2027-03-31' })
    await world.look()
    await world.remove('Toewijzing', recordId('c', 1))
    await world.keep({ number: 2, bsn: testPersons[1], until: null })
    world.moveDays(60)
    await world.look()
    expect(await world.takeTold()).toEqual([])
  })

  test('names an aanbieder that is none: it is passed over, and holds up no other', async () => {
    await world.keep({ number: 1, bsn: person, until: '2027-01-31', aanbieder: 'onbekend' })
    await world.addToewijzing({ number: 2, of: 1, until: '2027-01-31' })
    await world.look()
    expect(await world.takeTold()).toEqual([ends(2, 4)])
  })

  test('is told by a pointer that holds nothing of the person, with an account', async () => {
    await world.keep({ number: 1, bsn: person, until: '2027-01-31' })
    await world.look()
    await world.takeTold()
    expect(world.rows).toMatchObject([{ subjects: [{ recordID: `Toewijzing/${recordId('c', 1)}` }], version: 3 }])
    const queued = (await world.node.journal()).filter(({ code }) => code === 'notification.queued')
    expect(queued).toMatchObject([{ actor: { user: { id: 'node: timers' } } }])
    expect(queued[0]?.persons).toHaveLength(1)
    expect(JSON.stringify([world.rows, await world.node.journal()])).not.toContain(person)
  })
})

describe('a day that comes near', () => {
  test('is told once after a kill in between', async () => {
    await world.keep({ number: 1, bsn: person, until: '2027-01-31' })
    await world.addToewijzing({ number: 2, of: 1, until: '2027-01-31' })
    const { store } = world.node
    let told = 0
    const killed = world.look({
      write(operations) {
        const isTold = operations.some((each) => 'collection' in each && each.collection === 'outbox')
        told += isTold ? 1 : 0
        return isTold ? Promise.reject(new NodeError('store.unavailable')) : store.write(operations)
      },
    })
    await expect(killed).rejects.toThrow('store.unavailable')
    expect([told, await world.takeTold()]).toEqual([1, []])
    await world.look()
    expect(await world.takeTold()).toEqual([ends(1, 3), ends(2, 4)])
    await world.look()
    expect(await world.takeTold()).toEqual([])
  })

  test('is told once by two processes that look at the same moment', async () => {
    await world.keep({ number: 1, bsn: person, until: '2027-01-31' })
    for (let number = 2; number <= 9; number += 1) await world.addToewijzing({ number, of: 1, until: '2027-01-31' })
    const looks = [world.start(), world.start()]
    await Promise.all(looks.map((look) => look()))
    for (const look of looks) await look()
    const told = await world.takeTold()
    expect(new Set(told).size).toBe(told.length)
    expect(told.length).toBe(9)
    expect(world.rows).toHaveLength(9)
  })

  test('is told at the next look when the lease was lost in the middle of one', async () => {
    await world.keep({ number: 1, bsn: person, until: '2027-01-31' })
    for (let number = 2; number <= 120; number += 1) await world.addToewijzing({ number, of: 1, until: '2027-01-31' })
    let isLost = true
    const look = world.start({ leaseOf: (lease) => (isLost ? { ...lease, signal: AbortSignal.abort() } : lease) })
    await look()
    const told = await world.takeTold()
    expect(told.length).toBeGreaterThan(0)
    expect(told.length).toBeLessThan(120)
    isLost = false
    await look()
    expect(told.length + (await world.takeTold()).length).toBe(120)
  })

  test('costs nothing as long as it is far: what is looked at are the days that are near', async () => {
    await world.keep({ number: 1, bsn: person, until: '2027-01-31' })
    for (let number = 2; number <= 160; number += 1) await world.addToewijzing({ number, of: 1, until: '2028-01-31' })
    await world.look()
    expect(await world.takeTold()).toEqual([ends(1, 3)])
    world.takeReads()
    world.moveDays(1)
    await world.look()
    expect(world.takeReads()).toBeLessThan(15)
  })

  test('is chosen by the settings: other days, also later, and off', async () => {
    await world.keep({ number: 1, bsn: person, until: '2027-01-01' })
    const timers = (days: number | 'off') => ({ timers: { AFLOPENDE_TOEWIJZING_ZORGAANBIEDER: days } }) as const
    await world.look(timers('off'))
    await world.look(timers(30))
    expect(await world.takeTold()).toEqual([])
    await world.look(timers(60))
    expect(await world.takeTold()).toEqual([ends(1, 3)])
    await world.look(timers('off'))
    await world.look()
    expect(await world.takeTold()).toEqual([])
  })

  test('cannot be chosen for an event that no timer sends', async () => {
    await expect(world.look({ timers: { LEEFTIJD_18_NADERT: 180 } })).rejects.toMatchObject({
      code: 'config.invalid',
      notes: [expect.stringContaining('LEEFTIJD_18_NADERT is none of AFLOPENDE_TOEWIJZING_ZORGAANBIEDER')],
    })
  })
})

describe('the zorgkantoor', () => {
  test('is told where it asked to follow the person, once there is a ground for it', async () => {
    const asked: unknown[] = []
    world = await openTimerWorld({
      matching(query) {
        asked.push(query)
        return Promise.resolve([zorgkantoor])
      },
    })
    await world.keep({ number: 1, bsn: person, until: '2027-01-31' })
    await world.look()
    expect([await world.takeTold(), asked]).toEqual([[ends(1, 3)], []])
    await world.look({ sandbox: true })
    expect(await world.takeTold()).toEqual([
      `AFLOPENDE_TOEWIJZING_ZORGKANTOOR UZOVI:5999 Toewijzing/${recordId('c', 1)} 3`,
    ])
    expect(asked).toEqual([{ party: 'gemeente', eventType: 'AFLOPENDE_TOEWIJZING_ZORGKANTOOR', bsn: person }])
  })
})

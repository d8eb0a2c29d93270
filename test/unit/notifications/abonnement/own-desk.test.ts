import { beforeEach, describe, expect, test } from '@jest/globals'
import { NodeError } from '../../../../node/kernel/errors.js'
import { readWishes } from '../../../../node/notifications/abonnement/own-wishes.js'
import type { Configuration, ConfigurationInput } from '../../../../schemas/configuration.js'
import { configurationSchema } from '../../../../schemas/configuration.js'
import { event, openAbonnementWorld } from '../../../support/abonnement-world.js'
import { openFollowWorld, usualWish, type FollowWorld } from '../../../support/follow-world.js'
import {
  gemeente,
  openGemeenteRegister,
  recordId,
  testPersons,
  toewijzingen,
} from '../../../support/gemeente-register.js'
import { rejectionOf } from '../../../support/refusals.js'

const [bsn, other] = testPersons
const by = 'een beheerder'
const page = { limit: 100 }

let world: FollowWorld

beforeEach(async () => {
  world = await openFollowWorld([])
  await world.register.keep({ number: 1, bsn })
})

const orderFor = (zaak: object | undefined, changes: object = {}) =>
  world.desk.order(
    gemeente,
    {
      bronhouder: 'ciz',
      eventType: event,
      doel: 'WMO_UITVOERING',
      by,
      ...(zaak === undefined ? {} : { zaak: { source: toewijzingen, ...zaak } }),
      ...changes,
    },
    { by },
  )
const heard = (person: string) => world.bronhouder.match({ party: 'ciz', eventType: event, bsn: person })

describe('an abonnement that an application wants', () => {
  test.each([[{ bsn }], [{ clientID: recordId('a', 1).toUpperCase() }]])('for the case %j is taken', async (zaak) => {
    const ordered = await orderFor(zaak)
    expect(ordered).toMatchObject({ state: 'wanted', origin: 'application', zaak: { clientID: recordId('a', 1) } })
    await world.round()
    expect(await heard(bsn)).toHaveLength(1)
    expect((await world.desk.list(gemeente, page)).abonnementen).toMatchObject([{ id: ordered.id, state: 'active' }])
  })

  test('stays as long as there is a case, and ends with it', async () => {
    await orderFor({ bsn })
    await world.newDay()
    expect(await heard(bsn)).toHaveLength(1)
    await world.register.keep({ number: 1, bsn, until: '2026-11-23' })
    await world.round()
    expect([await heard(bsn), await world.own()]).toEqual([[], []])
  })

  test('is renewed and ended when that is asked', async () => {
    const { id } = await orderFor({ bsn })
    await world.round()
    expect((await world.desk.renew(gemeente, id, { by })).state).toBe('renewing')
    await world.round()
    expect((await world.desk.end(gemeente, id, { by })).state).toBe('ending')
    await world.round()
    expect(world.calls).toEqual(['createAbonnement', 'verlengAbonnement', 'deleteAbonnement'])
    expect(await world.own()).toEqual([])
  })

  test('stays ended, though it could not be ended before a new day or before its case changed', async () => {
    const { id } = await orderFor({ bsn })
    await world.round()
    world.breakWith('outbound.failed')
    await world.desk.end(gemeente, id, { by })
    await world.newDay()
    await world.register.keep({ number: 1, bsn, aanbieder: '06999902' })
    await world.round()
    expect(await world.own()).toMatchObject([{ state: 'ending' }])
    world.breakWith(undefined)
    world.move(60)
    await world.round()
    expect([await heard(bsn), await world.own()]).toEqual([[], []])
  })

  test('can be ended while the bronhouder gives it, and is not left behind there', async () => {
    const { id } = await orderFor({ bsn })
    world.meanwhile(() => world.desk.end(gemeente, id, { by }))
    await world.round()
    await world.round()
    expect([await heard(bsn), await world.own()]).toEqual([[], []])
    expect(world.calls).toEqual(['createAbonnement', 'deleteAbonnement'])
  })

  test('is not renewed for a case that is over, but ended', async () => {
    await world.register.keep({ number: 1, bsn, until: '2026-11-24' })
    const { id } = await orderFor({ bsn })
    await world.round()
    world.move(86_400)
    await world.desk.renew(gemeente, id, { by })
    await world.round()
    await world.round()
    expect(world.calls).toEqual(['createAbonnement', 'deleteAbonnement'])
    expect([await heard(bsn), await world.own()]).toEqual([[], []])
  })

  test('follows nobody but who has the number now, though it could not be changed over there before a new day', async () => {
    await orderFor({ bsn })
    await world.round()
    world.breakWith('outbound.failed')
    await world.register.keep({ number: 1, bsn: other })
    await world.round()
    await world.newDay()
    world.breakWith(undefined)
    world.move(60)
    await world.round()
    expect([await heard(bsn), (await heard(other)).length]).toEqual([[], 1])
    expect(await world.own()).toMatchObject([{ state: 'active', origin: 'application' }])
  })

  test('whose case cannot be read on a new day holds up no other', async () => {
    await world.register.keep({ number: 2, bsn: other })
    await orderFor({ bsn })
    await world.round()
    await orderFor({ bsn: other })
    await world.newDayWith({ ...world.ownCases, find: () => Promise.reject(new NodeError('source.bad_record')) })
    expect([(await heard(bsn)).length, (await heard(other)).length]).toEqual([1, 1])
  })

  test('is ended by the settings alone once they want it too', async () => {
    const { id } = await orderFor({ bsn })
    await world.round()
    await world.restartWith([usualWish])
    expect((await rejectionOf(world.desk.end(gemeente, id, { by }))).code).toBe('notification.abonnement_by_settings')
    await world.restartWith([])
    expect([await heard(bsn), await world.own()]).toEqual([[], []])
  })

  test('is ordered in the journal, by whom, and with nobody’s number', async () => {
    await orderFor({ bsn })
    const journal = await world.register.node.journal()
    expect(journal.find(({ code }) => code === 'abonnement.ordered')).toMatchObject({
      action: 'create',
      actor: { user: { id: by } },
      purpose: 'WMO_UITVOERING',
      object: { peer: 'ciz', operation: event },
    })
    expect(JSON.stringify(journal)).not.toContain(bsn)
  })

  test.each([
    ['a person without a case', { bsn: other }, {}, 'notification.no_own_case'],
    ['a client without a case', { clientID: recordId('a', 9) }, {}, 'notification.no_own_case'],
    ['a number that nobody can have', { bsn: '999990018' }, {}, 'identifier.malformed'],
    ['nobody', {}, {}, 'request.bad_body'],
    ['two persons', { bsn, clientID: recordId('a', 1) }, {}, 'request.bad_body'],
    ['no case', undefined, {}, 'request.bad_body'],
    ['a register that is not there', { source: 'ander', bsn }, {}, 'source.unknown'],
    ['an event without a rule', { bsn }, { eventType: 'NIEUWE_MAAN' }, 'notification.abonnement_unknown'],
    [
      'a case for what follows nobody',
      { bsn },
      { eventType: 'NIEUWE_INDICATIE_CAK', doel: 'EIGEN_BIJDRAGE' },
      'request.bad_body',
    ],
  ])('for %s is refused', async (_what, zaak, changes, code) => {
    expect((await rejectionOf(orderFor(zaak, changes))).code).toBe(code)
    expect(await world.own()).toEqual([])
  })

  test('of another party, or that is not there, is found by nobody', async () => {
    const { id } = await orderFor({ bsn })
    for (const [party, name] of [
      ['ander', id],
      [gemeente, 'x'],
    ] as const) {
      expect((await rejectionOf(world.desk.renew(party, name, { by }))).code).toBe('notification.abonnement_unknown')
      expect((await rejectionOf(world.desk.end(party, name, { by }))).code).toBe('notification.abonnement_unknown')
    }
  })
})

describe('what the settings want', () => {
  const { rules } = openAbonnementWorld()

  async function wishesOf(...abonnementen: readonly object[]) {
    const { servedSources } = await openGemeenteRegister()
    const parties = [{ subject: gemeente, notifications: { abonnementen } }] as ConfigurationInput['parties']
    const configuration: Configuration = configurationSchema.parse({ url: 'https://node.example.nl', parties })
    return readWishes({ configuration, rules, servedSources })
  }
  const wish = { bronhouder: 'ciz', eventType: event, doel: 'WMO_UITVOERING' }

  test('is each own case of a register, or nobody in particular', async () => {
    const cak = { bronhouder: 'ciz', eventType: 'NIEUWE_INDICATIE_CAK', doel: 'EIGEN_BIJDRAGE' }
    expect(await wishesOf({ ...wish, zaken: toewijzingen }, cak)).toEqual([
      { party: gemeente, ...wish, cases: { party: gemeente, source: toewijzingen, domein: 'WMO' } },
      { party: gemeente, ...cak },
    ])
  })

  test.each([
    ['an event without a rule', { ...wish, eventType: 'NIEUWE_MAAN' }, 'there is no rule'],
    ['another doel', { ...wish, doel: 'WLZ_UITVOERING' }, 'there is no rule'],
    ['no cases', wish, 'give zaken'],
    ['cases of a register that is not there', { ...wish, zaken: 'ander' }, 'no own register'],
    [
      'cases for what follows nobody',
      { bronhouder: 'ciz', eventType: 'NIEUWE_INDICATIE_CAK', doel: 'EIGEN_BIJDRAGE', zaken: toewijzingen },
      'no own register',
    ],
  ])('stops the start with %s', async (_what, abonnement, why) => {
    const { code, notes } = await rejectionOf(wishesOf(abonnement))
    expect([code, notes.join()]).toEqual(['config.invalid', expect.stringContaining(why)])
  })
})

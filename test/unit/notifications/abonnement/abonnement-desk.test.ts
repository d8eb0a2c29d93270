import { beforeEach, describe, expect, test } from '@jest/globals'
import {
  callerOf,
  event,
  following,
  jeugdwet,
  openAbonnementWorld,
  wlz,
  wmo,
} from '../../../support/abonnement-world.js'
import type { AbonnementWorld } from '../../../support/abonnement-world.js'
import { openGemeenteRegister, testPersons } from '../../../support/gemeente-register.js'
import { moment } from '../../../support/node-parts.js'
import { rejectionOf } from '../../../support/refusals.js'

const [bsn, other] = testPersons
const caller = callerOf()
const dayMilliseconds = 86_400_000

let world: AbonnementWorld

beforeEach(() => {
  world = openAbonnementWorld()
})

/** What a refusal says inside and outside, without the words for the operational log. */
async function refusalOf(promise: Promise<unknown>): Promise<string> {
  const { code, notes } = await rejectionOf(promise)
  return [code, ...notes].join(' ')
}

describe('an abonnement', () => {
  test('says what it is about and until when, and not whom it follows', async () => {
    const taken = await world.desk.create(following(bsn), caller)
    expect(taken).toEqual({
      abonnementID: expect.stringMatching(/^[0-9a-f-]{36}$/),
      abonnementId: taken.abonnementID,
      notificatieTypeID: event,
      eventType: event,
      abonneeIDType: 'GEMEENTECODE',
      abonneeID: '9998',
      doel: 'WMO_UITVOERING',
      grondslag: wmo,
      aangemaaktOp: '2026-11-24T09:00:00Z',
      geldigTot: '2027-11-25T09:00:00Z',
      isVolgindicatie: true,
    })
  })

  test('is the same one when it is asked again, until the newest end', async () => {
    const first = await world.desk.create(following(bsn), caller)
    world.node.clock.move(3600)
    const again = await world.desk.create(following(bsn, { geldigTot: '2026-12-24T09:00:00Z' }), caller)
    expect(again).toEqual({ ...first, geldigTot: '2026-12-24T09:00:00Z' })
    expect((await world.desk.list({}, caller)).abonnementen).toEqual([again])
  })

  test('of two persons, two roles and two organisations is never the same one', async () => {
    const ids = [
      await world.desk.create(following(bsn), caller),
      await world.desk.create(following(other), caller),
      await world.desk.create(following(bsn), callerOf('9998', 'gemeente-wmo')),
      await world.desk.create(following(bsn, { abonneeID: '9997' }), callerOf('9997')),
    ].map(({ abonnementID }) => abonnementID)
    expect(new Set(ids).size).toBe(4)
  })

  test('lasts no longer than its rule lets it', async () => {
    const taken = await world.desk.create(following(bsn, { geldigTot: '2036-01-01T00:00:00Z' }), caller)
    expect(Date.parse(taken.geldigTot)).toBe(moment + 366 * dayMilliseconds)
  })

  test('can be asked in both spellings of the draft', async () => {
    const taken = await world.desk.create(following(bsn), caller)
    const { volgindicatie, doel, grondslag } = following(bsn)
    const spelled = {
      organisatieId: 'GEMEENTECODE:9998',
      eventType: event,
      idTypeAbonnee: 'GEMEENTECODE',
      idAbonnee: '9998',
      geldigTot: null,
      volgindicatie,
      doel,
      grondslag,
    }
    expect(await world.desk.create(spelled, caller)).toEqual(taken)
  })

  test('for nobody in particular is for who has a rule for that', async () => {
    const cak = { ...callerOf(), abonnee: { idType: 'KVK', id: '90000380', role: 'cak' } } as const
    const input = {
      notificatieTypeID: 'NIEUWE_INDICATIE_CAK',
      abonneeIDType: 'KVK',
      abonneeID: '90000380',
      doel: 'EIGEN_BIJDRAGE',
      grondslag: wlz,
    }
    expect(await world.desk.create(input, cak)).toMatchObject({ isVolgindicatie: false })
    expect(await refusalOf(world.desk.create({ ...input, volgindicatie: { bsn } }, cak))).toBe(
      'notification.abonnement_refused',
    )
  })
})

describe('every refusal is the same one', () => {
  test.each([
    ['no input', undefined],
    ['no person', following(bsn, { volgindicatie: null })],
    ['a number that nobody can have', following('999990018')],
    ['another member', following(bsn, { naam: 'x' })],
    ['an unknown event type', following(bsn, { notificatieTypeID: 'NIEUWE_SCOOTER_GEMEENTE' })],
    [
      'an event type that is sent without asking',
      following(bsn, { notificatieTypeID: 'NIEUWE_INDICATIE_ZORGKANTOOR' }),
    ],
    ['an event type of another role', following(bsn, { notificatieTypeID: 'NIEUWE_INDICATIE_CAK' })],
    ['two event types', following(bsn, { eventType: 'VERVALLEN_INDICATIE_GEMEENTE' })],
    ['another organisation', following(bsn, { abonneeID: '9997' })],
    ['another kind of identifier', following(bsn, { abonneeIDType: 'KVK', abonneeID: '90000380' })],
    ['an organisation that is somebody else', following(bsn, { organisatieId: 'GEMEENTECODE:9997' })],
    ['the number of a person as organisation', following(bsn, { abonneeIDType: 'BSN', abonneeID: bsn })],
    ['another purpose', following(bsn, { doel: 'WLZ_UITVOERING' })],
    ['another ground', following(bsn, { grondslag: jeugdwet })],
    ['an end that is over', following(bsn, { geldigTot: '2026-11-24T08:59:59Z' })],
    ['an end that is no time', following(bsn, { geldigTot: 'morgen' })],
  ])('for %s', async (_what, input) => {
    expect(await refusalOf(world.desk.create(input, caller))).toBe('notification.abonnement_refused')
    expect((await world.desk.list({}, caller)).abonnementen).toEqual([])
  })

  test('for a desk whose law waits for a change, and outside a sandbox only', async () => {
    const jw = callerOf('9998', 'gemeente-jw')
    const input = following(bsn, { doel: 'JW_UITVOERING', grondslag: jeugdwet })
    expect(await refusalOf(world.desk.create(input, jw))).toBe('notification.abonnement_refused')
    expect(await openAbonnementWorld({ sandbox: true }).desk.create(input, jw)).toMatchObject({ isVolgindicatie: true })
  })

  test.each(['renew', 'end'] as const)('for who would %s what is somebody else’s, or was never there', async (act) => {
    const { abonnementID } = await world.desk.create(following(bsn), caller)
    const never = 'c0a80101-0000-4000-8000-000000000001'
    const strangers = [callerOf('9997'), callerOf('9998', 'gemeente-wmo'), { ...caller, party: 'cak' }]
    for (const stranger of strangers)
      expect(await refusalOf(world.desk[act]({ abonnementID }, stranger))).toBe('notification.abonnement_refused')
    for (const input of [{ abonnementID: never }, {}, { abonnementID, abonnementId: never }, { abonnementID: bsn }])
      expect(await refusalOf(world.desk[act](input, caller))).toBe('notification.abonnement_refused')
    expect(await world.desk[act]({ abonnementId: abonnementID.toUpperCase() }, caller)).toMatchObject({ abonnementID })
  })

  test('with the same words in the journal, and with nobody in it', async () => {
    await rejectionOf(world.desk.create(following(bsn, { doel: 'WLZ_UITVOERING' }), caller))
    expect((await world.node.journal()).at(-1)).toEqual({
      code: 'abonnement.changed',
      action: 'create',
      outcome: 'refused',
      error: 'notification.abonnement_refused',
      party: 'ciz',
      actor: { did: caller.did, role: 'gemeente', identifier: 'GEMEENTECODE:9998' },
      trace: caller.trace,
    })
  })
})

describe('nobody learns whether somebody is known', () => {
  test('because asking for a known person reads and writes what asking for an unknown one does', async () => {
    // A register in the same store that knows the one and not the other.
    const register = await openGemeenteRegister({ node: world.node })
    await register.keep({ number: 1, bsn })
    world.takeWork()
    const known = await world.desk.create(following(bsn), caller)
    const workForKnown = world.takeWork()
    const unknown = await world.desk.create(following(other), caller)
    expect(world.takeWork()).toEqual(workForKnown)
    expect(Object.keys(unknown)).toEqual(Object.keys(known))
    expect({ ...unknown, abonnementID: '', abonnementId: '' }).toEqual({ ...known, abonnementID: '', abonnementId: '' })
  })

  test('and the store and the journal hold the number of nobody', async () => {
    await world.desk.create(following(bsn), caller)
    await rejectionOf(world.desk.create(following(other, { doel: 'WLZ_UITVOERING' }), caller))
    const everything = await world.dump()
    expect(everything).toContain('abonnementen')
    expect(everything).not.toContain(bsn)
    expect(everything).not.toContain(other)
  })
})

describe('who has abonnementen', () => {
  test('sees its own, page by page, and nobody else’s', async () => {
    for (const person of testPersons) await world.desk.create(following(person), caller)
    await world.desk.create(following(bsn, { abonneeID: '9997' }), callerOf('9997'))
    const first = await world.desk.list({ eerste: 2 }, caller)
    const second = await world.desk.list({ eerste: 2, na: first.volgende }, caller)
    expect([first.abonnementen.length, second.abonnementen.length, second.volgende]).toEqual([2, 1, null])
    const ids = [...first.abonnementen, ...second.abonnementen].map(({ abonnementID }) => abonnementID)
    expect(new Set(ids).size).toBe(3)
    expect((await world.desk.list({}, callerOf('9998', 'gemeente-wmo'))).abonnementen).toEqual([])
  })

  test.each([[{ eerste: 0 }], [{ eerste: 501 }], [{ eerste: '1' }], [{ na: 'x' }], [{ na: 7 }]])(
    'is refused the page %j',
    async (page) => {
      await world.desk.create(following(bsn), caller)
      expect(await refusalOf(world.desk.list(page, caller))).toBe('notification.abonnement_refused')
    },
  )

  test('ends one, which is then gone', async () => {
    const { abonnementID } = await world.desk.create(following(bsn), caller)
    expect(await world.desk.end({ abonnementID }, caller)).toEqual({ abonnementID, abonnementId: abonnementID })
    expect((await world.desk.list({}, caller)).abonnementen).toEqual([])
    expect(await refusalOf(world.desk.end({ abonnementID }, caller))).toBe('notification.abonnement_refused')
  })

  test('renews one before it ends, and not after', async () => {
    const { abonnementID } = await world.desk.create(following(bsn, { geldigTot: '2026-11-25T09:00:00Z' }), caller)
    const renewed = await world.desk.renew({ abonnementID, geldigTot: '2026-11-26T09:00:00Z' }, caller)
    expect(renewed.geldigTot).toBe('2026-11-26T09:00:00Z')
    world.node.clock.move(2 * 86_400 + 1)
    expect(await refusalOf(world.desk.renew({ abonnementID }, caller))).toBe('notification.abonnement_refused')
    expect((await world.desk.list({}, caller)).abonnementen).toEqual([])
  })

  test('has no more than there may be, and may take one again after ending one', async () => {
    world = openAbonnementWorld({ maxPerAbonnee: 2 })
    const first = await world.desk.create(following(bsn), caller)
    await world.desk.create(following(other), caller)
    expect(await refusalOf(world.desk.create(following(testPersons[2]), caller))).toBe('notification.abonnement_quota')
    // What is there may be asked again, and others are not held up.
    await world.desk.create(following(other), caller)
    await world.desk.create(following(bsn, { abonneeID: '9997' }), callerOf('9997'))
    await world.desk.end({ abonnementID: first.abonnementID }, caller)
    await world.desk.create(following(testPersons[2]), caller)
  })

  test('may take others when some have ended by themselves', async () => {
    world = openAbonnementWorld({ maxPerAbonnee: 1 })
    await world.desk.create(following(bsn, { geldigTot: '2026-11-24T10:00:00Z' }), caller)
    world.node.clock.move(2 * 3600)
    expect(await world.desk.create(following(other), caller)).toMatchObject({ isVolgindicatie: true })
  })

  test('takes each once when many ask at the same moment', async () => {
    await Promise.all(
      testPersons.flatMap((person) => [1, 2, 3].map(() => world.desk.create(following(person), caller))),
    )
    expect((await world.desk.list({}, caller)).abonnementen).toHaveLength(testPersons.length)
  })
})

describe('who hears of a change', () => {
  const matched = (who: string | undefined, eventType = event, party = 'ciz') =>
    world.match({ party, eventType, bsn: who })

  test('is who follows the person in that kind of event at that bronhouder', async () => {
    const { abonnementID } = await world.desk.create(following(bsn), caller)
    const receiver = { idType: 'GEMEENTECODE', id: '9998' }
    expect(await matched(bsn)).toEqual([{ receiver, role: 'gemeente', abonnementID }])
    expect(await matched(other)).toEqual([])
    expect(await matched(undefined)).toEqual([])
    expect(await matched(bsn, 'VERVALLEN_INDICATIE_GEMEENTE')).toEqual([])
    expect(await matched(bsn, event, 'cak')).toEqual([])
  })

  test('is who wants to hear of all, whoever it is about', async () => {
    const cak = { ...callerOf(), abonnee: { idType: 'KVK', id: '90000380', role: 'cak' } } as const
    const eventType = 'NIEUWE_INDICATIE_CAK'
    const input = { eventType, abonneeIDType: 'KVK', abonneeID: '90000380', doel: 'EIGEN_BIJDRAGE', grondslag: wlz }
    await world.desk.create(input, cak)
    expect(await matched(bsn, eventType)).toHaveLength(1)
    expect(await matched(undefined, eventType)).toHaveLength(1)
  })

  test('is nobody whose abonnement has ended, or whose ground has', async () => {
    const sandbox = openAbonnementWorld({ sandbox: true, store: world.node.store })
    const jw = callerOf('9998', 'gemeente-jw')
    await sandbox.desk.create(following(bsn, { doel: 'JW_UITVOERING', grondslag: jeugdwet }), jw)
    expect(await sandbox.match({ party: 'ciz', eventType: event, bsn })).toHaveLength(1)
    expect(await matched(bsn)).toEqual([])
    await world.desk.create(following(bsn, { geldigTot: '2026-11-25T09:00:00Z' }), caller)
    expect(await matched(bsn)).toHaveLength(1)
    world.node.clock.move(86_401)
    expect(await matched(bsn)).toEqual([])
  })
})

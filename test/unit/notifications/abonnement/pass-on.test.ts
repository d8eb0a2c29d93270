import { beforeEach, describe, expect, test } from '@jest/globals'
import { silentLog } from '../../../../node/kernel/log.js'
import type { ReceivedMessage } from '../../../../node/notifications/inbox-records.js'
import { createFindToldCases } from '../../../../node/notifications/abonnement/find-told-cases.js'
import { createPassOn } from '../../../../node/notifications/abonnement/pass-on.js'
import type { OutgoingMessage } from '../../../../node/notifications/outbox/enqueue.js'
import { personPseudonym } from '../../../../node/audit/person.js'
import { put } from '../../../../node/stores/contracts.js'
import { event } from '../../../support/abonnement-world.js'
import { ciz, openFollowWorld, usualWish, type FollowWorld } from '../../../support/follow-world.js'
import { moment } from '../../../support/node-parts.js'
import { gemeente, recordId, testPersons } from '../../../support/gemeente-register.js'

const [bsn] = testPersons
const recordID = 'WlzIndicatie/53089759-97a5-4a50-b1c9-bae97b8e73f0'
const notificatieID = '5b0c7f2e-1d5a-4a53-9f57-3d1c5f0f4a11'

let world: FollowWorld
let enqueued: OutgoingMessage[]

beforeEach(async () => {
  world = await openFollowWorld([usualWish, { ...usualWish, eventType: 'VERVALLEN_INDICATIE_GEMEENTE' }])
  enqueued = []
  await world.register.keep({ number: 1, bsn, aanbieder: '06999901' })
  await world.round()
})

const numberOf = async (eventType: string): Promise<string> =>
  (await world.own()).find((own) => own.eventType === eventType)?.abonnementID ?? ''

async function passOn(changes: Partial<ReceivedMessage> = {}): Promise<readonly OutgoingMessage[]> {
  const message: ReceivedMessage = {
    party: gemeente,
    kind: 'notificatie',
    notificatieID,
    receivedAt: moment,
    sender: { did: ciz },
    source: 'sent',
    encoding: 'graphql',
    traceId: '0af7651916cd43dd8448eb211c80319c',
    timestamp: '2026-11-24T09:00:00Z',
    afzenderIDType: 'KVK',
    afzenderID: '62253778',
    ontvangerIDType: 'GEMEENTECODE',
    ontvangerID: '9998',
    ontvangerKenmerk: await numberOf(event),
    eventType: event,
    subjectList: [{ subject: recordID, recordID }],
    ...changes,
  }
  const { node, servedSources } = world.register
  const { rules } = world.bronhouder
  const findToldCases = createFindToldCases({
    ...node,
    servedSources,
    log: silentLog,
    rules,
    ownCases: world.ownCases,
    names: world.names,
  })
  const hook = createPassOn({
    ...node,
    findToldCases,
    enqueue(told) {
      enqueued.push(told)
      return [put({ name: 'test' }, [String(enqueued.length)], null)]
    },
  })
  const operations = await hook.operations(message)
  expect(operations).toHaveLength(enqueued.length)
  return enqueued
}

describe('a notification about an own case', () => {
  test('is told on to the aanbieder of the running toewijzing, as a pointer to what that knows', async () => {
    expect(await passOn()).toEqual([
      {
        party: gemeente,
        kind: 'notificatie',
        eventType: 'NIEUWE_INDICATIE_ZORGAANBIEDER',
        receiver: { idType: 'AGB', id: '06999901' },
        subjects: [{ subject: `Toewijzing/${recordId('c', 1)}`, recordID }],
        recordID,
        version: moment,
        persons: [personPseudonym(world.register.node.audit, bsn)],
      },
    ])
    expect(JSON.stringify(enqueued)).not.toContain(bsn)
  })

  test('is told to every aanbieder once, with all its toewijzingen', async () => {
    await world.register.addToewijzing({ number: 2, of: 1, aanbieder: '06999902' })
    await world.register.addToewijzing({ number: 3, of: 1, aanbieder: '06999901' })
    const told = await passOn()
    expect(told.map(({ receiver, subjects }) => [receiver.id, subjects.length])).toEqual([
      ['06999901', 2],
      ['06999902', 1],
    ])
  })

  test('is told to the aanbieders of every case of the person, to each once', async () => {
    await world.register.keep({ number: 2, bsn, aanbieder: '06999902' })
    await world.register.addToewijzing({ number: 3, of: 2, aanbieder: '06999901' })
    await world.round()
    const told = (await passOn()).map(({ receiver, subjects }) => `${receiver.id} ${String(subjects.length)}`)
    expect(told.sort()).toEqual(['06999901 2', '06999902 1'])
  })

  test('is not told to an aanbieder whose toewijzing is over', async () => {
    await world.register.addToewijzing({ number: 2, of: 1, aanbieder: '06999902', until: '2026-11-23' })
    expect((await passOn()).map(({ receiver }) => receiver.id)).toEqual(['06999901'])
  })

  test('is told to nobody when the case has ended meanwhile', async () => {
    await world.register.keep({ number: 1, bsn, until: '2026-11-23' })
    expect(await passOn()).toEqual([])
  })

  test('is told to nobody when the number of the client was corrected meanwhile', async () => {
    await world.register.keep({ number: 1, bsn: testPersons[1], aanbieder: '06999901' })
    expect(await passOn()).toEqual([])
  })

  test('is told to nobody when its rule tells nothing on', async () => {
    const eventType = 'VERVALLEN_INDICATIE_GEMEENTE'
    expect(await passOn({ eventType, ontvangerKenmerk: await numberOf(eventType) })).toEqual([])
  })
})

describe('a notification that was asked for at its sender afterwards', () => {
  test('is told on all the same', async () => {
    expect(await passOn({ source: 'reconciliation', sender: {} })).toHaveLength(1)
  })
})

describe('a notification of a bronhouder that was not listed when it was asked', () => {
  beforeEach(async () => {
    world.unlist()
    await world.register.keep({ number: 2, bsn: testPersons[1], aanbieder: '06999902' })
    await world.round()
  })
  const ontvangerKenmerk = async (): Promise<string> =>
    (await world.own()).find((own) => own.zaak?.clientID === recordId('a', 2) && own.eventType === event)
      ?.abonnementID ?? ''

  test('is told on when its DID is the one that gave the abonnement', async () => {
    expect(await passOn({ ontvangerKenmerk: await ontvangerKenmerk() })).toHaveLength(1)
  })

  test.each([[{ did: 'did:web:ander.example.nl' }], [{}]])('is not told on when it comes from %j', async (sender) => {
    expect(await passOn({ sender, ontvangerKenmerk: await ontvangerKenmerk() })).toEqual([])
  })
})

describe('a notification that is not what it says', () => {
  test.each([
    ['comes from another than the bronhouder', { sender: { did: ciz }, afzenderID: '90000401' }],
    ['comes from another kind of number', { afzenderIDType: 'OIN' }],
    ['names no abonnement', { ontvangerKenmerk: 'ander' }],
    ['is about another event', { eventType: 'VERVALLEN_INDICATIE_GEMEENTE' }],
    ['is for another party', { party: 'ander' }],
    ['is a melding', { kind: 'melding' }],
  ] as const)('because it %s tells nothing on', async (_what, changes) => {
    expect(await passOn(changes)).toEqual([])
  })
})

import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createFixedClock } from '../../node/kernel/clock.js'
import { inboxPageSchema, type InboxMessage } from '../../schemas/wire/inbox.js'
import { reconciledSchema } from '../../schemas/wire/reconcile.js'
import {
  outboxDeliverySchema,
  outboxPageSchema,
  outboxReceiversSchema,
  type OutboxDelivery,
} from '../../schemas/wire/outbox.js'
import { accountOf } from '../support/journal.js'
import { startRegion, type Region } from '../support/region.js'
import { indicatieRecord, registerIndicaties } from '../support/registered-indicatie.js'

const clock = createFixedClock(Date.parse('2026-11-24T09:00:00Z'))
let region: Region
beforeAll(async () => {
  region = await startRegion({
    clock,
    configure: (name, settings) => ({
      ...settings,
      // Of zuid ten messages at once, and then one a second.
      parties: settings.parties?.map((party) =>
        name === 'zorgkantoor-zuid' ? { ...party, notifications: { perSecond: 1, senders: ['ciz'] } } : party,
      ),
    }),
  })
})
afterAll(() => region.end())

const base = '/internal/bronnet/v1/notifications/outbox/ciz'

const receiptsOf = (deliveries: readonly OutboxDelivery[]) => deliveries.map(({ receipt }) => receipt?.notificatieID)

/** What a party has in its inbox about these indicaties. */
async function inboxOf(
  name: string,
  records: readonly { readonly wlzindicatieID: string }[],
): Promise<readonly InboxMessage[]> {
  const { administrator } = region.world.member(name)
  const path = `/internal/bronnet/v1/notifications/inbox/${name}?state=all&limit=1000`
  const ids = new Set(records.map(({ wlzindicatieID }) => `WlzIndicatie/${wlzindicatieID}`))
  const { messages } = inboxPageSchema.parse(await administrator.call('GET', path))
  return messages.filter(({ subjectList }) => subjectList.some(({ recordID }) => ids.has(recordID)))
}

/** Asks CIZ what it sent. */
async function reconcile(name: string) {
  const path = `/internal/bronnet/v1/notifications/reconciliation/${name}`
  const { administrator } = region.world.member(name)
  return reconciledSchema.parse(await administrator.call('POST', path, { by: 'een beheerder', sender: 'ciz' })).senders
}

/** A part of the outbox of CIZ that is about these indicaties. */
async function outboxOf(
  part: 'waiting' | 'dead' | 'ended',
  records: readonly { readonly wlzindicatieID: string }[],
): Promise<readonly OutboxDelivery[]> {
  const { administrator } = region.world.member('ciz')
  const page = outboxPageSchema.parse(await administrator.call('GET', `${base}?part=${part}&limit=1000`))
  const ids = new Set(records.map(({ wlzindicatieID }) => `WlzIndicatie/${wlzindicatieID}`))
  return page.deliveries.filter(({ recordID }) => ids.has(recordID))
}

/** Looks until so many of them have come to an end. */
async function untilEnded(
  count: number,
  records: readonly { readonly wlzindicatieID: string }[],
): Promise<readonly OutboxDelivery[]> {
  for (;;) {
    const ended = await outboxOf('ended', records)
    if (ended.length >= count) return ended
    await setTimeout(20)
  }
}

test('an indicatie that is registered is told to its zorgkantoor, whose receipt is kept', async () => {
  const record = indicatieRecord('5999')
  let ended: readonly OutboxDelivery[] = []
  const account = await accountOf(region.world.member('zorgkantoor-noord'), async () => {
    await registerIndicaties(region, record)
    ended = await untilEnded(1, [record])
  })
  expect(ended).toMatchObject([
    {
      state: 'delivered',
      eventType: 'NIEUWE_INDICATIE_ZORGKANTOOR',
      receiver: { idType: 'UZOVI', id: '5999' },
      receipt: { notificatieID: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      attempts: 0,
    },
  ])
  const received = account.filter(({ code }) => code === 'notification.received')
  expect(received).toMatchObject([{ outcome: 'success', actor: { organization: 'CIZ' } }])
})

async function receiversOfCiz() {
  const { administrator } = region.world.member('ciz')
  return outboxReceiversSchema.parse(await administrator.call('GET', `${base}/receivers`)).receivers
}

test('what a receiver does not take waits, is found when it asks, and keeps its number when it comes after all', async () => {
  const records = Array.from({ length: 15 }, () => indicatieRecord('5998'))
  await registerIndicaties(region, ...records)
  await untilEnded(10, records)
  while ((await receiversOfCiz()).length === 0) await setTimeout(20)
  expect(await outboxOf('waiting', records)).toHaveLength(5)

  expect(await reconcile('zorgkantoor-zuid')).toEqual([{ sender: 'KVK:62253778', asked: 15, missed: 5, refused: 0 }])
  expect(await reconcile('zorgkantoor-zuid')).toMatchObject([{ missed: 0 }])
  const found = await inboxOf('zorgkantoor-zuid', records)
  expect(found).toHaveLength(15)
  expect(found.filter(({ source }) => source === 'reconciliation')).toHaveLength(5)

  clock.move(600)
  const ended = await untilEnded(15, records)
  expect(new Set(receiptsOf(ended))).toEqual(new Set(found.map(({ notificatieID }) => notificatieID)))
  expect(await inboxOf('zorgkantoor-zuid', records)).toHaveLength(15)
})

test('nobody is told what was sent to others, and both sides account for the question', async () => {
  const record = indicatieRecord('5999')
  await registerIndicaties(region, record)
  await untilEnded(1, [record])
  const account = await accountOf(region.world.member('ciz'), async () => {
    const [answer] = await reconcile('zorgkantoor-zuid')
    expect(answer).toMatchObject({ missed: 0, refused: 0 })
  })
  expect(await inboxOf('zorgkantoor-zuid', [record])).toEqual([])
  expect(account.filter(({ code }) => code === 'notification.compared')).toMatchObject([
    { action: 'read', outcome: 'success', actor: { identifier: 'uzovi:5998' } },
  ])
})

test('an application tells of what is in no register of the node, once for each version', async () => {
  const recordID = `WlzIndicatie/${indicatieRecord('5999').wlzindicatieID}`
  const message = {
    by: 'een applicatie',
    eventType: 'GEWIJZIGDE_INDICATIE_ZORGKANTOOR',
    receiver: { idType: 'UZOVI', id: '5999' },
    subjectList: [{ subject: recordID, recordID }],
    version: 3,
  }
  const { administrator } = region.world.member('ciz')
  const sent = outboxDeliverySchema.parse(await administrator.call('POST', base, message))
  await untilEnded(1, [{ wlzindicatieID: recordID.slice('WlzIndicatie/'.length) }])
  expect(await administrator.call('POST', base, message)).toMatchObject({
    deliveryID: sent.deliveryID,
    state: 'delivered',
  })
})

test.each([
  ['an event that nobody knows', { eventType: 'NIEUWE_MAAN_ZORGKANTOOR' }, 400],
  ['a number of a person', { subjectList: [{ subject: 'Client/999990019', recordID: 'Client/999990019' }] }, 400],
  ['a number of a person with points in it', { ontvangerKenmerk: '9999.90.019' }, 400],
  ['a receiver that is none', { receiver: { idType: 'UZOVI', id: '59' } }, 400],
  ['what waits for a change of law', { eventType: 'NIEUWE_INDICATIE_HUISARTS' }, 403],
])('%s is not sent', async (_case, changes, status) => {
  const recordID = `WlzIndicatie/${indicatieRecord('5999').wlzindicatieID}`
  const message = {
    by: 'een applicatie',
    eventType: 'NIEUWE_INDICATIE_ZORGKANTOOR',
    receiver: { idType: 'UZOVI', id: '5999' },
    subjectList: [{ subject: recordID, recordID }],
    version: 1,
    ...changes,
  }
  const asked = region.world.member('ciz').administrator.call('POST', base, message)
  await expect(asked).rejects.toThrow(`was answered with ${String(status)}`)
  await expect(asked).rejects.not.toThrow('999990019')
})

import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createFixedClock } from '../../node/kernel/clock.js'
import { outboxPageSchema, type OutboxDelivery } from '../../schemas/wire/outbox.js'
import { accountOf } from '../support/journal.js'
import { startRegion, type Region } from '../support/region.js'
import { indicatieRecord, registerIndicaties } from '../support/registered-indicatie.js'

const clock = createFixedClock(Date.parse('2026-11-24T09:00:00Z'))
let region: Region
beforeAll(async () => {
  region = await startRegion({ clock })
})
afterAll(() => region.end())

const base = '/internal/bronnet/v1/notifications/outbox/ciz'

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

import { expect, test } from '@jest/globals'
import { listSent, type SentQuery } from '../../../../node/notifications/outbox/list-sent.js'
import { createOutboxWorld, moment, recordOf } from '../../../support/outbox-world.js'

const day = 86_400_000
const query: SentQuery = {
  party: 'ciz',
  receiver: { idType: 'UZOVI', id: '5999' },
  role: 'zorgkantoor',
  from: moment - day,
  until: moment + 3 * day,
  limit: 100,
}

/** Three days on which a message was made each: one delivered, one that waits, one that was refused. */
async function threeDays() {
  const world = createOutboxWorld()
  const sender = world.start()
  await world.put({}, { recordID: recordOf(8), receiver: { idType: 'UZOVI', id: '5998' } })
  await sender.idle()
  world.clock.move(86_400)
  world.answer(() => ({ kind: 'refused', code: 'http.400' }))
  await world.put({ recordID: recordOf(2) })
  await sender.idle()
  world.clock.move(86_400)
  world.answer(() => ({ kind: 'unreachable', code: 'outbound.failed' }))
  await world.put({ recordID: recordOf(3) })
  await sender.idle()
  return world.store.records
}

test('everything that was made for a receiver is listed, whatever became of it, and nothing for others', async () => {
  const { deliveries, next } = await listSent(await threeDays(), query)
  expect(deliveries.map(({ recordID }) => recordID).sort()).toEqual([recordOf(1), recordOf(2), recordOf(3)])
  expect(next).toBeUndefined()
})

test('only what was made in the period is listed', async () => {
  const records = await threeDays()
  const listed = async (from: number, until: number) =>
    (await listSent(records, { ...query, from, until })).deliveries.map(({ recordID }) => recordID)
  expect(await listed(moment, moment + 1000)).toEqual([recordOf(1)])
  expect(await listed(moment + day, moment + 2 * day)).toEqual([recordOf(2)])
  expect(await listed(moment - day, moment)).toEqual([])
})

test('pages together are the whole, whatever their size', async () => {
  const records = await threeDays()
  for (const limit of [1, 2, 3]) {
    const found: string[] = []
    let after: string | undefined
    do {
      const page = await listSent(records, { ...query, limit, after })
      expect(page.deliveries.length).toBeLessThanOrEqual(limit)
      found.push(...page.deliveries.map(({ recordID }) => recordID))
      after = page.next
    } while (after !== undefined)
    expect(found.sort()).toEqual([recordOf(1), recordOf(2), recordOf(3)])
  }
})

test('a desk does not see what is for another desk of its organisation', async () => {
  const world = createOutboxWorld()
  const receiver = { idType: 'OIN', id: '00000001002220647000' } as const
  const about = { eventType: 'NIEUWE_INDICATIE_GEMEENTE', receiver }
  await world.put({ ...about, receiverRole: 'gemeente-wmo' })
  await world.put({ ...about, receiverRole: 'gemeente-jw', recordID: recordOf(2) })
  await world.put({ ...about, recordID: recordOf(3) })
  const listed = async (role: string) =>
    (await listSent(world.store.records, { ...query, receiver, role })).deliveries.map(({ recordID }) => recordID)
  expect((await listed('gemeente-wmo')).sort()).toEqual([recordOf(1), recordOf(3)])
  expect((await listed('gemeente-jw')).sort()).toEqual([recordOf(2), recordOf(3)])
  expect(await listed('zorgkantoor')).toEqual([])
})

test.each(['geen', Buffer.from('[99,null]').toString('base64url'), Buffer.from('[0,"x"]').toString('base64url')])(
  'a cursor that is none is refused: %s',
  async (after) => {
    await expect(listSent(await threeDays(), { ...query, after })).rejects.toThrow('request.bad_parameters')
  },
)

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createFixedClock, toRfc3339 } from '../../node/kernel/clock.js'
import { startRegion, type Region } from '../support/region.js'
import { deliver, newIndicatie, sendMelding, type DeliveryAnswer } from '../support/send-message.js'

const clock = createFixedClock(Date.parse('2026-11-24T09:00:00Z'))
let region: Region
beforeAll(async () => {
  // One that takes little of one sender, and one that answers as the present gateway does.
  const taking: Readonly<Record<string, object>> = {
    'zorgkantoor-zuid': { perSecond: 2, queued: 12 },
    ciz: { statuses: 'iwlz' },
  }
  region = await startRegion({
    clock,
    configure: (name, settings) => ({
      ...settings,
      parties: (settings.parties ?? []).map((party) =>
        taking[name] === undefined ? party : { ...party, notifications: taking[name] },
      ),
    }),
  })
})
afterAll(() => region.end())

const now = (): string => toRfc3339(clock.now())
const codeOf = ({ body }: DeliveryAnswer): unknown => body.errors?.[0]?.extensions['code']

describe('a sender that sends too much', () => {
  const toZuid = (input: unknown, from = 'ciz'): Promise<DeliveryAnswer> =>
    deliver(region, { from, to: 'zorgkantoor-zuid', role: 'zorgkantoor', input })
  const forZuid = (changes: Record<string, unknown> = {}) => newIndicatie(now(), { ontvangerID: '5998', ...changes })
  const ofNoord = (): Record<string, unknown> =>
    forZuid({
      afzenderIDType: 'UZOVI',
      afzenderID: '5999',
      eventType: 'NIEUWE_OVERDRACHT_ZORGKANTOOR',
    })

  test('is told when to go on, while others are taken in, and gets its turn then', async () => {
    // Twelve may wait: they stay until the receiver says that it has them.
    const answers: DeliveryAnswer[] = []
    for (let count = 0; count < 14; count += 1) answers.push(await toZuid(forZuid()))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(12)
    expect(
      answers.slice(12).map((answer) => [answer.status, codeOf(answer), answer.headers.get('retry-after')]),
    ).toEqual([
      [429, 'queue-full', '300'],
      [429, 'queue-full', '300'],
    ])
    expect((await toZuid(ofNoord(), 'zorgkantoor-noord')).status).toBe(200)

    const zuid = region.world.member('zorgkantoor-zuid').administrator
    const inbox = '/internal/bronnet/v1/notifications/inbox/zorgkantoor-zuid'
    await zuid.call('POST', `${inbox}/acknowledge`, { by: 'zaaksysteem', through: 12 })
    expect((await toZuid(forZuid())).status).toBe(200)
  })

  test('is slowed down when it comes too fast, and others are not', async () => {
    const zuid = region.world.member('zorgkantoor-zuid').administrator
    const inbox = '/internal/bronnet/v1/notifications/inbox/zorgkantoor-zuid'
    // A message that is known is no new one, and yet it is work.
    const input = forZuid()
    clock.move(60)
    const statuses: number[] = []
    for (let count = 0; count < 25; count += 1) statuses.push((await toZuid(input)).status)
    expect(statuses).toEqual([...Array.from({ length: 20 }, () => 200), ...Array.from({ length: 5 }, () => 429)])
    const refused = await toZuid(input)
    expect([codeOf(refused), refused.headers.get('retry-after')]).toEqual(['too-many-messages', '5'])
    expect((await toZuid(ofNoord(), 'zorgkantoor-noord')).status).toBe(200)
    clock.move(5)
    expect((await toZuid(input)).status).toBe(200)
    await zuid.call('POST', `${inbox}/acknowledge`, { by: 'zaaksysteem', through: 13 })
  })
})

describe('a party that answers as the present gateway does', () => {
  const toCiz = (changes: Record<string, unknown>): Promise<DeliveryAnswer> =>
    deliver(region, {
      from: 'zorgkantoor-noord',
      to: 'ciz',
      role: 'ciz',
      query: sendMelding,
      input: newIndicatie(now(), {
        afzenderIDType: 'UZOVI',
        afzenderID: '5999',
        ontvangerIDType: 'KVK',
        ontvangerID: '62253778',
        eventType: 'IWLZFOUTMELDING',
        ...changes,
      }),
    })

  test.each([
    ['an unknown event', { eventType: 'NIEUWE_MAAN' }, 'event_type is not valid.'],
    [
      'another sender',
      { afzenderID: '5998' },
      'The sender of the message is not the organisation that the token proves.',
    ],
    ['another receiver', { ontvangerID: '90000401' }, 'The message is for another organisation.'],
  ])('says of %s that it is a bad request, in the published shape', async (_case, changes, message) => {
    const answer = await toCiz(changes)
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({ errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] })
  })
})

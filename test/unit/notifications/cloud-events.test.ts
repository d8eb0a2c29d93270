import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { NodeError } from '../../../node/kernel/errors.js'
import { fromCloudEvents, toCloudEvents, type NumberedMessage } from '../../../node/notifications/cloud-events.js'
import { loadEventTypes } from '../../../node/policy/event-types.js'
import { cloudEventSchema, type CloudEvent } from '../../../schemas/wire/cloud-events.js'
import { messageSchema } from '../../../schemas/wire/notification.js'

const { all, find } = loadEventTypes()

const pointer = fc.uuid().map((id) => `WlzIndicatie/${id}`)
const numbered: fc.Arbitrary<NumberedMessage> = fc
  .record({
    notificatieID: fc.uuid(),
    timestamp: fc
      .date({ min: new Date('2026-01-01'), max: new Date('2027-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString()),
    eventType: fc.constantFrom(...all.map(({ eventType }) => eventType)),
    ontvangerKenmerk: fc.option(fc.uuid(), { nil: undefined }),
    subjectList: fc.array(fc.record({ subject: pointer, recordID: pointer }), { minLength: 1, maxLength: 5 }),
  })
  .map(({ notificatieID, ontvangerKenmerk, ...rest }) => ({
    notificatieID,
    message: messageSchema.parse({
      ...rest,
      ...(ontvangerKenmerk === undefined ? {} : { ontvangerKenmerk }),
      afzenderIDType: 'KVK',
      afzenderID: '62253778',
      ontvangerIDType: 'UZOVI',
      ontvangerID: '5999',
    }),
  }))

function eventsOf(value: NumberedMessage): readonly CloudEvent[] {
  const event = find(value.message.eventType)
  if (event === undefined) throw new Error('not a known event')
  return toCloudEvents(value, event)
}

const example: NumberedMessage = {
  notificatieID: '3f0e2f0b-6f0c-4a57-9d0a-1c1f0a7d9b11',
  message: messageSchema.parse({
    timestamp: '2026-11-24T09:00:00Z',
    afzenderIDType: 'KVK',
    afzenderID: '62253778',
    ontvangerIDType: 'UZOVI',
    ontvangerID: '5999',
    eventType: 'NIEUWE_INDICATIE_ZORGKANTOOR',
    subjectList: [1, 2].map((number) => ({
      subject: `WlzIndicatie/53089759-97a5-4a50-b1c9-bae97b8e73f${String(number)}`,
      recordID: `WlzIndicatie/53089759-97a5-4a50-b1c9-bae97b8e73f${String(number)}`,
    })),
  }),
}

describe('a message as CloudEvents', () => {
  test('comes back as the same message under the same number, in whatever order the events come', () => {
    fc.assert(
      fc.property(numbered, fc.boolean(), (value, isReversed) => {
        const events = JSON.parse(JSON.stringify(eventsOf(value))) as CloudEvent[]
        for (const event of events) expect(cloudEventSchema.parse(event)).toEqual(event)
        const { kind, ...back } = fromCloudEvents(isReversed ? [...events].reverse() : events, find)
        expect(JSON.parse(JSON.stringify(back))).toEqual(JSON.parse(JSON.stringify(value)))
        expect(kind).toBe(find(value.message.eventType)?.kind)
      }),
      { numRuns: 200 },
    )
  })

  test('is one event for each record, each with the published attributes', () => {
    expect(eventsOf(example)[1]).toEqual({
      specversion: '1.0',
      id: '3f0e2f0b-6f0c-4a57-9d0a-1c1f0a7d9b11.2',
      source: 'urn:kvk:62253778:cloudevents:notificaties',
      type: 'nl.istandaarden.iwlz.indicatie.zorgkantoor-nieuw.v1.0.0',
      time: '2026-11-24T09:00:00Z',
      subject: 'WlzIndicatie/53089759-97a5-4a50-b1c9-bae97b8e73f2',
      datacontenttype: 'application/json',
      data: {
        afzenderIDType: 'KVK',
        afzenderID: '62253778',
        ontvangerIDType: 'UZOVI',
        ontvangerID: '5999',
        eventType: 'NIEUWE_INDICATIE_ZORGKANTOOR',
        subject: 'WlzIndicatie/53089759-97a5-4a50-b1c9-bae97b8e73f2',
        recordID: 'WlzIndicatie/53089759-97a5-4a50-b1c9-bae97b8e73f2',
        count: 2,
      },
    })
  })

  test('has the number that follows from an id that is no UUID, always the same one', () => {
    const single = { ...example, message: { ...example.message, subjectList: example.message.subjectList.slice(0, 1) } }
    const [event] = eventsOf(single)
    if (event === undefined) throw new Error('no event')
    const numberOf = (id: string): string => fromCloudEvents([{ ...event, id }], find).notificatieID
    expect(numberOf('bericht-1')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(numberOf('bericht-1')).toBe(numberOf('bericht-1'))
    expect(numberOf('bericht-1')).not.toBe(numberOf('bericht-2'))
  })

  test.each<[string, (events: readonly CloudEvent[]) => readonly CloudEvent[]]>([
    ['of which one is missing', (events) => events.slice(1)],
    ['of which one is there twice', ([first]) => (first === undefined ? [] : [first, first])],
    ['of two messages', ([first, second]) => (first && second ? [first, { ...second, id: 'other.2' }] : [])],
    [
      'that differ in who receives',
      ([first, second]) =>
        first && second ? [first, { ...second, data: { ...second.data, ontvangerID: '5998' } }] : [],
    ],
    ['from another source', (events) => events.map((event) => ({ ...event, source: 'urn:kvk:622537780:cloudevents' }))],
    ['about another record', (events) => events.map((event) => ({ ...event, subject: 'WlzIndicatie/other' }))],
    ['of none', () => []],
  ])('is refused when it is a batch %s', (_case, change) => {
    const events = change(eventsOf(example))
    // One of several by itself is a message by itself.
    const given = events.length === 1 ? [...events, ...events] : events
    expect(() => fromCloudEvents(given, find)).toThrow(NodeError)
  })

  test('is refused when type and event are not the same', () => {
    const events = eventsOf(example).map((event) => ({ ...event, type: 'nl.istandaarden.iwlz.anders.v1.0.0' }))
    expect(() => fromCloudEvents(events, find)).toThrow('notification.event_unknown')
  })
})

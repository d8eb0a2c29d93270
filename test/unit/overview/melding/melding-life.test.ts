import { beforeEach, describe, expect, test } from '@jest/globals'
import { createMeldingDesk, type MeldingDesk } from '../../../../node/overview/melding/melding-desk.js'
import { createMendMelding } from '../../../../node/overview/melding/mend-melding.js'
import { createReportFaults, type ReportFaults } from '../../../../node/overview/melding/report-faults.js'
import { createTakeMelding, type IncomingMessage } from '../../../../node/overview/melding/take-melding.js'
import { sentMeldingen } from '../../../../node/overview/melding/melding-records.js'
import { startTrace } from '../../../../node/kernel/trace.js'
import type { MessageParty } from '../../../../schemas/wire/notification.js'
import type { RegisterChange } from '../../../../node/sources/register/change-log.js'
import { put, type Collection } from '../../../../node/stores/contracts.js'
import { createNodeParts, type NodeParts } from '../../../support/node-parts.js'

const record = 'WlzIndicatie/6f2f0b0e-6f0c-4a57-9d0a-1c1f0a7d9b11'
const queue: Collection<{ readonly rule: string }> = { name: 'test-queue' }

let parts: NodeParts
let desk: MeldingDesk
let report: ReportFaults

beforeEach(() => {
  parts = createNodeParts()
  desk = createMeldingDesk(parts)
  report = createReportFaults({
    ...parts,
    enqueue: ({ subjects, version }) => [put(queue, [String(version)], { rule: subjects[0]?.subject ?? '' })],
  })
})

const message = (changes: Partial<IncomingMessage> = {}): IncomingMessage => ({
  party: 'ciz',
  kind: 'melding',
  notificatieID: '11111111-2222-4333-8444-555555555555',
  receivedAt: parts.clock.now(),
  afzenderIDType: 'UZOVI',
  afzenderID: '5999',
  eventType: 'IWLZFOUTMELDING',
  subjectList: [{ subject: 'IRG0012', recordID: record }],
  sender: { name: 'Zorgkantoor Noord' },
  ...changes,
})

async function receive(changes: Partial<IncomingMessage> = {}): Promise<void> {
  const operations = await createTakeMelding(parts.store)(message(changes))
  if (operations.length > 0) await parts.store.write(operations)
}

const all = async () => (await desk.list({ party: 'ciz', all: true, limit: 100 })).meldingen
const waiting = async () => (await desk.list({ party: 'ciz', all: false, limit: 100 })).meldingen

describe('a foutmelding that comes in', () => {
  test('waits with its term of one working day', async () => {
    await receive()
    expect(await waiting()).toEqual([
      expect.objectContaining({
        rule: 'IRG0012',
        recordID: record,
        state: 'open',
        dueOn: '2026-11-25',
        overdue: false,
      }),
    ])
  })

  test('is too late after that day in Amsterdam, and not before its end', async () => {
    await receive()
    // 25 November 23:30 in Amsterdam.
    parts.clock.move((Date.parse('2026-11-25T22:30:00Z') - parts.clock.now()) / 1000)
    expect((await waiting()).map(({ overdue }) => overdue)).toEqual([false])
    parts.clock.move(3600)
    expect((await waiting()).map(({ overdue }) => overdue)).toEqual([true])
    expect(await desk.count(['ciz', 'ander'])).toEqual({ open: 1, overdue: 1 })
  })

  test('is one melding for each record that it names', async () => {
    const subjectList = ['IRG0012', 'GGR0001'].map((subject) => ({ subject, recordID: record }))
    await receive({ subjectList })
    expect((await waiting()).map(({ rule, meldingID }) => [rule, meldingID.slice(36)])).toEqual([
      ['IRG0012', '.1'],
      ['GGR0001', '.2'],
    ])
  })

  test.each<[string, Partial<IncomingMessage>]>([
    ['another kind of event', { eventType: 'IETS_ANDERS' }],
    ['a notificatie', { kind: 'notificatie' }],
    ['a subject that is no code', { subjectList: [{ subject: record, recordID: record }] }],
  ])('is none when it is %s', async (_what, changes) => {
    await receive(changes)
    expect(await waiting()).toEqual([])
  })
})

describe('a melding that is handled', () => {
  const id = '11111111-2222-4333-8444-555555555555'

  test('goes from open to its end, with an account of each step', async () => {
    await receive()
    await desk.move('ciz', id, { state: 'in-behandeling', by: 'beheer' })
    const done = await desk.move('ciz', id, { state: 'afgewezen', by: 'beheer', reason: 'de datum klopt' })
    expect(done.history.map(({ state, reason }) => [state, reason])).toEqual([
      ['in-behandeling', undefined],
      ['afgewezen', 'de datum klopt'],
    ])
    expect(await waiting()).toEqual([])
    const account = (await parts.journal()).filter(({ code }) => code === 'melding.changed')
    expect(account.map(({ object }) => object?.operation)).toEqual(['in-behandeling', 'afgewezen'])
    expect(JSON.stringify(account)).not.toContain('6f2f0b0e')
  })

  test('cannot be rejected without a reason, nor with the number of a person in it', async () => {
    await receive()
    const reject = (reason?: string) =>
      desk.move('ciz', id, { state: 'afgewezen', by: 'beheer', ...(reason === undefined ? {} : { reason }) })
    await expect(reject()).rejects.toMatchObject({ code: 'request.bad_body' })
    for (const number of ['999990019', '9999.90.019', '9999 90 019'])
      await expect(reject(`van ${number}`)).rejects.toMatchObject({ code: 'request.bad_body' })
    await expect(reject('de datum klopt')).resolves.toMatchObject({ state: 'afgewezen' })
  })

  test('cannot go on after its end, and is unknown to another party', async () => {
    await receive()
    await expect(desk.get('ander', id)).rejects.toMatchObject({ code: 'melding.unknown' })
    await desk.move('ciz', id, { state: 'hersteld', by: 'beheer' })
    await expect(desk.move('ciz', id, { state: 'in-behandeling', by: 'beheer' })).rejects.toMatchObject({
      code: 'melding.done',
    })
  })
})

describe('a record that changes', () => {
  const change = (key: string): RegisterChange => ({
    sequence: 1,
    at: '2026-11-24T10:00:00Z',
    by: 'registratie',
    type: 'WlzIndicatie',
    key,
    kind: 'changed',
    record: {},
  })
  const register = { party: 'ciz', source: 'indicatieregister', schema: 'indicatieregister-2' }

  async function mend(key: string): Promise<void> {
    const view = { find: unused, before: () => undefined, valuesAt: unused, personOf: unused }
    const operations = await createMendMelding(parts)(register, [change(key)], view)
    if (operations.length > 0) await parts.store.write(operations)
  }
  const unused = (): Promise<never> => Promise.reject(new Error('unused'))

  test('ends what was told of it, also when the name was written in another way', async () => {
    await receive({ subjectList: [{ subject: 'IRG0012', recordID: `wlzindicatie/${record.toUpperCase()}` }] })
    await mend(record.split('/')[1] ?? '')
    const all = await desk.list({ party: 'ciz', all: true, limit: 10 })
    expect(all.meldingen.map(({ state, history }) => [state, history.at(-1)?.by])).toEqual([
      ['hersteld', 'registratie'],
    ])
  })

  test('leaves alone what was told of another', async () => {
    await receive()
    await mend('00000000-0000-4000-8000-000000000000')
    expect(await waiting()).toHaveLength(1)
  })
})

describe('what is told to a bronhouder', () => {
  const faults = [{ rule: 'NETIR1', recordID: record }]
  const tell = (receiver: MessageParty = { idType: 'KVK', id: '62253778' }) =>
    report({ party: 'noord', receiver, faults, by: 'toets', trace: startTrace() })
  const queued = async () => (await parts.store.records.list(queue, { limit: 10 })).items.length

  test.each([
    ['UZOVI', '59'],
    ['AGB', '999990019'],
    ['GEMEENTECODE', '__proto__'],
    ['KVK', '6225\u00013778'],
  ] as const)('does not wait for a %s that is none: %j', async (idType, id) => {
    await expect(tell({ idType, id })).rejects.toMatchObject({
      code: 'request.bad_body',
      notes: [`receiver: is no well-formed ${idType}`],
    })
    expect(await queued()).toBe(0)
    expect((await parts.store.records.list(sentMeldingen, { limit: 10 })).items).toEqual([])
  })

  test('goes into the outbox once, however often it is found', async () => {
    expect(await tell()).toHaveLength(1)
    parts.clock.move(60)
    expect(await tell()).toEqual([])
    expect(await queued()).toBe(1)
  })

  test('goes out once when two find it at one moment', async () => {
    const told = await Promise.all([tell(), tell()])
    expect(told.flat()).toHaveLength(1)
    expect(await queued()).toBe(1)
  })

  test('is told again when it is still so after the bronhouder told of a change, or after thirty days', async () => {
    await tell()
    await receive({
      party: 'noord',
      kind: 'notificatie',
      eventType: 'GEWIJZIGDE_INDICATIE_ZORGKANTOOR',
      subjectList: [{ subject: record, recordID: record }],
    })
    const [sent] = (await parts.store.records.list(sentMeldingen, { limit: 10 })).items
    expect(sent?.value.answeredAt).toBe(parts.clock.now())
    parts.clock.move(1)
    expect(await tell()).toHaveLength(1)
    parts.clock.move(31 * 86_400)
    expect(await tell()).toHaveLength(1)
  })
})

describe('what is kept', () => {
  const [year, more] = [400 * 86_400, 86_400]

  test('is a melding that waits, and one that is done with for 400 days', async () => {
    await receive()
    parts.clock.move(year + more)
    const [melding] = await waiting()
    await desk.move('ciz', melding?.meldingID ?? '', { state: 'hersteld', by: 'een beheerder' })
    parts.clock.move(year - more)
    expect(await all()).toHaveLength(1)
    parts.clock.move(2 * more)
    expect(await all()).toEqual([])
  })

  test('is what was sent for 400 days, answered or not', async () => {
    const faults = ['IRG0012', 'GGR0001'].map((rule) => ({ rule, recordID: record }))
    const receiver = { idType: 'KVK', id: '62253778' } as const
    await report({ party: 'noord', receiver, faults, by: 'iemand', trace: startTrace() })
    await receive({ party: 'noord', kind: 'notificatie', eventType: 'GEWIJZIGDE_INDICATIE_ZORGKANTOOR' })
    const sent = async () => (await parts.store.records.list(sentMeldingen, { limit: 10 })).items
    expect((await sent()).map(({ value }) => value.answeredAt !== undefined)).toEqual([true, true])
    parts.clock.move(year + more)
    expect(await sent()).toEqual([])
  })
})

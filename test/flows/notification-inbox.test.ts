import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createFixedClock, toRfc3339 } from '../../node/kernel/clock.js'
import { accountOf } from '../support/journal.js'
import { startRegion, type Region } from '../support/region.js'
import {
  bearerFor,
  deliver,
  netwerkpuntOf,
  newIndicatie,
  sendMelding,
  type DeliveryAnswer,
} from '../support/send-message.js'

const clock = createFixedClock(Date.parse('2026-11-24T09:00:00Z'))
let region: Region
beforeAll(async () => {
  region = await startRegion({ clock })
})
afterAll(() => region.end())

const now = (): string => toRfc3339(clock.now())
const toNoord = { from: 'ciz', to: 'zorgkantoor-noord', role: 'zorgkantoor' } as const
const send = (input: unknown, more: Partial<Parameters<typeof deliver>[1]> = {}): Promise<DeliveryAnswer> =>
  deliver(region, { ...toNoord, input, ...more })
const codeOf = ({ body }: DeliveryAnswer): unknown => body.errors?.[0]?.extensions['code']
const accountOfNoord = (work: () => Promise<unknown>) => accountOf(region.world.member('zorgkantoor-noord'), work)

describe('a notificatie', () => {
  test('is stored with its account before the sender has a number for it', async () => {
    const input = newIndicatie(now())
    let answer: DeliveryAnswer | undefined
    const account = await accountOfNoord(async () => {
      answer = await send(input)
    })
    expect(answer?.status).toBe(200)
    expect(answer?.body.errors).toBeUndefined()
    expect(answer?.headers.get('content-type')).toBe('application/graphql-response+json; charset=utf-8')
    expect(answer?.body.data?.['zendNotificatie']).toMatchObject({
      notificatieID: expect.stringMatching(/^[0-9a-f-]{36}$/),
      eventType: 'NIEUWE_INDICATIE_ZORGKANTOOR',
      subjectList: input.subjectList,
    })
    expect(account.filter(({ code }) => code === 'notification.received')).toMatchObject([
      { outcome: 'success', party: 'zorgkantoor-noord', actor: { organization: 'CIZ', identifier: 'kvk:62253778' } },
    ])
    expect(JSON.stringify(account)).not.toContain(input.subjectList[0]?.recordID)
  })

  test('keeps its number when it is sent again', async () => {
    const input = newIndicatie(now())
    const [first, second] = [await send(input), await send(input)]
    expect(second.status).toBe(200)
    expect(second.body.data).toEqual(first.body.data)
  })

  test('has one number when it arrives several times at the same moment', async () => {
    const input = newIndicatie(now())
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(input)))
    expect(new Set(answers.map(({ body }) => body.data?.['zendNotificatie']?.['notificatieID'])).size).toBe(1)
  })

  test('is refused when it says something else about the same record and time', async () => {
    const input = newIndicatie(now())
    await send(input)
    const answer = await send({ ...input, ontvangerKenmerk: randomUUID() })
    expect([answer.status, codeOf(answer)]).toEqual([409, 'message-changed'])
    // The one that came first still is what it was.
    expect((await send(input)).status).toBe(200)
  })

  test.each([
    ['of another organisation than the token proves', { afzenderID: '90000401' }, 403, 'sender-mismatch'],
    [
      'of a kind of organisation that the sender is not',
      { afzenderIDType: 'UZOVI', afzenderID: '5998' },
      403,
      'sender-mismatch',
    ],
    [
      'of an event that is for others to send than CIZ',
      { eventType: 'NIEUWE_OVERDRACHT_ZORGKANTOOR' },
      403,
      'sender-role',
    ],
    ['for another organisation', { ontvangerID: '5998' }, 400, 'receiver-mismatch'],
    ['of an event that nobody knows', { eventType: 'NIEUWE_MAAN_ZORGKANTOOR' }, 400, 'event-unknown'],
    ['of an event for another role', { eventType: 'NIEUWE_INDICATIE_GEMEENTE' }, 400, 'event-unknown'],
    ['of an event that is a melding', { eventType: 'IWLZFOUTMELDING' }, 400, 'event-unknown'],
    ['without records', { subjectList: [] }, 400, 'message-malformed'],
    ['made a month ago', { timestamp: '2026-10-20T09:00:00Z' }, 400, 'message-outdated'],
    ['made tomorrow', { timestamp: '2026-11-25T09:00:00Z' }, 400, 'message-outdated'],
    ['with a BSN as identifier', { ontvangerIDType: 'BSN', ontvangerID: '999990019' }, 400, 'person-number'],
    ['with a BSN as mark', { ontvangerKenmerk: '999990019' }, 400, 'person-number'],
    ['with a BSN written apart', { ontvangerKenmerk: '999 990 019' }, 400, 'person-number'],
    [
      'with a BSN in a pointer',
      { subjectList: [{ subject: 'Client/999990019', recordID: 'Client/999990019' }] },
      400,
      'person-number',
    ],
    [
      'with a name in a pointer',
      { subjectList: [{ subject: 'Fedde Fictief', recordID: 'Fedde Fictief' }] },
      400,
      'message-malformed',
    ],
  ])('is refused %s, and the journal knows', async (_case, changes, status, code) => {
    let answer: DeliveryAnswer | undefined
    const account = await accountOfNoord(async () => {
      answer = await send(newIndicatie(now(), changes))
    })
    expect([answer?.status, answer && codeOf(answer)]).toEqual([status, code])
    expect(answer?.body.data).toBeUndefined()
    expect(JSON.stringify(answer?.body)).not.toMatch(/999990019|Fedde/)
    expect(account.find(({ code: name }) => name === 'notification.received')).toMatchObject({ outcome: 'refused' })
    expect(JSON.stringify(account)).not.toMatch(/999990019|Fedde/)
  })

  test('of CIZ is refused of any other member, which sends its own events', async () => {
    const ofZuid = { afzenderIDType: 'UZOVI', afzenderID: '5998' }
    const own = newIndicatie(now(), { ...ofZuid, eventType: 'NIEUWE_OVERDRACHT_ZORGKANTOOR' })
    const from = 'zorgkantoor-zuid'
    let refused: DeliveryAnswer | undefined
    const account = await accountOfNoord(async () => {
      refused = await send(newIndicatie(now(), ofZuid), { from })
    })
    expect([refused?.status, refused && codeOf(refused)]).toEqual([403, 'sender-role'])
    expect(account.find(({ code }) => code === 'notification.received')).toMatchObject({
      outcome: 'refused',
      error: 'notification.sender_role',
      actor: { identifier: 'uzovi:5998' },
    })
    expect((await send(own, { from })).status).toBe(200)
  })

  test('is known by the other spellings of its event', async () => {
    const input = newIndicatie(now(), { eventType: 'NIEUWE_INDICATIE_ZORKANTOOR' })
    const answer = await send(input)
    expect(answer.body.data?.['zendNotificatie']?.['eventType']).toBe('NIEUWE_INDICATIE_ZORGKANTOOR')
  })

  test('needs a token, of this very party and for its role', async () => {
    const input = newIndicatie(now())
    expect((await send(input, { token: 'no-token-of-anybody' })).status).toBe(401)
    const ofZuid = await bearerFor(region, {
      from: 'ciz',
      to: 'zorgkantoor-zuid',
      scope: 'organisaties/zorgkantoor/notificaties/notificatie:create',
    })
    expect((await send(input, { token: ofZuid })).status).toBe(401)
    const forMeldingen = await bearerFor(region, {
      from: 'ciz',
      to: 'zorgkantoor-noord',
      scope: 'organisaties/zorgkantoor/meldingen/melding:create',
    })
    expect([(await send(input, { token: forMeldingen })).status]).toEqual([403])
  })

  test('cannot be sent under the scope of another role, which is not granted', async () => {
    const scope = 'organisaties/gemeente/notificaties/notificatie:create'
    await expect(bearerFor(region, { from: 'ciz', to: 'zorgkantoor-noord', scope })).rejects.toThrow(/scope/)
  })
})

describe('a melding', () => {
  test('of a zorgkantoor comes to CIZ under the scope of indicatieorganen, with a rule as subject', async () => {
    const input = newIndicatie(now(), {
      afzenderIDType: 'UZOVI',
      afzenderID: '5999',
      ontvangerIDType: 'KVK',
      ontvangerID: '62253778',
      eventType: 'IWLZFOUTMELDING',
      subjectList: [{ subject: 'IRG0012', recordID: `WlzIndicatie/${randomUUID()}` }],
    })
    const answer = await deliver(region, {
      from: 'zorgkantoor-noord',
      to: 'ciz',
      role: 'ciz',
      input,
      query: sendMelding,
    })
    expect(answer.body.errors).toBeUndefined()
    expect(answer.body.data?.['zendMelding']?.['meldingID']).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe('a message as CloudEvents', () => {
  const event = (changes: Record<string, unknown> = {}) => {
    const record = `WlzIndicatie/${randomUUID()}`
    const { subjectList: _subjects, timestamp, ...data } = newIndicatie(now())
    return {
      specversion: '1.0',
      id: randomUUID(),
      source: 'urn:kvk:62253778:cloudevents:notificaties',
      type: 'nl.istandaarden.iwlz.indicatie.zorgkantoor-nieuw.v1.0.0',
      time: timestamp,
      subject: record,
      datacontenttype: 'application/json',
      data: { ...data, subject: record, recordID: record },
      ...changes,
    }
  }
  async function post(
    body: unknown,
    type = 'application/cloudevents+json',
  ): Promise<{ status: number; json: unknown }> {
    const scope = 'organisaties/zorgkantoor/notificaties/notificatie:create'
    const token = await bearerFor(region, { from: 'ciz', to: 'zorgkantoor-noord', scope })
    const url = netwerkpuntOf(region, 'zorgkantoor-noord').replace('/graphql', '/cloudevents')
    const headers = { 'content-type': type, authorization: `Bearer ${token}` }
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
    return { status: answer.status, json: await answer.json() }
  }

  test('is stored under its own id, once, and is the same message as by GraphQL', async () => {
    const sent = event()
    expect(await post(sent)).toMatchObject({ status: 200, json: { notificatieID: sent.id } })
    expect(await post(sent)).toMatchObject({ status: 200, json: { notificatieID: sent.id } })
    const { subject, recordID } = sent.data
    const answer = await send(newIndicatie(String(sent.time), { subjectList: [{ subject, recordID }] }))
    expect(answer.body.data?.['zendNotificatie']?.['notificatieID']).toBe(sent.id)
  })

  test('is refused with another content under the same id', async () => {
    const sent = event()
    await post(sent)
    expect(await post(event({ id: sent.id }))).toMatchObject({ status: 409, json: { code: 'message-changed' } })
  })

  test.each([
    ['of another source', { source: 'urn:kvk:90000401:cloudevents' }, 400, 'message-malformed'],
    ['of another type', { type: 'nl.istandaarden.iwlz.anders.v1.0.0' }, 400, 'event-unknown'],
    ['of another version', { specversion: '0.3' }, 400, 'bad-body'],
    ['with more than the envelope has', { naam: 'Fedde' }, 400, 'bad-body'],
  ])('is refused %s', async (_case, changes, status, code) => {
    expect(await post(event(changes))).toMatchObject({ status, json: { code } })
  })

  test('is refused as a batch under the type of one event', async () => {
    expect((await post([event()])).status).toBe(400)
    expect((await post([event()], 'application/cloudevents-batch+json')).status).toBe(200)
  })
})

describe('the netwerkpunt of a party', () => {
  test('is in its listing and in its DID document', async () => {
    const found = await region
      .application('ciz')
      .discover.listings('bronnet-demo', { 'credentialSubject.netwerkpunt': '*' })
    const noord = region.world.member('zorgkantoor-noord')
    const url = netwerkpuntOf(region, 'zorgkantoor-noord')
    expect(found.parties.find(({ did }) => did === noord.did)?.parameters['netwerkpunt']).toBe(url)
    const document: unknown = await noord.administrator.call('GET', `/1.0/identifiers/${encodeURIComponent(noord.did)}`)
    expect(JSON.stringify(document)).toContain(`/netwerkpunt/zorgkantoor-noord/graphql`)
  })

  test('says how to deliver, and what its schema is', async () => {
    const answer = await fetch(netwerkpuntOf(region, 'zorgkantoor-noord'))
    expect(await answer.json()).toMatchObject({
      function: 'netwerkpunt',
      authorizationServer: region.world.member('zorgkantoor-noord').authorizationServer,
      scopes: expect.arrayContaining(['organisaties/zorgkantoor/notificaties/notificatie:create']),
      schema: expect.stringContaining('zendNotificatie'),
    })
  })

  test.each([
    [
      'two root fields',
      'mutation { a: zendNotificatie(notificatieInput: null) { notificatieID } zendMelding(meldingInput: null) { meldingID } }',
    ],
    ['introspection', '{ __schema { types { name } } }'],
    ['a subscription', 'subscription { zendNotificatie }'],
    ['what is no GraphQL', 'zend mij iets'],
  ])('refuses %s', async (_case, query) => {
    const answer = await send(newIndicatie(now()), { query })
    expect([answer.status, codeOf(answer)]).toEqual([400, 'bad-query'])
  })

  test('is not there for a party that receives nothing', async () => {
    const { publicUrl } = region.world.member('stelselbeheerder')
    const answer = await fetch(`${publicUrl}/netwerkpunt/stelselbeheerder/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    expect(answer.status).toBe(404)
  })
})

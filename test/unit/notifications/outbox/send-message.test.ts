import { describe, expect, test } from '@jest/globals'
import { createFixedClock } from '../../../../node/kernel/clock.js'
import { NodeError } from '../../../../node/kernel/errors.js'
import type { OutboundAnswer } from '../../../../node/kernel/outbound.js'
import { startTrace } from '../../../../node/kernel/trace.js'
import type { Membership } from '../../../../node/notifications/memberships.js'
import type { Delivery } from '../../../../node/notifications/outbox/outbox-records.js'
import { createSendMessage } from '../../../../node/notifications/outbox/send-message.js'
import { loadEventTypes } from '../../../../node/policy/event-types.js'
import type { Party } from '../../../../node/identity/party.js'
import type { ReceiverAddress } from '../../../../node/notifications/outbox/find-address.js'
import type { PeerCall } from '../../../../node/tokens/call-peer.js'
import type { CertificateCall } from '../../../../node/tokens/nid/call-by-certificate.js'
import { messageSchema } from '../../../../schemas/wire/notification.js'
import { moment, recordOf } from '../../../support/outbox-world.js'

const id = '0d9a4f2e-6c3b-4b1f-9a7e-2f1c8b7d6e5a'
const ciz: Membership = { name: 'CIZ', role: 'ciz', idType: 'KVK', id: '62253778' }
const delivery: Delivery = {
  deliveryID: 'een',
  party: 'ciz',
  kind: 'notificatie',
  eventType: 'NIEUWE_INDICATIE_ZORGKANTOOR',
  receiver: { idType: 'UZOVI', id: '5999' },
  receiverRole: 'zorgkantoor',
  subjects: [{ subject: recordOf(1), recordID: recordOf(1) }],
  recordID: recordOf(1),
  version: 1,
  timestamp: '2026-11-26T12:00:00.000010Z',
  createdAt: moment,
  attempts: 0,
}
const eventTypes = loadEventTypes()
const good = { data: { zendNotificatie: { notificatieID: id } } }

interface Answered {
  readonly status?: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Sends one message to a netwerkpunt that answers so. */
async function send(
  answer: Answered | NodeError,
  given: {
    readonly delivery?: Delivery
    readonly memberships?: readonly Membership[]
    readonly access?: ReceiverAddress['access']
  } = {},
) {
  const calls: (PeerCall | CertificateCall)[] = []
  function answerCall(call: PeerCall | CertificateCall): Promise<OutboundAnswer> {
    calls.push(call)
    if (NodeError.is(answer)) return Promise.reject(answer)
    const { status = 200, body = good, headers = {} } = answer
    return Promise.resolve({
      status,
      headers: { get: (name) => headers[name] },
      mediaType: 'application/graphql-response+json',
      body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    })
  }
  const forgotten: unknown[] = []
  const sendMessage = createSendMessage({
    clock: createFixedClock(moment),
    // Nothing of it is looked at here.
    parties: { find: (subject) => Promise.resolve({ subject } as Party) },
    findMemberships: () => Promise.resolve(given.memberships ?? [ciz]),
    findEventType: (name) => eventTypes.find(name),
    address: {
      find: () =>
        Promise.resolve({
          endpoint: 'https://zk.example.nl/netwerkpunt',
          access: given.access ?? { by: 'presentation', authorizationServer: 'https://zk.example.nl' },
          role: 'zorgkantoor',
          provenRoles: ['zorgkantoor'],
        }),
      forget: (query) => void forgotten.push(query),
    },
    callPeer: answerCall,
    callByCertificate: answerCall,
  })
  const outcome = await sendMessage(given.delivery ?? delivery, { trace: startTrace() })
  return { outcome, calls, forgotten: forgotten.length }
}

describe('a message that is sent', () => {
  test('goes by certificate to who is reached so, with one token for its resource', async () => {
    const access = {
      by: 'certificate',
      tokenEndpoint: 'https://as.example/token',
      audience: 'https://zk.example/br',
    } as const
    const memberships = [ciz, { ...ciz, role: 'cak' as const }]
    const { outcome, calls } = await send({}, { access, memberships })
    expect(outcome).toEqual({ kind: 'delivered', notificatieID: id })
    expect(calls).toEqual([
      {
        party: { subject: 'ciz' },
        scope: 'organisaties/zorgkantoor/notificaties/notificatie:create',
        url: 'https://zk.example.nl/netwerkpunt',
        tokenEndpoint: 'https://as.example/token',
        audience: 'https://zk.example/br',
        body: expect.anything(),
        accept: 'application/graphql-response+json',
        trace: expect.anything(),
        timeoutMilliseconds: 5000,
        maxResponseBytes: 65_536,
      },
    ])
  })

  test('is as the netwerkpunt asks, under the scope of its receiver', async () => {
    const { outcome, calls } = await send({})
    expect(outcome).toEqual({ kind: 'delivered', notificatieID: id })
    expect(calls).toMatchObject([
      {
        scope: 'organisaties/zorgkantoor/notificaties/notificatie:create',
        url: 'https://zk.example.nl/netwerkpunt',
        body: {
          query: expect.stringContaining('zendNotificatie(notificatieInput: $bericht)'),
          variables: { bericht: { afzenderIDType: 'KVK', afzenderID: '62253778', ontvangerID: '5999' } },
        },
      },
    ])
    const { variables } = calls[0]?.body as { variables: { bericht: unknown } }
    expect(messageSchema.safeParse(variables.bericht).success).toBe(true)
    expect(calls[0]).not.toHaveProperty('selection')
  })

  test('that is a melding goes as one', async () => {
    const melding = { ...delivery, kind: 'melding', eventType: 'IWLZFOUTMELDING' } as const
    const { outcome, calls } = await send({ body: { data: { zendMelding: { meldingID: id } } } }, { delivery: melding })
    expect(outcome).toEqual({ kind: 'delivered', notificatieID: id })
    expect(calls[0]?.scope).toBe('organisaties/zorgkantoor/meldingen/melding:create')
  })

  test('is sent by who has several memberships under the first whose role sends it', async () => {
    const desk: Membership = { ...ciz, role: 'gemeente-wmo', idType: 'OIN', id: '00000001002220647000' }
    const toewijzing = { ...delivery, eventType: 'NIEUWE_TOEWIJZING_ZORGAANBIEDER' }
    const memberships = [ciz, desk, { ...desk, role: 'gemeente' } as const]
    const { calls } = await send({}, { memberships, delivery: toewijzing })
    const selection = { organization_id: desk.id, organization_id_type: 'oin', organization_role: 'gemeente-wmo' }
    expect(calls).toMatchObject([{ selection }])
  })

  test('is not sent by a party without a role that sends it', async () => {
    const kantoor: Membership = { ...ciz, role: 'zorgkantoor', idType: 'UZOVI', id: '5999' }
    const { outcome, calls } = await send({}, { memberships: [kantoor] })
    expect([outcome, calls]).toEqual([{ kind: 'refused', code: 'notification.sender_role' }, []])
  })

  test('is not sent without a membership', async () => {
    const { outcome, calls } = await send({}, { memberships: [] })
    expect([outcome, calls]).toEqual([{ kind: 'unreachable', code: 'notification.not_ready' }, []])
  })
})

describe('an answer', () => {
  test.each<[string, Answered, object]>([
    ['200 with errors is tried again', { body: { ...good, errors: [{}] } }, { kind: 'failed', code: 'http.errors' }],
    ['200 without a number is tried again', { body: { data: {} } }, { kind: 'failed', code: 'http.errors' }],
    ['200 with no JSON is tried again', { body: '<html>' }, { kind: 'failed', code: 'http.unreadable' }],
    ['500 is tried again', { status: 500 }, { kind: 'failed', code: 'http.500' }],
    ['501 is tried again', { status: 501 }, { kind: 'failed', code: 'http.501' }],
    ['503 is about the receiver', { status: 503 }, { kind: 'unreachable', code: 'http.503' }],
    ['408 is about the receiver', { status: 408 }, { kind: 'unreachable', code: 'http.408' }],
    ['425 is about the receiver', { status: 425 }, { kind: 'unreachable', code: 'http.425' }],
    ['401 is about the receiver', { status: 401 }, { kind: 'unreachable', code: 'http.401' }],
    ['404 is about the receiver', { status: 404 }, { kind: 'unreachable', code: 'http.404' }],
    [
      '429 says when to come back',
      { status: 429, headers: { 'retry-after': '7' } },
      { kind: 'unreachable', code: 'http.429', retryAfterMilliseconds: 7000 },
    ],
    ['400 is not tried again', { status: 400 }, { kind: 'refused', code: 'http.400' }],
    ['403 is not tried again', { status: 403 }, { kind: 'refused', code: 'http.403' }],
    ['409 is not tried again', { status: 409 }, { kind: 'refused', code: 'http.409' }],
  ])('%s', async (_case, answer, expected) => {
    const { outcome, forgotten } = await send(answer)
    expect(outcome).toMatchObject(expected)
    expect(forgotten).toBe(outcome.kind === 'unreachable' ? 1 : 0)
  })

  test.each(['outbound.failed', 'outbound.timed_out', 'token.peer_refused', 'discovery.endpoint_unknown'] as const)(
    'that is none, for %s, is about the receiver',
    async (code) => {
      expect((await send(new NodeError(code))).outcome).toEqual({ kind: 'unreachable', code })
    },
  )

  test('that makes this node stumble is about that message alone', async () => {
    expect((await send(new NodeError('internal.fault'))).outcome).toEqual({ kind: 'failed', code: 'internal.fault' })
  })

  test.each(['audit.unavailable', 'store.unavailable', 'internal.stopping'] as const)(
    'is not blamed for %s of this node',
    async (code) => {
      await expect(send(new NodeError(code))).rejects.toThrow(code)
    },
  )
})

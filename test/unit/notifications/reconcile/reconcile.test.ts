import { describe, expect, test } from '@jest/globals'
import { createAudit } from '../../../../node/audit/audit.js'
import type { Party } from '../../../../node/identity/party.js'
import { createFixedClock } from '../../../../node/kernel/clock.js'
import { NodeError } from '../../../../node/kernel/errors.js'
import { silentLog } from '../../../../node/kernel/log.js'
import { createInbox } from '../../../../node/notifications/inbox.js'
import { createInboxWriter } from '../../../../node/notifications/inbox-writer.js'
import type { Membership } from '../../../../node/notifications/memberships.js'
import { createQuota } from '../../../../node/notifications/quota.js'
import { createReceive } from '../../../../node/notifications/receive.js'
import { createAskSent } from '../../../../node/notifications/reconcile/ask-sent.js'
import { createReconcile } from '../../../../node/notifications/reconcile/reconcile.js'
import { loadEventTypes } from '../../../../node/policy/event-types.js'
import { createMemoryStore } from '../../../../node/stores/memory.js'
import type { PeerCall } from '../../../../node/tokens/call-peer.js'
import { moment, recordOf } from '../../../support/outbox-world.js'

const minute = 60
const hour = 60 * minute
const day = 24 * hour
const member: Membership = { name: 'Noord', role: 'zorgkantoor', idType: 'UZOVI', id: '5999' }
const eventTypes = loadEventTypes()

type Page = { readonly berichten: readonly unknown[]; readonly volgende: string | null }

/** A party that asks CIZ, or other senders, and what those answer. */
function open({ queued = 100, senders = ['KVK:62253778'] }: { queued?: number; senders?: readonly string[] } = {}) {
  const clock = createFixedClock(moment)
  const store = createMemoryStore({ clock })
  const audit = createAudit({ store, clock, node: { name: 'test', version: '0' }, pseudonymKey: Buffer.alloc(32) })
  const findMemberships = () => Promise.resolve([member])
  const receive = createReceive({
    clock,
    audit,
    findMemberships,
    findEventType: (name) => eventTypes.find(name),
    writer: createInboxWriter({ store, clock, log: silentLog, onReceived: [] }),
    quota: createQuota({ clock }),
    limitsOf: () => ({ perSecond: 10, queued }),
  })
  const asked: { readonly sender: string; readonly from: number }[] = []
  let answer: (sender: string, na: unknown) => Page | NodeError = () => ({ berichten: [], volgende: null })
  const reconcile = createReconcile({
    store,
    clock,
    log: silentLog,
    audit,
    findMemberships,
    listedAs: () => Promise.resolve([]),
    sendersOf: () => senders,
    askSent: createAskSent({
      // Nothing of it is looked at here.
      parties: { find: (subject) => Promise.resolve({ subject } as Party) },
      findMemberships,
      receive,
      address: {
        find: ({ receiver }) =>
          Promise.resolve({
            endpoint: `https://${receiver.id}.example.nl/netwerkpunt`,
            access: { by: 'presentation', authorizationServer: `https://${receiver.id}.example.nl` },
            role: 'ciz',
            provenRoles: ['ciz'],
          }),
      },
      callPeer: ({ url, body }: PeerCall) => {
        const { variables } = body as { readonly variables: { readonly vanaf: string; readonly na: unknown } }
        const sender = new URL(url).hostname.split('.')[0] ?? ''
        asked.push({ sender, from: Date.parse(variables.vanaf) })
        const page = answer(sender, variables.na)
        if (NodeError.is(page)) return Promise.reject(page)
        return Promise.resolve({
          status: 200,
          headers: { get: () => undefined },
          mediaType: 'application/graphql-response+json',
          body: Buffer.from(JSON.stringify({ data: { verzondenBerichten: page } })),
        })
      },
    }),
  })
  return {
    clock,
    inbox: createInbox({ store, clock, audit, restoredAt: 0, keepDays: 90 }),
    reconcile,
    asked,
    answer: (next: typeof answer) => {
      answer = next
    },
    /** One turn of the job. */
    turn: () => reconcile.runDue(['noord'], new AbortController().signal),
  }
}

const message = (number: number, changes: Readonly<Record<string, unknown>> = {}) => ({
  soort: 'NOTIFICATIE',
  timestamp: '2026-11-26T11:59:00.000000Z',
  afzenderIDType: 'KVK',
  afzenderID: '62253778',
  ontvangerIDType: 'UZOVI',
  ontvangerID: '5999',
  ontvangerKenmerk: null,
  eventType: 'NIEUWE_INDICATIE_ZORGKANTOOR',
  subjectList: [{ subject: recordOf(number), recordID: recordOf(number) }],
  ...changes,
})
const page = (...berichten: readonly unknown[]): Page => ({ berichten, volgende: null })

describe('what a sender made', () => {
  test('is taken in page by page, and a message that is wrong keeps no other from being found', async () => {
    const { reconcile, answer } = open()
    answer((_sender, na) =>
      na === null
        ? { berichten: [message(1), message(2, { afzenderID: '99999999' })], volgende: 'two' }
        : page(message(3), message(1)),
    )
    expect(await reconcile.run({ party: 'noord' })).toEqual([
      { sender: 'KVK:62253778', asked: 4, missed: 2, refused: 1 },
    ])
  })

  test('is asked for again from where it began when the inbox was full', async () => {
    const { clock, inbox, reconcile, asked, answer } = open({ queued: 2 })
    answer(() => page(message(1), message(2), message(3)))
    expect(await reconcile.run({ party: 'noord' })).toMatchObject([{ missed: 2, error: 'notification.queue_full' }])
    clock.move(day)
    await inbox.acknowledge('noord', { numbers: [1, 2] }, { by: 'test' })
    expect(await reconcile.run({ party: 'noord' })).toMatchObject([{ missed: 1, refused: 0 }])
    expect((asked[1]?.from ?? 0) - (asked[0]?.from ?? 0)).toBe(day * 1000)
  })

  test('is not believed to end when its pages do not', async () => {
    const { reconcile, answer } = open()
    answer(() => ({ berichten: [], volgende: 'again' }))
    expect(await reconcile.run({ party: 'noord' })).toMatchObject([{ error: 'outbound.bad_answer' }])
  })
})

describe('a sender', () => {
  test('is asked once a day, from an hour before the last time', async () => {
    const { clock, asked, turn } = open()
    await turn()
    clock.move(day - minute)
    await turn()
    expect(asked).toHaveLength(1)
    clock.move(minute)
    await turn()
    expect(asked[1]).toEqual({ sender: '62253778', from: moment - hour * 1000 })
  })

  test('is asked for all that was not asked for, though somebody asked for the last part meanwhile', async () => {
    const { clock, reconcile, asked, turn } = open()
    await turn()
    clock.move(10 * day)
    await reconcile.run({ party: 'noord', from: clock.now() - hour * 1000 })
    await turn()
    expect(asked[2]?.from).toBe(moment - hour * 1000)
  })

  test('is asked for a time that has begun only', async () => {
    const { clock, reconcile } = open()
    await expect(reconcile.run({ party: 'noord', from: clock.now() + 1000 })).rejects.toMatchObject({
      code: 'request.bad_parameters',
    })
    expect(await reconcile.run({ party: 'noord', from: clock.now() })).toMatchObject([{ asked: 0 }])
  })

  test('is asked for all of the time when the clock was set back', async () => {
    const { clock, asked, reconcile } = open()
    await reconcile.run({ party: 'noord' })
    clock.move(-day)
    await reconcile.run({ party: 'noord' })
    expect(asked[1]?.from).toBe(clock.now() - hour * 1000)
  })

  test('that cannot be asked is asked again later and later, and from where the last good time ended', async () => {
    const { clock, asked, answer, turn } = open()
    await turn()
    answer(() => new NodeError('outbound.failed'))
    clock.move(day)
    for (let turns = 0; turns < 7 * 24 * 6; turns += 1) {
      await turn()
      clock.move(10 * minute)
    }
    expect(asked.length).toBeLessThan(20)
    answer(() => page())
    clock.move(day)
    await turn()
    expect(asked.at(-1)?.from).toBe(moment - hour * 1000)
  })

  test('with which this node stumbles does not keep the others from being asked', async () => {
    const { asked, answer, turn } = open({ senders: ['KVK:62253778', 'UZOVI:5998'] })
    answer((sender) => (sender === '62253778' ? new NodeError('internal.fault') : page()))
    await expect(turn()).rejects.toMatchObject({ code: 'internal.fault' })
    expect(asked.map(({ sender }) => sender)).toEqual(['62253778', '5998'])
  })
})

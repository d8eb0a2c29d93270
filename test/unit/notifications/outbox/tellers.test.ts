import { expect, test } from '@jest/globals'
import { createFixedClock } from '../../../../node/kernel/clock.js'
import { silentLog } from '../../../../node/kernel/log.js'
import { inbox, type ReceivedMessage } from '../../../../node/notifications/inbox-records.js'
import { createInboxWriter } from '../../../../node/notifications/inbox-writer.js'
import { createTellers } from '../../../../node/notifications/outbox/tellers.js'
import { loadEventTypes } from '../../../../node/policy/event-types.js'
import { append } from '../../../../node/stores/contracts.js'
import { createMemoryStore } from '../../../../node/stores/memory.js'
import { readAll } from '../../../../node/stores/read-all.js'
import { moment } from '../../../support/outbox-world.js'

const clock = createFixedClock(moment)
const key = '0d9a4f2e-6c3b-4b1f-9a7e-2f1c8b7d6e5a'
const specificatie = `Bemiddelingspecificatie/${key}`

function received(changes: Partial<ReceivedMessage> = {}, recordID = specificatie): ReceivedMessage {
  return {
    party: 'zorgaanbieder',
    kind: 'notificatie',
    notificatieID: key,
    receivedAt: moment,
    sender: { role: 'zorgkantoor' },
    source: 'sent',
    encoding: 'graphql',
    traceId: '0'.repeat(31) + '1',
    timestamp: '2026-11-26T12:00:00Z',
    afzenderIDType: 'UZOVI',
    afzenderID: '5999',
    ontvangerIDType: 'AGB',
    ontvangerID: '41000001',
    eventType: 'NIEUWE_BEMIDDELINGSPECIFICATIE_ZORGAANBIEDER',
    subjectList: [{ subject: recordID, recordID }],
    ...changes,
  }
}

function open() {
  const store = createMemoryStore({ clock })
  const tellers = createTellers(loadEventTypes().all, { store })
  return {
    store,
    tellers,
    async receive(message: ReceivedMessage): Promise<void> {
      await store.write(await tellers.onReceived.operations(message))
    },
  }
}

test('who told of a bemiddelingspecificatie is known by it, however it is written', async () => {
  const { tellers, receive } = open()
  await receive(
    received(
      {},
      `bemiddeling/${specificatie.toUpperCase().replace('BEMIDDELINGSPECIFICATIE', 'Bemiddelingspecificatie')}`,
    ),
  )
  expect(await tellers.tellerOf('zorgaanbieder', specificatie)).toEqual({ idType: 'UZOVI', id: '5999' })
  expect(await tellers.tellerOf('een-ander', specificatie)).toBeUndefined()
})

test('nobody takes the place of who told first', async () => {
  const { tellers, receive } = open()
  await receive(received())
  await receive(received({ afzenderID: '5998' }))
  expect(await tellers.tellerOf('zorgaanbieder', specificatie)).toMatchObject({ id: '5999' })
})

test('of two that come in together the one that was stored first is the teller', async () => {
  const { tellers, store } = open()
  const writer = createInboxWriter({ store, clock, log: silentLog, onReceived: [tellers.onReceived] })
  const stow = (afzenderID: string, about = specificatie) =>
    writer.stow({
      message: received({ afzenderID }, about),
      sender: `UZOVI:${afzenderID}`,
      digest: afzenderID,
      names: [afzenderID],
      knownUntil: moment + 1000,
      mostOpen: 10,
      account: append({ from: afzenderID }),
    })
  // While the first is written the others wait, and go together.
  await Promise.all([stow('5996', `WlzIndicatie/${key}`), ...['5999', '5998', '5997'].map((id) => stow(id))])
  const stored = (await readAll(store.records, inbox)).map(({ value }) => [value.afzenderID, value.parked])
  expect(stored).toEqual(['5996', '5999', '5998', '5997'].map((id) => [id, undefined]))
  expect(await tellers.tellerOf('zorgaanbieder', specificatie)).toMatchObject({ id: '5999' })
})

test.each<[string, ReceivedMessage]>([
  ['who has another role', received({ sender: { role: 'zorgaanbieder' } })],
  ['who proved no role', received({ sender: {} })],
  ['who sent a melding', received({ kind: 'melding' })],
  ['who told of another type of record', received({}, `WlzIndicatie/${key}`)],
])('%s is not remembered', async (_case, message) => {
  const { tellers, receive } = open()
  await receive(message)
  expect(await tellers.tellerOf('zorgaanbieder', message.subjectList[0]?.recordID ?? '')).toBeUndefined()
})

test('a desk of a gemeente tells of its toewijzing', async () => {
  const { tellers, receive } = open()
  const recordID = `Toewijzing/${key}`
  await receive(
    received({ sender: { role: 'gemeente-wmo' }, afzenderIDType: 'OIN', afzenderID: '00000001002220647000' }, recordID),
  )
  expect(await tellers.tellerOf('zorgaanbieder', recordID)).toMatchObject({ idType: 'OIN' })
})

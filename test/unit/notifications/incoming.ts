import { createFixedClock } from '../../../node/kernel/clock.js'
import type { Incoming } from '../../../node/notifications/inbox-writer.js'
import { append } from '../../../node/stores/contracts.js'

export const clock = createFixedClock(Date.parse('2026-11-24T09:00:00Z'))

/** A notificatie that came in, as the writer of the inbox takes it. */
export function incoming(name: string, changes: Partial<Incoming> = {}, party = 'noord'): Incoming {
  return {
    message: {
      party,
      kind: 'notificatie',
      notificatieID: `id-${name}`,
      receivedAt: clock.now(),
      sender: {},
      source: 'sent',
      encoding: 'graphql',
      traceId: 'a'.repeat(32),
      timestamp: '2026-11-24T09:00:00Z',
      afzenderIDType: 'KVK',
      afzenderID: '62253778',
      ontvangerIDType: 'UZOVI',
      ontvangerID: '5999',
      eventType: 'NIEUWE_INDICATIE_ZORGKANTOOR',
      subjectList: [{ subject: name, recordID: name }],
    },
    sender: 'KVK:62253778',
    digest: name,
    names: [name],
    knownUntil: clock.now() + 1000,
    mostOpen: 1000,
    account: append({ stored: name }),
    ...changes,
  }
}

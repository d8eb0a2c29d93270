import { describe, expect, test } from '@jest/globals'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { parseMessage, requireParties } from '../../../node/notifications/check-message.js'
import type { Membership } from '../../../node/notifications/memberships.js'
import { loadEventTypes } from '../../../node/policy/event-types.js'
import type { OrganizationIdType } from '../../../schemas/wire/notification.js'

const clock = createFixedClock(Date.parse('2026-11-26T12:00:00Z'))
const eventTypes = loadEventTypes()
const own = {
  zorgkantoor: { name: 'Kantoor', role: 'zorgkantoor', idType: 'UZOVI', id: '5999' },
  zorgaanbieder: { name: 'Aanbieder', role: 'zorgaanbieder', idType: 'AGB', id: '41000001' },
  'gemeente-wmo': { name: 'Wmo', role: 'gemeente-wmo', idType: 'OIN', id: '00000001002220647000' },
  ciz: { name: 'CIZ', role: 'ciz', idType: 'KVK', id: '62253778' },
} as const satisfies Record<string, Membership>

/** What comes of an event that an organisation with these roles sends to one with that role. */
function check(eventType: string, roles: readonly string[], to: keyof typeof own): string {
  const { idType, id } = own[to]
  const sender: { idType: OrganizationIdType; id: string } = { idType: 'KVK', id: '90000401' }
  const input = {
    timestamp: '2026-11-26T12:00:00Z',
    afzenderIDType: sender.idType,
    afzenderID: sender.id,
    ontvangerIDType: idType,
    ontvangerID: id,
    eventType,
    subjectList: [
      { subject: 'Ding/0d9a4f2e-6c3b-4b1f-9a7e-2f1c8b7d6e5a', recordID: 'Ding/0d9a4f2e-6c3b-4b1f-9a7e-2f1c8b7d6e5a' },
    ],
  }
  const kind = eventTypes.find(eventType)?.kind ?? 'notificatie'
  const parsed = parseMessage(input, kind, { clock, findEventType: (name) => eventTypes.find(name) })
  try {
    requireParties(parsed, { organization: sender, roles }, [own[to]])
    return 'taken'
  } catch (cause) {
    return (cause as Error).message
  }
}

describe('an event', () => {
  test.each([
    ['NIEUWE_INDICATIE_ZORGKANTOOR', 'ciz', 'zorgkantoor'],
    ['NIEUWE_INDICATIE_ZORKANTOOR', 'ciz', 'zorgkantoor'],
    ['NIEUWE_BEMIDDELINGSPECIFICATIE_ZORGAANBIEDER', 'zorgkantoor', 'zorgaanbieder'],
    ['NIEUWE_LEVERINGPERIODE_ZORGKANTOOR', 'zorgaanbieder', 'zorgkantoor'],
    ['NIEUWE_TOEWIJZING_ZORGAANBIEDER', 'gemeente-wmo', 'zorgaanbieder'],
    ['NIEUWE_TOEWIJZING_ZORGAANBIEDER', 'gemeente-jw', 'zorgaanbieder'],
    ['NIEUWE_INDICATIE_ZORGAANBIEDER', 'gemeente', 'zorgaanbieder'],
    ['OVERGANGSGAT_GEMEENTE', 'gemeente-wmo', 'gemeente-wmo'],
    ['IWLZFOUTMELDING', 'zorgkantoor', 'ciz'],
    ['IWLZFOUTMELDING', 'gemeente-wmo', 'ciz'],
  ] as const)('%s of %s is taken', (eventType, role, to) => {
    expect(check(eventType, [role], to)).toBe('taken')
  })

  test.each([
    ['NIEUWE_INDICATIE_ZORGKANTOOR', 'zorgaanbieder', 'zorgkantoor'],
    ['NIEUWE_INDICATIE_ZORGKANTOOR', 'zorgkantoor', 'zorgkantoor'],
    ['NIEUWE_INDICATIE_ZORGKANTOOR', 'constructor', 'zorgkantoor'],
    ['NIEUWE_BEMIDDELINGSPECIFICATIE_ZORGAANBIEDER', 'ciz', 'zorgaanbieder'],
    ['NIEUWE_LEVERINGPERIODE_ZORGKANTOOR', 'gemeente', 'zorgkantoor'],
    ['NIEUWE_INDICATIE_ZORGAANBIEDER', 'ciz', 'zorgaanbieder'],
    ['OVERGANGSGAT_ZORGKANTOOR', 'zorgaanbieder', 'zorgkantoor'],
    ['IWLZFOUTMELDING', 'stelselbeheerder', 'ciz'],
  ] as const)('%s of %s is refused', (eventType, role, to) => {
    expect(check(eventType, [role], to)).toContain('notification.sender_role')
  })

  test('of who proves no role is refused', () => {
    expect(check('NIEUWE_INDICATIE_ZORGKANTOOR', [], 'zorgkantoor')).toContain('notification.sender_role')
  })

  test('of who proves several roles is taken when one of them sends it', () => {
    expect(check('NIEUWE_OVERDRACHT_ZORGKANTOOR', ['zorgaanbieder', 'zorgkantoor'], 'zorgkantoor')).toBe('taken')
  })

  test('for another role of receiver is refused of the right sender too', () => {
    expect(check('NIEUWE_INDICATIE_ZORGKANTOOR', ['ciz'], 'zorgaanbieder')).toContain('notification.event_unknown')
  })
})

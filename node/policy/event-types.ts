import { readFileSync } from 'node:fs'
import { createFindEventType, eventTypesSchema, type EventGrondslag, type EventType } from '../../schemas/events.js'
import type { Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { schemaFaults } from '../kernel/schema-faults.js'
import { packageFile } from '../kernel/package-root.js'
import { dayOf } from './day.js'

/** The kinds of change that others are told of. */
export interface EventTypes {
  readonly all: readonly EventType[]
  /** By name or alias, spelled exactly so. */
  find(name: string): EventType | undefined
  /**
   * True when there is a ground today to tell a receiver with this role: the one of its own role where there is one. What
   * waits for a change of law has none outside a sandbox.
   */
  hasGrondslag(type: EventType, at: { readonly now: Instant; readonly role?: string | undefined }): boolean
}

/**
 * Reads the event types that are shipped with the node.
 * @throws `config.invalid` for a file that is not as its schema asks
 */
export function loadEventTypes({ sandbox = false }: { readonly sandbox?: boolean } = {}): EventTypes {
  const parsed = eventTypesSchema.safeParse(JSON.parse(readFileSync(packageFile('schemas', 'events.json'), 'utf8')))
  if (!parsed.success) throw new NodeError('config.invalid', { notes: schemaFaults(parsed.error, { of: 'events' }) })
  return {
    all: parsed.data,
    find: createFindEventType(parsed.data),
    hasGrondslag: (type, { now, role }) => holds(grondslagOf(type, role), now, sandbox),
  }
}

/** The ground on which a receiver with this role is told. */
export function grondslagOf(type: EventType, role: string | undefined): EventGrondslag {
  return (role === undefined ? undefined : type.grondslagByRole?.[role]) ?? type.grondslag
}

function holds({ status, geldigVanaf = '', geldigTot }: EventGrondslag, now: Instant, sandbox: boolean): boolean {
  const today = dayOf(now)
  return (
    (status !== 'te-wijzigen' || sandbox) && geldigVanaf <= today && (geldigTot === undefined || today <= geldigTot)
  )
}

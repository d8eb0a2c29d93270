import { z } from 'zod'
import type { Instant } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import type { Collection, Key, Records } from '../../stores/contracts.js'
import type { MessageParty } from '../../../schemas/wire/notification.js'
import { partyKey } from '../memberships.js'
import { byID, deadDeliveries, endedDeliveries, pendingDeliveries, type Delivery } from './outbox-records.js'

/** What was made for somebody in a time. */
export interface SentQuery {
  readonly party: string
  readonly receiver: MessageParty
  /** In which of its roles it asks. */
  readonly role: string
  readonly from: Instant
  readonly until: Instant
  readonly after?: string | undefined
  readonly limit: number
}

export interface SentPage {
  readonly deliveries: readonly Delivery[]
  readonly next: string | undefined
}

const dayMilliseconds = 86_400_000

/** A part of the outbox: a day of what came to an end, or what waits or is dead. */
interface Place {
  readonly collection: Collection<Delivery & { readonly state?: string }>
  readonly prefix: Key
}

/**
 * One page of what was made for a receiver between two moments, whatever became of it: delivered, waiting or given up. What
 * another message said as well is left out, what was put away, and what is for another role of the same organisation.
 * @throws `request.bad_parameters` for a cursor that is none
 */
export async function listSent(records: Pick<Records, 'list'>, query: SentQuery): Promise<SentPage> {
  const places = placesOf(query)
  const roles = rolesOf(query.role)
  let { place, after } = readCursor(query.after, places.length)
  const found: Delivery[] = []
  for (; place < places.length; place += 1, after = undefined) {
    const { collection, prefix } = places[place] ?? { collection: pendingDeliveries, prefix: [] }
    do {
      const page = await records
        .list(collection, { prefix, limit: query.limit - found.length, ...(after === undefined ? {} : { after }) })
        .catch((cause: unknown) => {
          throw NodeError.codeOf(cause) === 'store.bad_input' ? badCursor(cause) : cause
        })
      for (const { value } of page.items) {
        const at = Date.parse(value.timestamp)
        const isAsked = at >= query.from && at < query.until && roles.has(value.receiverRole)
        if (isAsked && value.state !== 'consolidated' && value.state !== 'discarded') found.push(value)
      }
      after = page.next
      if (found.length >= query.limit) {
        const isLast = after === undefined && place === places.length - 1
        const next = after === undefined ? { place: place + 1 } : { place, after }
        return { deliveries: found, next: isLast ? undefined : writeCursor(next) }
      }
    } while (after !== undefined)
  }
  return { deliveries: found, next: undefined }
}

function placesOf({ party, receiver, role, from, until }: SentQuery): readonly Place[] {
  const places: Place[] = []
  const first = Math.floor(from / dayMilliseconds)
  for (let day = first; day * dayMilliseconds < until; day += 1) {
    const date = new Date(day * dayMilliseconds).toISOString().slice(0, 10)
    places.push({
      collection: { name: endedDeliveries.name, indexes: byID },
      prefix: [party, partyKey(receiver), date],
    })
  }
  for (const each of rolesOf(role)) {
    const prefix = [party, `${partyKey(receiver)} ${each}`]
    places.push({ collection: pendingDeliveries, prefix })
    places.push({ collection: { name: deadDeliveries.name, indexes: byID }, prefix })
  }
  return places
}

/** Under which roles it can be addressed: its own, that of the whole organisation, and as who keeps a record. */
function rolesOf(role: string): ReadonlySet<string> {
  return new Set([role, role.split('-')[0] ?? role, 'bronhouder'])
}

interface Cursor {
  readonly place: number
  readonly after?: string | undefined
}

const cursorSchema = z.tuple([z.int().min(0), z.string().nullable()])

function writeCursor({ place, after }: Cursor): string {
  return Buffer.from(JSON.stringify([place, after ?? null])).toString('base64url')
}

function readCursor(text: string | undefined, places: number): Cursor {
  if (text === undefined) return { place: 0 }
  try {
    const [place, after] = cursorSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))
    if (place < places) return { place, after: after ?? undefined }
  } catch {
    // Told below.
  }
  throw badCursor()
}

function badCursor(cause?: unknown): NodeError {
  return new NodeError('request.bad_parameters', { cause, notes: ['na: give the `volgende` of the page before'] })
}

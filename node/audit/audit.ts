import { createHmac } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { appendText, onlyNumber, type JournalEntry, type Operation, type Store } from '../stores/contracts.js'
import { toEventText } from './event-text.js'
import type { AuditEvent } from './event.js'

/** An event as it stands in the journal. */
export interface AuditEntry {
  readonly number: number
  /** When it was written, RFC 3339 with milliseconds, UTC. */
  readonly time: string
  readonly event: AuditEvent
}

/** The way into the audit journal. */
export interface Audit {
  /**
   * Writes one event and returns its number; durable when it returns.
   * @throws `audit.unavailable`: the caller must then refuse what it was about to do
   */
  record(event: AuditEvent): Promise<number>
  /** The event as part of an atomic batch, for what must be true together with its account. */
  operation(event: AuditEvent): Operation
  /** Events with a number above `after`, ascending. */
  read(query: { readonly after: number; readonly limit: number }): Promise<readonly AuditEntry[]>
  /** The number of the newest event; 0 when there is none. */
  head(): Promise<number>
  /**
   * A pseudonym of `value` that only this node can make again: 128 bits of HMAC-SHA-256 under a key of the node.
   * Not reversible by trying all values without that key.
   */
  pseudonym(kind: string, value: string): string
}

export interface AuditDeps {
  readonly store: Pick<Store, 'journal' | 'write'>
  readonly clock: Clock
  /** Where the events happen, as every entry says. */
  readonly node: { readonly name: string; readonly version: string }
  /** 32 bytes, secret, the same for the life of the journal. */
  readonly pseudonymKey: Buffer
}

const maxKeptPseudonyms = 1000
/** As UZOVI, AGB, KvK, URA and gemeentecode are. A BSN is longer, and names and dates hold more than digits. */
const organizationNumber = /^[0-9]{4,8}$/

/**
 * Writes audit events through the store's journal, as canonical JSON. This is the one place that all events pass, so here
 * every text in them loses what has the form of a BSN.
 */
export function createAudit({ store, clock, node, pseudonymKey }: AuditDeps): Audit {
  const toOperation = (event: AuditEvent): Operation =>
    appendText(toEventText({ event, node, time: new Date(clock.now()).toISOString() }))
  /** Of numbers of organisations alone: who asks compares with its own number each time, and nothing about persons is kept. */
  const pseudonyms = new LRUCache<string, string>({ max: maxKeptPseudonyms })

  function digest(text: string): string {
    return createHmac('sha256', pseudonymKey).update(text).digest().subarray(0, 16).toString('base64url')
  }

  return {
    async record(event) {
      try {
        return onlyNumber(await store.write([toOperation(event)]))
      } catch (cause) {
        throw new NodeError('audit.unavailable', { cause, detail: 'the audit journal cannot be written' })
      }
    },
    operation: toOperation,
    async read(query) {
      return (await store.journal.read(query)).map(parseEntry)
    },
    head: async () => (await store.journal.head()).number,
    pseudonym(kind, value) {
      const text = `${String(kind.length)}:${kind}${value}`
      if (!organizationNumber.test(value)) return digest(text)
      const known = pseudonyms.get(text)
      if (known !== undefined) return known
      const pseudonym = digest(text)
      pseudonyms.set(text, pseudonym)
      return pseudonym
    },
  }
}

/** The journal holds what `createAudit` wrote, so its shape is known. */
export function parseEntry(entry: Pick<JournalEntry, 'number' | 'value'>): AuditEntry {
  const { time, event } = entry.value as unknown as { time: string; event: AuditEvent }
  return { number: entry.number, time, event }
}

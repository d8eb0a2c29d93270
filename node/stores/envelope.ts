import type { Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'

/** A record as it is laid down: one JSON array of version, expiry or null, index values by name, and the value. */
export interface Envelope {
  readonly version: number
  /** Whole milliseconds. */
  readonly expiresAt: Instant | undefined
  readonly indexes: Readonly<Record<string, string>>
  readonly value: unknown
}

/** The bytes of an envelope; `valueText` is the JSON text of the value, so that it is serialised once. */
export function encodeEnvelope(envelope: Omit<Envelope, 'value'> & { readonly valueText: string }): Buffer {
  const { version, expiresAt, indexes, valueText } = envelope
  return Buffer.from(`[${version},${expiresAt ?? 'null'},${JSON.stringify(indexes)},${valueText}]`)
}

/** What `encodeEnvelope` wrote. Does not check the value again. @throws `store.damaged` when it is not an envelope */
export function parseEnvelope(bytes: Buffer): Envelope {
  const parts = parseStoredJson(bytes)
  if (!Array.isArray(parts) || parts.length !== 4 || typeof parts[0] !== 'number') {
    throw new NodeError('store.damaged', { detail: 'a stored record is not an envelope' })
  }
  // What this node wrote itself, in the shape of encodeEnvelope.
  const [version, expiresAt, indexes, value] = parts as [number, number | null, Record<string, string>, unknown]
  return { version, expiresAt: expiresAt ?? undefined, indexes, value }
}

/** The JSON that this node stored. @throws `store.damaged` when it is not JSON */
export function parseStoredJson(stored: Buffer | string): unknown {
  try {
    return JSON.parse(typeof stored === 'string' ? stored : stored.toString('utf8'))
  } catch {
    // Without the cause: the parser quotes what it read, and that may be anything.
    throw new NodeError('store.damaged', { detail: 'a stored value is not JSON' })
  }
}

/** True once `instant` has passed; never for `undefined`. */
export function isPast(instant: Instant | undefined, now: Instant): boolean {
  return instant !== undefined && now > instant
}

import { createHash } from 'node:crypto'
import { put } from '../../stores/contracts.js'
import type { Collection, Expected, Operation, Records } from '../../stores/contracts.js'
import type { RegisterRecord } from './check-record.js'

/** One change of one record, as the log of a register keeps it. */
export interface RegisterChange {
  /** 1 for the first change of the register, then without gaps. Also the version that the record has since. */
  readonly sequence: number
  /** RFC 3339, UTC. */
  readonly at: string
  /** Who did it, as far as it was said. */
  readonly by: string
  readonly type: string
  /** In its canonical spelling. */
  readonly key: string
  readonly kind: 'created' | 'changed' | 'removed'
  /** What the record is since; `null` when it was removed. */
  readonly record: RegisterRecord | null
}

/** Under this name a stored record has the number of its last change; no field of a schema can have it. */
export const versionMember = '#'

/** A record without what the store adds to it. */
export function withoutVersion(stored: RegisterRecord): RegisterRecord {
  const { [versionMember]: _version, ...record } = stored
  return record
}

/** The number of the last change of a stored record; 0 for one that was stored before changes were numbered. */
export function versionOf(stored: RegisterRecord): number {
  const version = stored[versionMember]
  return typeof version === 'number' ? version : 0
}

/** Where the changes of a register are kept. */
export interface ChangeLog {
  /** The number of the last change, and what the next batch must find there. */
  readHead(): Promise<{ readonly sequence: number; readonly expected: Expected }>
  /** What a batch must hold for `changes`, which go on from the head that was read. */
  operations(changes: readonly RegisterChange[], expected: Expected): readonly Operation[]
  /** Changes with a number above `after`, ascending, at most `limit`. */
  read(query: { readonly after: number; readonly limit: number }): Promise<readonly RegisterChange[]>
  /** All changes of one record, ascending. */
  history(type: string, key: string): Promise<readonly RegisterChange[]>
}

/** So many changes have the first part of their key in common: a page is read without an order of numbers. */
const bucketSize = 500

/** Lays out the log of a register of `party`. */
export function createChangeLog(
  records: Pick<Records, 'get' | 'list'>,
  register: { readonly party: string; readonly name: string },
): ChangeLog {
  const place = `${register.party}:${register.name}`
  const head: Collection<{ readonly sequence: number }> = { name: `register-head:${place}` }
  const log: Collection<RegisterChange> = {
    name: `register-log:${place}`,
    indexes: { record: ({ type, key }) => nameOf(type, key) },
  }
  const headKey = ['head']

  return {
    async readHead() {
      const stored = await records.get(head, headKey)
      return { sequence: stored?.value.sequence ?? 0, expected: stored?.version ?? 'absent' }
    },
    operations(changes, expected) {
      const last = changes.at(-1)
      if (last === undefined) return []
      return [
        put(head, headKey, { sequence: last.sequence }, { expected }),
        ...changes.map((change) =>
          put(log, [bucketOf(change.sequence), pad(change.sequence)], change, { expected: 'absent' }),
        ),
      ]
    },
    async read({ after, limit }) {
      const { sequence: last } = await this.readHead()
      const found: RegisterChange[] = []
      for (let next = after + 1; next <= last && found.length < limit; next += bucketSize - (next % bucketSize)) {
        const page = await records.list(log, { prefix: [bucketOf(next)], limit: bucketSize })
        found.push(...page.items.map(({ value }) => value).filter(({ sequence }) => sequence >= next))
      }
      return found.slice(0, limit)
    },
    async history(type, key) {
      const found: RegisterChange[] = []
      let after: string | undefined
      do {
        const page = await records.list(log, {
          index: { name: 'record', value: nameOf(type, key) },
          limit: bucketSize,
          ...(after === undefined ? {} : { after }),
        })
        found.push(...page.items.map(({ value }) => value))
        after = page.next
      } while (after !== undefined)
      return found
    },
  }
}

function bucketOf(sequence: number): string {
  return pad(Math.floor(sequence / bucketSize))
}

/** As many digits as a safe integer can have, so that keys are in the order of their numbers. */
function pad(number: number): string {
  return String(number).padStart(16, '0')
}

/** A digest: a key can be as long as an index value by itself. */
function nameOf(type: string, key: string): string {
  return createHash('sha256').update(`${type}\n${key}`).digest('hex')
}

import type { Expected, Records } from '../../stores/contracts.js'
import type { RegisterRecord } from './check-record.js'
import type { ParsedChange } from './parse-change.js'
import type { RegisterTable, RegisterTables } from './table.js'

/** A change with what the store has of the record. */
export interface PendingChange extends ParsedChange {
  /** Where it stands among the changes that were asked. */
  readonly position: number
  readonly stored: RegisterRecord | undefined
  /** What the store must find when the change is written. */
  readonly storedVersion: Expected
}

/** The register as it is when the changes are done. */
export interface Pending {
  readonly changes: readonly PendingChange[]
  /** Takes a change out again. */
  drop(change: PendingChange): void
  find(type: string, key: string): Promise<RegisterRecord | undefined>
  /** The keys of at most `limit` records of `type` of which `field` has this value. */
  holders(type: string, field: string, value: string, limit: number): Promise<readonly string[]>
}

const pageSize = 100

export async function createPending(
  records: Pick<Records, 'get' | 'list'>,
  tables: RegisterTables,
  parsed: readonly (ParsedChange & { readonly position: number })[],
): Promise<Pending> {
  const byName = new Map<string, PendingChange>()
  const changes = await Promise.all(
    parsed.map(async (change): Promise<PendingChange> => {
      const stored = await records.get(change.table.collection, [change.key])
      return { ...change, stored: stored?.value, storedVersion: stored?.version ?? 'absent' }
    }),
  )
  for (const change of changes) byName.set(nameOf(change.type, change.key), change)
  const looked = new Map<string, Promise<RegisterRecord | undefined>>()

  return {
    get changes() {
      return [...byName.values()]
    },
    drop: ({ type, key }) => void byName.delete(nameOf(type, key)),
    find(type, key) {
      const name = nameOf(type, key)
      const change = byName.get(name)
      if (change !== undefined) return Promise.resolve(change.record ?? undefined)
      const table = tables.get(type)
      const known = looked.get(name)
      if (known !== undefined || table === undefined) return known ?? Promise.resolve(undefined)
      const looking = records.get(table.collection, [key]).then((stored) => stored?.value)
      looked.set(name, looking)
      return looking
    },
    async holders(type, field, value, limit) {
      const table = tables.get(type)
      if (table === undefined) return []
      const found = pendingHolders(byName, type, table, field, value)
      let after: string | undefined
      do {
        const page = await records.list(table.collection, {
          index: { name: field, value },
          limit: pageSize,
          ...(after === undefined ? {} : { after }),
        })
        for (const { key } of page.items) if (!byName.has(nameOf(type, key[0] ?? ''))) found.push(key[0] ?? '')
        after = page.next
      } while (after !== undefined && found.length < limit)
      return found.slice(0, limit)
    },
  }
}

function pendingHolders(
  byName: ReadonlyMap<string, PendingChange>,
  type: string,
  table: RegisterTable,
  field: string,
  value: string,
): string[] {
  return [...byName.values()]
    .filter((change) => change.type === type && change.record !== null)
    .filter(({ record }) => record !== null && table.comparedValue(record, field) === value)
    .map(({ key }) => key)
}

function nameOf(type: string, key: string): string {
  return `${type}\n${key}`
}

import { NodeError } from '../../kernel/errors.js'
import type { ListQuery, Records, Stored } from '../../stores/contracts.js'
import type { RegisterRecord } from './check-record.js'
import type { RegisterTable, RegisterTables } from './table.js'

/** The records of a register during one request; what was looked at once is not looked at again. */
export interface RecordReader {
  /** @param key in its canonical spelling */
  get(type: string, key: string): Promise<RegisterRecord | undefined>
  /** The records of which the index has this value, in the order of their keys. */
  list(type: string, index: string, value: string): Promise<readonly RegisterRecord[]>
  /** Every record of a type, in the order of their keys. */
  all(type: string): Promise<readonly RegisterRecord[]>
}

const pageSize = 1000

/**
 * Makes the reader of one request.
 *
 * Its functions throw `source.bad_request` once `limit` records were looked at: an answer that was cut off would look
 * complete.
 */
export function createRecordReader(records: Records, tables: RegisterTables, limit: number): RecordReader {
  let left = limit
  const found = new Map<string, Promise<RegisterRecord | undefined>>()
  const lists = new Map<string, Promise<readonly RegisterRecord[]>>()

  function spend(count: number): void {
    left -= count
    if (left < 0) {
      throw new NodeError('source.bad_request', {
        notes: [`The request looks at more than ${limit} records; add a filter.`],
      })
    }
  }

  async function readPages(table: RegisterTable, where: Pick<ListQuery, 'index'>): Promise<readonly RegisterRecord[]> {
    const items: Stored<RegisterRecord>[] = []
    let after: string | undefined
    do {
      // One more than may be looked at, so that it is known whether there are more.
      const page = await records.list(table.collection, {
        ...where,
        limit: Math.min(pageSize, Math.max(1, left + 1)),
        ...(after === undefined ? {} : { after }),
      })
      spend(page.items.length)
      items.push(...page.items)
      after = page.next
    } while (after !== undefined)
    return items.map(({ value }) => value)
  }

  function tableOf(type: string): RegisterTable {
    const table = tables.get(type)
    if (table === undefined) throw new NodeError('internal.fault', { detail: `${type} has no records of its own` })
    return table
  }

  async function readOne(type: string, key: string): Promise<RegisterRecord | undefined> {
    spend(1)
    return (await records.get(tableOf(type).collection, [key]))?.value
  }

  function once<T>(known: Map<string, Promise<T>>, name: string, read: () => Promise<T>): Promise<T> {
    const before = known.get(name)
    if (before !== undefined) return before
    const reading = read()
    known.set(name, reading)
    return reading
  }

  return {
    get: (type, key) => once(found, `${type} ${key}`, () => readOne(type, key)),
    list: (type, index, value) =>
      once(lists, `${type} ${index} ${value}`, () => readPages(tableOf(type), { index: { name: index, value } })),
    all: (type) => once(lists, type, () => readPages(tableOf(type), {})),
  }
}

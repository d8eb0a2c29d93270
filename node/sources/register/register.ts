import { NodeError } from '../../kernel/errors.js'
import { Permit } from '../../policy/permit.js'
import type { Filter } from '../../policy/question.js'
import type { ListQuery, Store } from '../../stores/contracts.js'
import type { DataSource } from '../data-source.js'
import { createQueryReader } from '../graphql/read-query.js'
import type { RegisterRecord } from './check-record.js'
import type { RegisterDefinition } from './definition.js'
import { addRecords, parseSeed } from './seed.js'
import type { Seeded } from './seed.js'
import { createTables, matches } from './table.js'
import type { RegisterTable } from './table.js'

/** So many records are looked at for one request, at most. */
const maxScanned = 1000

export interface RegisterDeps {
  /** The name of the source. */
  readonly name: string
  /** The party whose register it is. */
  readonly party: string
  readonly definition: RegisterDefinition
  readonly store: Pick<Store, 'records' | 'write'>
  /** Answers questions about the schema too. For development and conformance tests; off by default. */
  readonly introspection?: boolean | undefined
}

/** Records that this node keeps, served as GraphQL. */
export interface Register extends DataSource {
  /**
   * Adds the records that are not there yet. A record that is there stays as it is, whatever the seed says of it.
   *
   * All are checked before the first is written, and they are written in batches; a stop half-way leaves whole records,
   * and loading again adds the others.
   * @param seed records by root field: `{"wlzIndicatie": [...]}`
   * @throws `source.bad_record` with the path of what is wrong, `source.unavailable`
   */
  loadSeed(seed: unknown): Promise<Seeded>
}

/**
 * Makes a register that keeps its records in `store`.
 *
 * `read` finds records by their key, else by an index, else by looking at all, and refuses with `source.bad_request`
 * when it would have to look at more than 1000: a shortened answer would look complete.
 * @throws `config.invalid`
 */
export function createRegister(deps: RegisterDeps): Register {
  const { name, party, definition, store, introspection } = deps
  const reader = createQueryReader({ schema: definition.schema, source: name, introspection })
  const tables = createTables(deps)

  /** Records among which are all that match; the caller applies the filters. */
  async function find(table: RegisterTable, filters: readonly Filter[]): Promise<readonly RegisterRecord[]> {
    const { key, indexes } = table.kept
    const byKey = filters.find(({ path }) => path === key)
    if (byKey !== undefined) {
      const stored = await store.records.get(table.collection, [byKey.value])
      return stored === undefined ? [] : [stored.value]
    }
    const byIndex = filters.find(({ path }) => indexes.includes(path))
    return list(table, byIndex === undefined ? {} : { index: { name: byIndex.path, value: byIndex.value } })
  }

  async function list(table: RegisterTable, where: Pick<ListQuery, 'index'>): Promise<readonly RegisterRecord[]> {
    const { collection } = table
    const { items, next } = await store.records.list(collection, { ...where, limit: maxScanned })
    if (next !== undefined) {
      const more = await store.records.list(collection, { ...where, after: next, limit: 1 })
      if (more.items.length > 0) throw tooWide()
    }
    return items.map(({ value }) => value)
  }

  return {
    name,
    party,
    parse: (body) => reader.read(body),
    async read(permit, request) {
      // A request that was changed after it was checked has no plan: its fields would say less than its answer.
      const plan = reader.findPlan(request)
      if (!Permit.is(permit) || plan === undefined || !permit.covers({ party, ...request })) {
        throw new NodeError('access.denied', { detail: 'the permit does not cover the request' })
      }
      const table = plan.root && tables.get(plan.root.name)
      if (table === undefined) return { data: plan.write([]), recordCount: 0, persons: [] }
      const found = await find(table, request.filters).catch(toSourceError)
      const records = found.filter((record) => matches(table, record, request.filters))
      return { data: plan.write(records), recordCount: records.length, persons: personsOf(table, records) }
    },
    async loadSeed(seed) {
      const records = parseSeed(tables, seed)
      return addRecords(store, records).catch(toSourceError)
    },
  }
}

function personsOf({ kept: { person } }: RegisterTable, records: readonly RegisterRecord[]): readonly string[] {
  if (person === undefined) return []
  return records.map((record) => record[person]).filter((value) => typeof value === 'string')
}

function tooWide(): NodeError {
  return new NodeError('source.bad_request', {
    notes: [`The request looks at more than ${maxScanned} records; add a filter.`],
  })
}

/** Names a failure of the store as one of the source; what the source itself says passes. */
function toSourceError(error: unknown): never {
  if (!NodeError.codeOf(error).startsWith('store.')) throw error
  throw new NodeError('source.unavailable', { cause: error })
}

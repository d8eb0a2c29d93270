import { systemClock } from '../../kernel/clock.js'
import type { Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import type { Store } from '../../stores/contracts.js'
import { codesPart } from '../codes/explain-codes.js'
import type { ExplainCodes } from '../codes/explain-codes.js'
import type { Answer, DataSource } from '../data-source.js'
import { narrowReading } from '../narrow.js'
import type { NarrowedReading } from '../narrow.js'
import { getPermittedPlan } from '../permitted-plan.js'
import type { AnswerPlan } from '../graphql/query-plan.js'
import { createQueryReader } from '../graphql/read-query.js'
import { findCandidates } from './candidates.js'
import type { RegisterRecord } from './check-record.js'
import type { RegisterDefinition } from './definition.js'
import { createFieldForms } from './field-forms.js'
import type { FieldForms } from './field-forms.js'
import { followRelation } from './follow.js'
import { keepMatching, linkRecords } from './link-records.js'
import { compilePredicate } from './predicate.js'
import { createRecordReader } from './record-reader.js'
import type { RecordReader } from './record-reader.js'
import { addRecords, parseSeed } from './seed.js'
import type { Seeded } from './seed.js'
import { sortRecords } from './sort-records.js'
import { createTables } from './table.js'
import type { RegisterTables } from './table.js'
import { createWriteRecords, toSourceError } from './write-records.js'

/** So many records are looked at for one request, at most. */
const maxLookedAt = 5000
/** So many records one answer holds, at most: relations that go round give the same records again and again. */
const maxHeld = 20_000

export interface RegisterDeps {
  /** The name of the source. */
  readonly name: string
  /** The party whose register it is. */
  readonly party: string
  readonly definition: RegisterDefinition
  readonly store: Pick<Store, 'records' | 'write'>
  /** When a seed was loaded, for the history of its records. */
  readonly clock?: Clock
  /** Answers questions about the schema too. For development and conformance tests; off by default. */
  readonly introspection?: boolean | undefined
  /** Says what the codes of an answer mean; without it nobody does. */
  readonly explainCodes?: ExplainCodes | undefined
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
 * `read` finds records by their key, else by an index, else by way of records that they belong to, else by looking at
 * all, and refuses with `source.bad_request` when it would have to look at more than 5000 records: a shortened answer
 * would look complete. For the same reason it refuses an answer of more than 20000 records. Records of a batch that is written meanwhile may be seen as they were before it.
 * @throws `config.invalid`
 */
export function createRegister(deps: RegisterDeps): Register {
  const { name, party, definition, store, introspection, explainCodes } = deps
  const { served } = definition
  const reader = createQueryReader({ served, source: name, introspection })
  const tables = createTables(deps)
  const forms = createFieldForms(served)
  const writer = createWriteRecords({ clock: systemClock, ...deps, tables, model: served.model })

  async function answer(type: string, plan: AnswerPlan, narrowing: NarrowedReading): Promise<Answer> {
    const records = createRecordReader(store.records, tables, maxLookedAt)
    const reading = { forms, tables, records }
    const { where, isWithheld, withheld, isNarrowed } = narrowing
    const candidates = await findCandidates(type, where, reading)
    const test = where && compilePredicate(where, type, reading)
    const found = test === undefined ? candidates : await keepMatching(candidates, test)
    const sorted = await sortRecords(type, found, plan.list.order, reading)
    const hold = createHold()
    const linked = await linkRecords(plan.selection, sorted, {
      forms,
      records,
      lists: plan.lists,
      isWithheld,
      hold,
    })
    const persons = await findPersons(type, sorted, reading)
    const write = withheld.length === 0 ? plan.writer() : plan.writer(isWithheld)
    const data = write(linked)
    return {
      data,
      recordCount: sorted.length,
      persons,
      ...codesPart(plan, data, explainCodes),
      ...(withheld.length > 0 || isNarrowed ? { narrowed: { paths: withheld, records: isNarrowed } } : {}),
    }
  }

  return {
    name,
    party,
    parse: (body) => reader.read(body),
    async read(permit, request) {
      const plan = getPermittedPlan({ reader, permit, party, request })
      if (plan.root === undefined) return { data: plan.writer()([]), recordCount: 0, persons: [] }
      const { name: type } = plan.root.type
      const narrowing = narrowReading(request, permit.narrowingFor({ party, ...request }))
      return readAgain(() => answer(type, plan, narrowing)).catch(toSourceError)
    },
    async loadSeed(seed) {
      const records = parseSeed(tables, served.model, seed)
      return addRecords(store, writer, records).catch(toSourceError)
    },
  }
}

/** Counts what an answer holds. @throws `source.bad_request` for more than 20000 records */
function createHold(): (count: number) => void {
  let left = maxHeld
  return (count) => {
    left -= count
    if (left >= 0) return
    throw new NodeError('source.bad_request', {
      notes: [`The answer would hold more than ${maxHeld} records; ask fewer fields that lead to others.`],
    })
  }
}

/** Reads once more when a record that is referred to was not there: it may have been removed while it was read. */
async function readAgain(read: () => Promise<Answer>): Promise<Answer> {
  try {
    return await read()
  } catch (error) {
    if (NodeError.codeOf(error) !== 'source.bad_record') throw error
    return read()
  }
}

/** The BSNs of whom the records are about, each once. */
async function findPersons(
  type: string,
  found: readonly RegisterRecord[],
  deps: { readonly forms: FieldForms; readonly tables: RegisterTables; readonly records: RecordReader },
): Promise<readonly string[]> {
  const way = deps.tables.get(type)?.entity.person?.split('.')
  const last = way?.at(-1)
  if (way === undefined || last === undefined) return []
  let at = type
  let parts: readonly Readonly<Record<string, unknown>>[] = found
  for (const step of way.slice(0, -1)) {
    const follow = followRelation(at, step, deps)
    parts = (await Promise.all(parts.map(follow))).flat()
    at = deps.forms.targetOf(`${at}.${step}`)
  }
  return [...new Set(parts.map((part) => part[last]).filter((value) => typeof value === 'string'))]
}

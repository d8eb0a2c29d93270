import type { Audit } from '../../audit/audit.js'
import type { AuditEvent } from '../../audit/event.js'
import { personPseudonym } from '../../audit/person.js'
import type { Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import type { Trace } from '../../kernel/trace.js'
import type { Operation, Store } from '../../stores/contracts.js'
import { orderByReference } from '../graphql/entity-model.js'
import { versionOf, withoutVersion } from './change-log.js'
import type { RegisterChange } from './change-log.js'
import { createChangeView, type ChangeView } from './change-view.js'
import type { RegisterRecord } from './check-record.js'
import type { RegisterDefinition } from './definition.js'
import { badRecord, createChangeParser } from './parse-change.js'
import type { ParsedChange, RecordChange } from './parse-change.js'
import { createPending, type Pending } from './pending.js'
import { readCells } from './read-cells.js'
import { createTables, findTable } from './table.js'
import type { RegisterTable } from './table.js'
import { createWriteRecords, toSourceError } from './write-records.js'
import type { ChangeOutcome } from './write-records.js'

/** How many changes one batch may have: a batch holds up all others. */
export const maxBatch = 500

/** Who does something, for the history and the journal. */
export interface Acting {
  readonly by: string
  readonly trace?: Trace | undefined
}

/** A type of a register, as an administrator has to know it. */
export interface DescribedType {
  readonly type: string
  readonly root: string | undefined
  readonly key: string
  /** By field: the name under which a record has the key of another one, and its type. */
  readonly references: Readonly<Record<string, { readonly as: string; readonly type: string }>>
}

/** A row of an import: a record, or the cells of a table by column. */
export type ImportRow =
  | { readonly type: string; readonly record: unknown }
  | { readonly type: string; readonly cells: Readonly<Record<string, string>> }

/** What became of one row of an import. */
export type RowOutcome = ChangeOutcome | { readonly outcome: 'refused'; readonly notes: readonly string[] }

/** A record as it leaves in an export. */
export interface ExportedRecord {
  readonly type: string
  readonly version: number
  readonly record: RegisterRecord
}

/**
 * Called with the changes of a batch before it is written; what it gives is written in the same batch, so both are there
 * or neither is.
 */
export type OnChange = (
  changes: readonly RegisterChange[],
  view: ChangeView,
) => readonly Operation[] | Promise<readonly Operation[]>

/** The records of a register, for the organisation that keeps it. Everything is in the journal. */
export interface RegisterAdministration {
  /** The types, each after those that its records refer to: in this order they can be written. */
  readonly types: readonly DescribedType[]
  /**
   * Writes all of at most 500 changes or none, with their history and their journal entry.
   * @throws `source.bad_record`, `source.record_conflict`, `source.record_unknown`, `source.record_referred`,
   *   `source.unavailable`
   */
  write(changes: readonly RecordChange[], acting: Acting): Promise<readonly ChangeOutcome[]>
  /**
   * Writes those of at most 500 records that are right, in one batch, and says of each other one what is wrong.
   * @throws `source.unavailable`, `source.bad_record` for more than 500
   */
  importRows(rows: readonly ImportRow[], acting: Acting): Promise<readonly RowOutcome[]>
  /** Every change of one record, ascending; none when there never was one. @throws `source.bad_record` for an unknown type */
  history(type: string, key: string, acting: Acting): Promise<readonly RegisterChange[]>
  /** Changes with a number above `after`, ascending. */
  changes(query: { readonly after: number; readonly limit: number }, acting: Acting): Promise<readonly RegisterChange[]>
  /**
   * The records as they are now, for work of the node itself that tells nobody what stands in them. Not in the journal; what is
   * written meanwhile may or may not be seen.
   */
  view(): Promise<ChangeView>
  /** Every record, in an order in which they can be imported. What others write meanwhile may or may not be in it. */
  exportRecords(acting: Acting): Promise<AsyncIterable<ExportedRecord>>
}

export interface RegisterAdministrationDeps {
  readonly name: string
  readonly party: string
  readonly definition: RegisterDefinition
  readonly store: Pick<Store, 'records' | 'write'>
  readonly clock: Clock
  readonly audit: Pick<Audit, 'operation' | 'record' | 'pseudonym'>
  readonly onChange?: OnChange | undefined
}

const pageSize = 500

export function createRegisterAdministration(deps: RegisterAdministrationDeps): RegisterAdministration {
  const { name, party, definition, store, audit, onChange } = deps
  const { model } = definition.served
  const tables = createTables(deps)
  const parse = createChangeParser(tables, model)
  const writer = createWriteRecords({ ...deps, tables, model })
  const order = orderByReference(model)

  const about = ({ by, trace }: Acting): Pick<AuditEvent, 'party' | 'actor' | 'outcome'> & { trace?: Trace } => ({
    party,
    actor: { user: { id: by } },
    outcome: 'success',
    ...(trace === undefined ? {} : { trace }),
  })

  /** The journal entry of a batch, and what the hook adds. */
  function withChanges(acting: Acting) {
    return async (changes: readonly RegisterChange[], pending: Pending): Promise<readonly Operation[]> => {
      const view = createChangeView(pending, { tables, model })
      const persons = await findPersons(changes, view)
      const kinds = new Set(changes.map(({ kind }) => kind))
      const event: AuditEvent = {
        ...about(acting),
        code: 'register.changed',
        action: kinds.size > 1 || kinds.has('changed') ? 'update' : kinds.has('created') ? 'create' : 'delete',
        object: {
          source: name,
          operation: [...new Set(changes.map(({ type }) => type))].sort().join(' '),
          recordCount: changes.length,
          through: changes.at(-1)?.sequence ?? 0,
        },
        ...(persons.length === 0 ? {} : { persons: persons.map((bsn) => personPseudonym(audit, bsn)) }),
      }
      const more = (await onChange?.(changes, view)) ?? []
      return [audit.operation(event), ...more]
    }
  }

  async function accountRead(acting: Acting, object: NonNullable<AuditEvent['object']>): Promise<void> {
    await audit.record({ ...about(acting), code: 'register.read', action: 'read', object: { source: name, ...object } })
  }

  function tableOf(type: string): RegisterTable {
    const table = findTable(tables, type)
    if (table === undefined) throw badRecord('the register has no such type')
    return table
  }

  async function* exportAll(): AsyncGenerator<ExportedRecord> {
    for (const type of order) {
      let after: string | undefined
      do {
        const page = await store.records
          .list(tableOf(type).collection, { limit: pageSize, ...(after === undefined ? {} : { after }) })
          .catch(toSourceError)
        for (const { value } of page.items) yield { type, version: versionOf(value), record: withoutVersion(value) }
        after = page.next
      } while (after !== undefined)
    }
  }

  return {
    types: order.map((type) => describeType(tableOf(type))),
    async write(changes, acting) {
      requireBatch(changes.length)
      const path = (position: number): string => `changes[${position}]`
      const parsed = changes.map((change, position) => parse(change, path(position)))
      const outcomes = await writer.write(parsed, { by: acting.by, path, withChanges: withChanges(acting) })
      return outcomes.filter((outcome) => outcome !== undefined)
    },
    async importRows(rows, acting) {
      requireBatch(rows.length)
      const path = (position: number): string => `rows[${position}]`
      const refused = new Map<number, readonly string[]>()
      const parsed = rows.flatMap((row, position): readonly (ParsedChange & { readonly row: number })[] => {
        try {
          const record = 'cells' in row ? readCells(tableOf(row.type), row.cells, path(position)) : row.record
          return [{ ...parse({ type: row.type, record }, path(position)), row: position }]
        } catch (error) {
          // One row that is wrong is in the report; the others go on.
          refused.set(position, notesOf(error))
          return []
        }
      })
      const once = withoutRepeats(parsed, (row, first) =>
        refused.set(row, [`${path(row)}: the same record as ${path(first)}`]),
      )
      const written = await writer.write(once, {
        by: acting.by,
        path: (position) => path(once[position]?.row ?? position),
        withChanges: withChanges(acting),
        leaveOut: ({ position, error }) => refused.set(once[position]?.row ?? position, error.notes),
      })
      const outcomes = new Map(once.map(({ row }, position) => [row, written[position]]))
      return rows.map((_row, at) => outcomes.get(at) ?? { outcome: 'refused', notes: refused.get(at) ?? [] })
    },
    async history(type, key, acting) {
      const table = tableOf(type)
      const canonical = table.comparedValue({ [table.kept.key]: key }, table.kept.key) ?? ''
      const changes = await writer.log.history(table.entity.type.name, canonical).catch(toSourceError)
      await accountRead(acting, { operation: `history ${table.entity.type.name}`, recordCount: changes.length })
      return changes
    },
    async changes(query, acting) {
      const changes = await writer.log.read(query).catch(toSourceError)
      const through = changes.at(-1)?.sequence ?? query.after
      await accountRead(acting, { operation: 'changes', recordCount: changes.length, through })
      return changes
    },
    async view() {
      return createChangeView(await createPending(store.records, tables, []), { tables, model })
    },
    async exportRecords(acting) {
      await accountRead(acting, { operation: 'export' })
      return exportAll()
    },
  }
}

/** The BSNs of whom the changed records are about, each once, as far as the way to them is still there. */
async function findPersons(changes: readonly RegisterChange[], view: ChangeView): Promise<readonly string[]> {
  const found = await Promise.all(changes.map((change) => view.personOf(change)))
  return [...new Set(found.filter((bsn) => bsn !== undefined))]
}

function describeType({ entity }: RegisterTable): DescribedType {
  const references = [...entity.relations].flatMap(([field, relation]) =>
    relation.kind === 'reference' ? [[field, { as: relation.as, type: relation.to }] as const] : [],
  )
  return { type: entity.type.name, root: entity.root, key: entity.key, references: Object.fromEntries(references) }
}

function withoutRepeats<T extends ParsedChange & { readonly row: number }>(
  parsed: readonly T[],
  onRepeat: (row: number, first: number) => void,
): readonly T[] {
  const seen = new Map<string, number>()
  return parsed.filter(({ type, key, row }) => {
    const first = seen.get(`${type}\n${key}`)
    if (first === undefined) seen.set(`${type}\n${key}`, row)
    else onRepeat(row, first)
    return first === undefined
  })
}

function requireBatch(length: number): void {
  if (length < 1 || length > maxBatch) throw badRecord(`a batch has 1 to ${maxBatch} records`)
}

/** @throws what is no refusal of a record */
function notesOf(error: unknown): readonly string[] {
  if (!NodeError.is(error) || error.code !== 'source.bad_record') throw error
  return error.notes
}

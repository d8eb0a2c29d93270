import type { Condition } from '../../policy/question.js'
import type { LinkedRecord, LinkedSelection } from '../graphql/linked-selection.js'
import type { OrderKey } from '../graphql/read-order.js'
import type { RegisterRecord } from './check-record.js'
import type { FieldForms } from './field-forms.js'
import { followRelation } from './follow.js'
import { compilePredicate } from './predicate.js'
import type { Predicate } from './predicate.js'
import type { RecordReader } from './record-reader.js'
import { sortRecords } from './sort-records.js'

/** The conditions and the order of one selected list. */
export interface ListReading {
  readonly where: Condition | undefined
  readonly order: readonly OrderKey[]
}

export interface LinkDeps {
  readonly forms: FieldForms
  readonly records: RecordReader
  /** By the number that a link has. */
  readonly lists: readonly ListReading[]
  /** Told how many records more the answer holds; throws when those are too many. */
  readonly hold: (count: number) => void
  /** True for a path that does not leave: nothing is read for it. */
  readonly isWithheld: (path: string) => boolean
}

const nothing: readonly never[] = Object.freeze([])

/** Returns `records` with what their selected fields lead to, all the way down. */
export function linkRecords(
  selection: LinkedSelection,
  records: readonly RegisterRecord[],
  deps: LinkDeps,
): Promise<readonly LinkedRecord[]> {
  return compileLinks(selection, deps)(records)
}

type LinkAll = (records: readonly RegisterRecord[]) => Promise<readonly LinkedRecord[]>

function compileLinks(selection: LinkedSelection, deps: LinkDeps): LinkAll {
  if (selection.links.length === 0) {
    return (records) => {
      deps.hold(records.length)
      return Promise.resolve(records.map((record) => ({ record, links: nothing })))
    }
  }
  const links = selection.links.map(({ field, path, relation, selection: below, conditions }) => {
    if (deps.isWithheld(path)) return () => Promise.resolve(null)
    const follow = followRelation(selection.type, field.name, deps)
    const linkBelow = compileLinks(below, deps)
    const list = conditions === undefined ? undefined : deps.lists[conditions]
    const test = list?.where && compilePredicate(list.where, relation.to, deps)
    return async (record: RegisterRecord) => {
      // What a field leads to in a register is a record: relations lead to nothing else.
      const found = (await follow(record)) as readonly RegisterRecord[]
      const met = test === undefined ? found : await keepMatching(found, test)
      const linked = await linkBelow(list === undefined ? met : await sortRecords(relation.to, met, list.order, deps))
      return relation.kind === 'back' && relation.many ? linked : (linked[0] ?? null)
    }
  })
  return (records) => {
    deps.hold(records.length)
    return Promise.all(
      records.map(async (record) => ({ record, links: await Promise.all(links.map((link) => link(record))) })),
    )
  }
}

/** Those that meet the test, in their order. */
export async function keepMatching(
  records: readonly RegisterRecord[],
  test: Predicate,
): Promise<readonly RegisterRecord[]> {
  const kept: RegisterRecord[] = []
  for (const record of records) {
    const verdict = test(record)
    if (typeof verdict === 'boolean' ? verdict : await verdict) kept.push(record)
  }
  return kept
}

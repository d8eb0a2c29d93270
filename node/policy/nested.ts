import type { NestedData, RuleData } from '../../schemas/pack.js'
import { equalsAt } from './conditions.js'
import { earlierOf, readDay, type Day } from './day.js'
import type { RuleCondition } from './filters.js'
import { implies, type Atom, type Clause } from './implies.js'
import { nothing, type Lack } from './lack.js'
import type { AccessQuestion } from './question.js'
import { compileReference } from './reference.js'
import { lastReadingDay, mayStillRead } from './windows.js'

type Own = RuleData['wat']['own']

/** What every record of a list must meet; `undefined` when the question does not say enough to know it. */
type ClausesOf = (question: AccessQuestion) => readonly Clause[] | undefined

/**
 * A list below the root that is selected must be asked with conditions that are as narrow as the rule's, and can be read
 * only as long as its window is open.
 */
export function keepsWithin(path: string, data: NestedData, own: Own): readonly RuleCondition[] {
  const parts: readonly ClausesOf[] = [
    ...(data.overlaps === undefined ? [] : [overlapping(data.overlaps, own)]),
    ...(data.inForceOn === undefined ? [] : [inForce(data.inForceOn)]),
    ...Object.entries(data.equals).map(([at, source]) => equalTo(at, source)),
  ]
  const wide: readonly Lack[] = [
    { kind: 'nested', path, text: `wat: ${path} needs a where that is as narrow as the rule, or narrower` },
  ]
  const window = data.overlaps?.window
  return [
    (question) => {
      const { paths, nested } = question.resource
      if (!isSelected(paths, path)) return nothing
      const asked = nested.filter((each) => each.path === path)
      const clauses = parts.map((part) => part(question))
      const isNarrow = clauses.every((part) =>
        part?.every((clause) => asked.length > 0 && asked.every(({ where }) => implies(where, clause))),
      )
      return isNarrow ? nothing : wide
    },
    ...(window === undefined || own === undefined ? [] : [isReadable(path, window, own)]),
  ]
}

/** The places of a cached document are always the same list, and each of its lists is looked for. */
const places = new WeakMap<readonly string[], ReadonlySet<string>>()

function isSelected(paths: readonly string[], path: string): boolean {
  const known = places.get(paths) ?? new Set(paths)
  places.set(paths, known)
  return known.has(path)
}

function isReadable(path: string, window: 'contacts' | 'others', own: NonNullable<Own>): RuleCondition {
  const closed: readonly Lack[] = [
    {
      kind: 'window',
      path,
      text: `wanneer: ${path} can no longer be read, because your own period ended too long ago`,
    },
  ]
  return (question) => {
    if (!isSelected(question.resource.paths, path)) return nothing
    const end = ownEnd(question, own)
    return end !== undefined && mayStillRead(window, end, question.context.time) ? nothing : closed
  }
}

function overlapping({ start, end, window }: NonNullable<NestedData['overlaps']>, own: Own): ClausesOf {
  return (question) => {
    const from = own && ownStart(question, own)
    const until = own && ownEnd(question, own)
    if (from === undefined || until === undefined) return undefined
    const last = window === undefined ? until : lastReadingDay(window, until)
    return [
      [empty(end), { path: end, test: 'gte', value: from }],
      ...(last === null ? [] : [[empty(start), { path: start, test: 'lte' as const, value: last }]]),
    ]
  }
}

function inForce({ start, end, day: filter }: NonNullable<NestedData['inForceOn']>): ClausesOf {
  return ({ resource }) => {
    const day = dayAt(resource, filter)
    if (day === undefined) return undefined
    return [
      [empty(end), { path: end, test: 'gt', value: day }],
      [empty(start), { path: start, test: 'lte', value: day }],
    ]
  }
}

function equalTo(path: string, source: NestedData['equals'][string]): ClausesOf {
  const { read } = compileReference(source)
  return ({ requester }) => {
    const value = read(requester.claims)
    return value === undefined ? undefined : [[{ path, test: 'eq', value }]]
  }
}

function empty(path: string): Atom {
  return { path, test: 'empty' }
}

/** The first day of the own period: it begins, or it was established before. */
function ownStart({ resource }: AccessQuestion, { start, established }: NonNullable<Own>): Day | undefined {
  const begins = dayAt(resource, start)
  const founded = established === undefined ? undefined : dayAt(resource, established)
  return begins === undefined || founded === undefined ? begins : earlierOf(begins, founded)
}

/** The last day of the own period; `null` where the rule is for open ones, `undefined` when it is not said. */
function ownEnd({ resource }: AccessQuestion, { end, open }: NonNullable<Own>): Day | null | undefined {
  return open ? null : dayAt(resource, end)
}

/** The one day that the root is compared with at `path`. */
function dayAt(resource: AccessQuestion['resource'], path: string): Day | undefined {
  const values = equalsAt(resource, path)
  return values.length === 1 ? readDay(values[0]) : undefined
}

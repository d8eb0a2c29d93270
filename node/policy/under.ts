import type { OnlyData, RuleData } from '../../schemas/pack.js'
import { NodeError } from '../kernel/errors.js'
import { equalsAt } from './conditions.js'
import { readDay, type Day } from './day.js'
import type { RuleCondition } from './filters.js'
import { nothing, type Lack } from './lack.js'
import type { AccessQuestion, Condition, FilterValue } from './question.js'
import { compileReference } from './reference.js'
import { mayStillRead } from './windows.js'

type Under = NonNullable<OnlyData['under']>
type Own = NonNullable<RuleData['wat']['own']>

/** The requester's own record as the request names it. */
interface Named {
  readonly key: FilterValue
  readonly holder: string
  readonly start: Day
  readonly end: Day | null
}

/** The request must name one own record with its period, and that may not have ended too long ago. */
export function keepsUnder(under: Under, own: Own): RuleCondition {
  const unnamed: readonly Lack[] = [
    { kind: 'filter', path: own.start, text: 'wat: the filters must name one own record and its period, once' },
  ]
  const closed: readonly Lack[] = [
    { kind: 'window', text: 'wanneer: it can no longer be read, because your own period ended too long ago' },
  ]
  return (question) => {
    const named = readNamed(question, under, own)
    if (named === undefined) return unnamed
    return mayStillRead(under.overlaps.window, named.end, question.context.time) ? nothing : closed
  }
}

/**
 * The records of the root must stand under the same record as the own one, which must be as the request says, and overlap
 * with its period. Where the request wrote its filters does not matter: the own record must meet all of this at once.
 */
export function narrowUnder(under: Under, own: Own, type: string): (question: AccessQuestion) => readonly Condition[] {
  const [parent, list] = under.way
  const { start, end } = under.overlaps
  const ownType = under.type
  return (question) => {
    const named = readNamed(question, under, own)
    // The rule refuses before this is asked; to leave nothing out would be to give all.
    if (named === undefined) throw new NodeError('internal.fault', { detail: 'the request names no own record' })
    const record: Condition = {
      kind: 'and',
      of: [
        compare(ownType, under.key, 'eq', named.key),
        compare(ownType, lastOf(under.holder.filter), 'eq', named.holder),
        compare(ownType, lastOf(own.start), 'eq', named.start),
        compare(ownType, lastOf(own.end), 'eq', named.end),
      ],
    }
    const sibling: Condition = { kind: 'relation', path: lastOf(list), field: list, quantifier: 'some', where: record }
    return [
      { kind: 'relation', path: lastOf(parent), field: parent, quantifier: 'is', where: sibling },
      { kind: 'or', of: [compare(type, end, 'eq', null), compare(type, end, 'gte', named.start)] },
      ...(named.end === null ? [] : [compare(type, start, 'lte', named.end)]),
    ]
  }
}

function readNamed({ resource, requester }: AccessQuestion, under: Under, own: Own): Named | undefined {
  const place = own.start.slice(0, own.start.lastIndexOf('.') + 1)
  const key = oneAt(resource, `${place}${under.key}`)
  const start = readDay(oneAt(resource, own.start))
  const end = own.open ? null : readDay(oneAt(resource, own.end))
  const holder = compileReference(under.holder.value).read(requester.claims)
  return key === undefined || start === undefined || end === undefined || holder === undefined
    ? undefined
    : { key, holder, start, end }
}

function oneAt(resource: AccessQuestion['resource'], path: string): FilterValue | undefined {
  const values = equalsAt(resource, path)
  return values.length === 1 ? values[0] : undefined
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1)
}

function compare(type: string, path: string, operator: 'eq' | 'gte' | 'lte', value: FilterValue): Condition {
  return Object.freeze({ kind: 'compare', path, field: `${type}.${path}`, operator, value })
}

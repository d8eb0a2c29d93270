import type { Condition } from '../../policy/question.js'
import type { RegisterRecord } from './check-record.js'
import type { FieldForms } from './field-forms.js'
import { canonicalKey } from './follow.js'
import type { RecordReader } from './record-reader.js'
import type { RegisterTables } from './table.js'

export interface CandidateDeps {
  readonly forms: FieldForms
  readonly tables: RegisterTables
  readonly records: RecordReader
}

/** How records are found without looking at all; the lower cost goes first. */
interface Way {
  readonly cost: number
  find(): Promise<readonly RegisterRecord[]>
}

const cost = { key: 1, keys: 2, index: 3, below: 4 } as const

/**
 * Returns records of `type` among which are all that meet `where`, in the order of their keys: by key, else by an index,
 * else by way of the records that they belong to, else all.
 *
 * The caller tests each: these only may meet the condition.
 */
export async function findCandidates(
  type: string,
  where: Condition | undefined,
  deps: CandidateDeps,
): Promise<readonly RegisterRecord[]> {
  const way = where === undefined ? undefined : findWay(type, where, deps)
  if (way === undefined) return deps.records.all(type)
  return sortByKey(type, await way.find(), deps)
}

function findWay(type: string, where: Condition, deps: CandidateDeps): Way | undefined {
  if ('of' in where && where.kind === 'and') {
    const ways = where.of.flatMap((part) => findWay(type, part, deps) ?? [])
    return ways.sort((one, other) => one.cost - other.cost)[0]
  }
  if ('of' in where) {
    const ways = where.of.map((part) => findWay(type, part, deps))
    const known = ways.filter((way) => way !== undefined)
    if (known.length < ways.length) return undefined
    return {
      cost: Math.max(...known.map((way) => way.cost)) + 1,
      find: async () => (await Promise.all(known.map((way) => way.find()))).flat(),
    }
  }
  return where.kind === 'compare' ? wayByValue(type, where, deps) : wayByRelation(type, where, deps)
}

function wayByValue(
  type: string,
  { path, field, operator, value }: Extract<Condition, { kind: 'compare' }>,
  { forms, tables, records }: CandidateDeps,
): Way | undefined {
  const table = tables.get(type)
  if (table === undefined || (operator !== 'eq' && operator !== 'in')) return undefined
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  const keys = values.map((each) => canonicalKey(forms, field, each))
  // Null is in no index.
  const known = [...new Set(keys.filter((key) => key !== undefined))]
  if (keys.includes(undefined)) return undefined
  if (path === table.kept.key) {
    return {
      cost: operator === 'eq' ? cost.key : cost.keys,
      find: async () =>
        (await Promise.all(known.map((key) => records.get(type, key)))).filter((each) => each !== undefined),
    }
  }
  if (table.collection.indexes?.[path] === undefined) return undefined
  return {
    cost: cost.index,
    find: async () => (await Promise.all(known.map((each) => records.list(type, path, each)))).flat(),
  }
}

/** From the records that a relation leads to, back to those that have the relation. */
function wayByRelation(
  type: string,
  { path, quantifier, where }: Extract<Condition, { kind: 'relation' }>,
  deps: CandidateDeps,
): Way | undefined {
  const { forms, tables, records } = deps
  const entity = tables.get(type)?.entity
  const relation = entity?.relations.get(path)
  if (relation === undefined || (quantifier !== 'is' && quantifier !== 'some') || typeof where === 'boolean')
    return undefined
  const below = findWay(relation.to, where, deps)
  if (below === undefined) return undefined
  const other = tables.get(relation.to)?.kept.key ?? ''
  const find =
    relation.kind === 'reference'
      ? async (): Promise<readonly RegisterRecord[]> => {
          const keys = (await below.find()).map((found) => canonicalKey(forms, `${relation.to}.${other}`, found[other]))
          const known = [...new Set(keys.filter((key) => key !== undefined))]
          return (await Promise.all(known.map((key) => records.list(type, relation.as, key)))).flat()
        }
      : async (): Promise<readonly RegisterRecord[]> => {
          const holder = `${relation.to}.${relation.as}`
          const keys = (await below.find()).map((found) => canonicalKey(forms, holder, found[relation.as]))
          const known = [...new Set(keys.filter((key) => key !== undefined))]
          return (await Promise.all(known.map((key) => records.get(type, key)))).filter((each) => each !== undefined)
        }
  return { cost: below.cost + cost.below, find }
}

/** Each once, in the order in which the store lists keys. */
function sortByKey(
  type: string,
  found: readonly RegisterRecord[],
  { forms, tables }: CandidateDeps,
): readonly RegisterRecord[] {
  if (found.length < 2) return found
  const key = tables.get(type)?.kept.key ?? ''
  const byKey = new Map(found.map((record) => [canonicalKey(forms, `${type}.${key}`, record[key]) ?? '', record]))
  return [...byKey]
    .sort(([one], [other]) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
    .map(([, record]) => record)
}

import type { Value } from '../../stores/contracts.js'
import type { EntityModel } from '../graphql/entity-model.js'
import type { RegisterChange } from './change-log.js'
import type { RegisterRecord } from './check-record.js'
import type { Pending } from './pending.js'
import type { RegisterTables } from './table.js'

/** How many records a list on the way to a value may have: a change holds up all others of its register. */
const maxFollowed = 500

/** What may be known of the records around a change, before it is written. */
export interface ChangeView {
  /** A record as it is when the batch is done. */
  find(type: string, key: string): Promise<RegisterRecord | undefined>
  /** A changed record as it was; `undefined` for a new one, and for one that is not among the changes. */
  before(type: string, key: string): RegisterRecord | undefined
  /**
   * Each text at the end of `path`, once: field names joined with a point, over other records and parts of records; a list
   * stands for each of its first 500. From the record as it will be, and as it was.
   */
  valuesAt(change: Pick<RegisterChange, 'type' | 'key'>, path: string): Promise<readonly string[]>
  /** The BSN of whom the record is about, as far as the way to it is still there. For use in memory only. */
  personOf(change: Pick<RegisterChange, 'type' | 'key'>): Promise<string | undefined>
}

export function createChangeView(
  pending: Pending,
  { tables, model }: { readonly tables: RegisterTables; readonly model: EntityModel },
): ChangeView {
  const stored = new Map(pending.changes.map(({ type, key, stored: record }) => [`${type}\n${key}`, record]))
  const before = (type: string, key: string): RegisterRecord | undefined => stored.get(`${type}\n${key}`)
  const findEither = async (type: string, key: string): Promise<RegisterRecord | undefined> =>
    (await pending.find(type, key)) ?? before(type, key)

  /** Where `step` leads from a record of `type`, or from a part of one when it has no type. */
  async function follow(
    type: string | undefined,
    at: RegisterRecord,
    step: string,
  ): Promise<readonly { readonly type: string | undefined; readonly at: RegisterRecord }[]> {
    const entity = type === undefined ? undefined : model.get(type)
    const relation = entity?.relations.get(step)
    if (type === undefined || entity === undefined || relation === undefined)
      return partsOf(at[step]).map((part) => ({ type: undefined, at: part }))
    const key = tables.get(type)?.comparedValue(at, relation.kind === 'reference' ? relation.as : entity.key)
    if (key === undefined) return []
    const keys =
      relation.kind === 'reference' ? [key] : await pending.holders(relation.to, relation.as, key, maxFollowed)
    const found = await Promise.all(keys.map((each) => findEither(relation.to, each)))
    return found.flatMap((each) => (each === undefined ? [] : [{ type: relation.to, at: each }]))
  }

  async function textsFrom(start: string, record: RegisterRecord, path: string): Promise<readonly string[]> {
    const steps = path.split('.')
    const last = steps.pop() ?? ''
    let places: readonly { readonly type: string | undefined; readonly at: RegisterRecord }[] = [
      { type: start, at: record },
    ]
    for (const step of steps)
      places = (await Promise.all(places.map(({ type, at }) => follow(type, at, step)))).flat().slice(0, maxFollowed)
    return places.flatMap(({ at }) => textsOf(at[last]))
  }

  return {
    find: (type, key) => pending.find(type, key),
    before,
    async valuesAt({ type, key }, path) {
      const states = [await pending.find(type, key), before(type, key)].filter((record) => record !== undefined)
      const found = await Promise.all(states.map((record) => textsFrom(type, record, path)))
      return [...new Set(found.flat())]
    },
    async personOf({ type, key }) {
      const way = model.get(type)?.person
      const record = way === undefined ? undefined : await findEither(type, key)
      return way === undefined || record === undefined ? undefined : (await textsFrom(type, record, way))[0]
    },
  }
}

function partsOf(value: Value | undefined): readonly RegisterRecord[] {
  return itemsOf(value).filter(
    (item): item is RegisterRecord => typeof item === 'object' && item !== null && !Array.isArray(item),
  )
}

function textsOf(value: Value | undefined): readonly string[] {
  return itemsOf(value).filter((item) => typeof item === 'string')
}

function itemsOf(value: Value | undefined): readonly Value[] {
  if (value === undefined) return []
  return isList(value) ? value : [value]
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}

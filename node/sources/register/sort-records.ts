import type { OrderKey } from '../graphql/read-order.js'
import type { Rank } from '../graphql/scalars.js'
import type { RegisterRecord } from './check-record.js'
import type { FieldForms } from './field-forms.js'
import { followRelation, typeAt } from './follow.js'
import type { RecordReader } from './record-reader.js'

type Part = Readonly<Record<string, unknown>>

/**
 * Returns `records` of `type` in `order`; what is equal stays as it was. What is null or leads nowhere comes first for
 * ASC and last for DESC.
 */
export async function sortRecords(
  type: string,
  records: readonly RegisterRecord[],
  order: readonly OrderKey[],
  deps: { readonly forms: FieldForms; readonly records: RecordReader },
): Promise<readonly RegisterRecord[]> {
  if (order.length === 0 || records.length < 2) return records
  const ranked = await Promise.all(
    records.map(async (record) => ({
      record,
      ranks: await Promise.all(order.map((key) => rankOf(type, record, key, deps))),
    })),
  )
  ranked.sort((one, other) => {
    for (const [at, { direction }] of order.entries()) {
      const difference = compareRanks(one.ranks[at], other.ranks[at])
      if (difference !== 0) return direction === 'ASC' ? difference : -difference
    }
    return 0
  })
  return ranked.map(({ record }) => record)
}

async function rankOf(
  type: string,
  record: RegisterRecord,
  { steps, name, field }: OrderKey,
  deps: { readonly forms: FieldForms; readonly records: RecordReader },
): Promise<Rank | undefined> {
  let part: Part = record
  for (const [at, { path }] of steps.entries()) {
    const from = typeAt(
      deps.forms,
      type,
      steps.slice(0, at).map((step) => step.path),
    )
    const [next] = await followRelation(from, path, deps)(part)
    if (next === undefined) return undefined
    part = next
  }
  const value = part[name]
  return value === undefined || value === null ? undefined : deps.forms.get(field).rank(value)
}

function compareRanks(one: Rank | undefined, other: Rank | undefined): number {
  if (one === undefined || other === undefined) return (one === undefined ? 0 : 1) - (other === undefined ? 0 : 1)
  if (one === other) return 0
  return one < other ? -1 : 1
}

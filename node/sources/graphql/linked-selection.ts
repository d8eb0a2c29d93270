import { getNamedType } from 'graphql'
import type { EntityModel, Relation } from './entity-model.js'
import type { SelectedField } from './selection.js'

/** A selected field that leads to records of their own. */
export interface Link {
  readonly field: SelectedField
  /** From the root, without aliases. */
  readonly path: string
  readonly relation: Relation
  readonly selection: LinkedSelection
  /** The number of its conditions among those of the request; absent for a field that can have none. */
  readonly conditions: number | undefined
}

/** What is selected of records of one type, as far as other records are needed for it. */
export interface LinkedSelection {
  readonly type: string
  /** In the order in which the fields are selected. */
  readonly links: readonly Link[]
}

/** A record with what its selected fields lead to: for each link one item or a list. */
export interface LinkedRecord {
  readonly record: Readonly<Record<string, unknown>>
  readonly links: readonly (LinkedRecord | readonly LinkedRecord[] | null)[]
}

const noLinks: readonly never[] = Object.freeze([])

/**
 * Returns what is to be read for `fields` of records of `type`.
 *
 * @param takeConditions gives the number of a list's conditions, and `undefined` for a field that can have none
 */
export function linkSelection(
  model: EntityModel,
  type: string,
  fields: readonly SelectedField[],
  takeConditions: (field: SelectedField, path: string) => number | undefined,
  above = '',
): LinkedSelection {
  const entity = model.get(type)
  if (entity === undefined) return { type, links: noLinks }
  const links = fields.flatMap((field): readonly Link[] => {
    const relation = entity.relations.get(field.name)
    if (relation === undefined) return []
    const path = `${above}${field.name}`
    const conditions = takeConditions(field, path)
    const target = getNamedType(field.type).name
    const selection = linkSelection(model, target, field.fields ?? [], takeConditions, `${path}.`)
    return [{ field, path, relation, selection, conditions }]
  })
  return { type, links }
}

import { NodeError } from '../../kernel/errors.js'
import type { FieldForms } from './field-forms.js'
import type { RecordReader } from './record-reader.js'

type Part = Readonly<Record<string, unknown>>

/** What a field of a record leads to; a single one that is not there gives none. */
export type Follow = (record: Part) => Promise<readonly Part[]>

/**
 * Returns what follows the field `name` of records of `type`, to other records or to parts of the record itself.
 *
 * The function throws `source.bad_record` when a record that is referred to is not there.
 */
export function followRelation(
  type: string,
  name: string,
  { forms, records }: { readonly forms: FieldForms; readonly records: RecordReader },
): Follow {
  const entity = forms.model.get(type)
  const relation = entity?.relations.get(name)
  if (entity === undefined || relation === undefined) return (record) => Promise.resolve(partsOf(record[name]))
  const { as, to } = relation
  if (relation.kind === 'reference') {
    return async (record) => {
      const key = canonicalKey(forms, `${type}.${as}`, record[as])
      if (key === undefined) return []
      const found = await records.get(to, key)
      if (found === undefined) throw dangling(`${type}.${name}`)
      return [found]
    }
  }
  return async (record) => {
    const key = canonicalKey(forms, `${type}.${entity.key}`, record[entity.key])
    return key === undefined ? [] : records.list(to, as, key)
  }
}

/** A key in the spelling in which records are found. */
export function canonicalKey(forms: FieldForms, field: string, value: unknown): string | undefined {
  return typeof value === 'string' ? (forms.get(field).canonical?.(value) ?? value) : undefined
}

/** The type at the end of `path`, field by field. */
export function typeAt(forms: FieldForms, type: string, path: readonly string[]): string {
  return path.reduce((at, name) => forms.targetOf(`${at}.${name}`), type)
}

function partsOf(value: unknown): readonly Part[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value]
  return items.filter((item): item is Part => typeof item === 'object' && item !== null)
}

function dangling(field: string): NodeError {
  return new NodeError('source.bad_record', { detail: `${field} leads to a record that is not there` })
}

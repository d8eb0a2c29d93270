import { getNamedType } from 'graphql'
import { NodeError } from '../../kernel/errors.js'
import type { EntityModel } from '../graphql/entity-model.js'
import type { ScalarForm } from '../graphql/scalars.js'
import type { ServedSchema } from '../graphql/source-schema.js'
import { findReferenceKey, formOf } from '../graphql/where-shape.js'
import { isObjectType } from 'graphql'

/** What is known of the fields that conditions and orders name. */
export interface FieldForms {
  readonly model: EntityModel
  /** How values of the field `Type.field` compare. */
  get(field: string): ScalarForm
  /** The name of the type that the field `Type.field` leads to. */
  targetOf(field: string): string
}

/** Makes the look-up of a schema; each field is found once. Its functions throw `internal.fault` for an unknown field. */
export function createFieldForms({ schema, model }: Pick<ServedSchema, 'schema' | 'model'>): FieldForms {
  const forms = new Map<string, ScalarForm>()
  const find = (field: string) => {
    const [typeName = '', name = ''] = field.split('.')
    const type = schema.getType(typeName)
    const own = isObjectType(type) ? type.getFields()[name] : undefined
    return { typeName, name, type: own && getNamedType(own.type) }
  }
  return {
    model,
    get(field) {
      const known = forms.get(field)
      if (known !== undefined) return known
      const { typeName, name, type } = find(field)
      const form = findReferenceKey(model, typeName, name)?.form ?? (type && formOf(type))
      if (form === undefined) throw unknownField()
      forms.set(field, form)
      return form
    },
    targetOf(field) {
      const { type } = find(field)
      if (type === undefined) throw unknownField()
      return type.name
    },
  }
}

function unknownField(): NodeError {
  return new NodeError('internal.fault', { detail: 'a condition names a field that the schema does not have' })
}

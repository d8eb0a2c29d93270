import type { SortKey } from '../../policy/question.js'
import { badRequest } from './refusal.js'
import type { OrderShape, Step } from './where-shape.js'

/** A key of an order, with the fields that lead to what is compared. */
export interface OrderKey extends SortKey {
  readonly steps: readonly Step[]
  readonly name: string
}

const maxKeys = 8

/**
 * Returns the keys in `value`, the coerced value of an `order`, the first one first; frozen. An absent one has none.
 *
 * @param name what the notes call it
 * @throws `source.bad_request` for null, an element with other than one member, and more than 8 keys
 */
export function readOrder(shape: OrderShape, value: unknown, name: string): readonly OrderKey[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw badRequest(`The order of "${name}" cannot be null.`)
  if (value.length > maxKeys) throw badRequest(`The order of "${name}" has more than ${maxKeys} keys.`)
  return Object.freeze(value.map((element: unknown) => readKey(shape, element, name, [])))
}

function readKey(shape: OrderShape, element: unknown, name: string, above: readonly Step[]): OrderKey {
  const members: readonly (readonly [string, unknown])[] =
    typeof element === 'object' && element !== null ? Object.entries(element) : []
  const [only] = members
  // Which of two comes first cannot be told: GraphQL gives the members of an object no order.
  if (only === undefined || members.length > 1)
    throw badRequest(`Each element in the order of "${name}" needs exactly one field.`)
  const [memberName, direction] = only
  const member = shape.members.get(memberName)
  if (member === undefined) throw badRequest(`The order of "${name}" has a field that is not known.`)
  const steps = [...above, ...member.steps]
  if (member.kind === 'below') return readKey(member.shape(), direction, name, steps)
  if (direction !== 'ASC' && direction !== 'DESC') throw badRequest(`The order of "${name}" needs ASC or DESC.`)
  const path = [...steps.map((step) => step.path), member.name].join('.')
  return Object.freeze({ path, field: member.field, direction, steps, name: member.name })
}

import { Kind, parseValue, print, valueFromAST, visit } from 'graphql'
import type { ArgumentNode, GraphQLInputType, ValueNode } from 'graphql'
import { badRequest } from './refusal.js'
import type { VariableValues } from './variables.js'

/** The value of an argument with the values of its variables; `undefined` when it is not given. */
export type ArgumentReader = (values: VariableValues) => unknown

/**
 * Returns what reads the argument `name` of type `type`.
 *
 * The reader throws `source.bad_request` when a part of the argument is a variable without a value: GraphQL would leave
 * the part out, and a condition that is left out in silence widens the request. An argument that is as a whole such a
 * variable counts as not given.
 */
export function compileArgument(
  given: readonly ArgumentNode[],
  name: string,
  type: GraphQLInputType | undefined,
  field: string,
): ArgumentReader {
  const argument = given.find((each) => each.name.value === name)
  if (argument === undefined || type === undefined) return () => undefined
  const node = withoutLocations(argument.value)
  if (node.kind === Kind.VARIABLE) return (values) => values[node.name.value]
  const variables = variablesIn(node)
  const read: ArgumentReader = (values) => {
    const missing = variables.find((variable) => !(variable in values))
    if (missing !== undefined) throw badRequest(`The argument "${name}" of "${field}" needs a value for "$${missing}".`)
    const value: unknown = valueFromAST(node, type, values)
    if (value === undefined) throw badRequest(`The argument "${name}" of "${field}" has the wrong type.`)
    return value
  }
  if (variables.length > 0) return read
  let constant: { readonly value: unknown } | undefined
  return (values) => (constant ??= { value: read(values) }).value
}

/** A node with locations holds on to every token of its document, and this one is kept. */
function withoutLocations(node: ValueNode): ValueNode {
  return parseValue(print(node), { noLocation: true })
}

function variablesIn(node: ValueNode): readonly string[] {
  const names = new Set<string>()
  visit(node, { Variable: ({ name }) => void names.add(name.value) })
  return [...names]
}

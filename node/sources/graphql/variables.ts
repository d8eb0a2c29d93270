import { coerceInputValue, isInputType, isNonNullType, Kind, typeFromAST, valueFromAST, visit } from 'graphql'
import type { DirectiveNode, GraphQLInputType, GraphQLSchema, OperationDefinitionNode } from 'graphql'
import { NodeError } from '../../kernel/errors.js'
import type { ValidDocument } from './document.js'
import { badRequest } from './refusal.js'

/** A variable that an operation declares. */
export interface DeclaredVariable {
  readonly name: string
  readonly type: GraphQLInputType
  /** `undefined` without a default; `null` is a default. */
  readonly defaultValue: unknown
}

/** Values by variable name; a variable without a value is absent. Has no prototype. */
export type VariableValues = Readonly<Record<string, unknown>>

/** Returns the variables that `operation`, which is valid for `schema`, declares. */
export function listVariables(schema: GraphQLSchema, operation: OperationDefinitionNode): readonly DeclaredVariable[] {
  return (operation.variableDefinitions ?? []).map(({ variable, type: typeNode, defaultValue }) => {
    const type = typeFromAST(schema, typeNode)
    if (!isInputType(type)) throw new NodeError('internal.fault', { detail: 'a validated variable has no input type' })
    return { name: variable.name.value, type, defaultValue: defaultValue && valueFromAST(defaultValue, type) }
  })
}

/**
 * Returns the values of `declared`: what was supplied, else the default.
 *
 * Ignores what is supplied for variables that are not declared: it has no influence.
 * @throws `source.bad_request` naming the variable and its type, never the value
 * @see GraphQL section 6.1.2 "Coercing Variable Values"
 */
export function coerceVariables(
  declared: readonly DeclaredVariable[],
  supplied: Readonly<Record<string, unknown>>,
): VariableValues {
  // Without a prototype: graphql-js looks a variable up by its name, which may be `toString`.
  const values: Record<string, unknown> = { __proto__: null }
  for (const { name, type, defaultValue } of declared) {
    if (Object.hasOwn(supplied, name)) {
      values[name] = coerce(name, type, supplied[name])
    } else if (defaultValue !== undefined) {
      values[name] = defaultValue
    } else if (isNonNullType(type)) {
      throw badRequest(`The variable "$${name}" of type "${String(type)}" is missing.`)
    }
  }
  return values
}

function coerce(name: string, type: GraphQLInputType, value: unknown): unknown {
  // Texts, which nearly all variables are, need no list of what is wrong.
  let isRight = true
  const coerced = coerceInputValue(value, type, () => {
    isRight = false
  })
  if (!isRight) throw badRequest(`The variable "$${name}" must be of type "${String(type)}".`)
  return coerced
}

/** The names of the variables on which `@skip` and `@include` depend, without repeats. */
export function listConditions({ document }: ValidDocument): readonly string[] {
  const names = new Set<string>()
  visit(document, {
    Directive(directive) {
      const condition = conditionOf(directive)
      if (typeof condition === 'string') names.add(condition)
    },
  })
  return [...names]
}

/**
 * Returns the values of the conditions.
 *
 * @throws `source.bad_request` for a condition that is null or absent, which its type may allow
 */
export function readConditions(conditions: readonly string[], values: VariableValues): ReadonlyMap<string, boolean> {
  return new Map(
    conditions.map((name) => {
      const value = values[name]
      if (typeof value !== 'boolean') throw badRequest(`The variable "$${name}" must be true or false.`)
      return [name, value]
    }),
  )
}

/** True when a selection with these directives takes part. */
export function isSelected(directives: readonly DirectiveNode[], conditions: ReadonlyMap<string, boolean>): boolean {
  return directives.every((directive) => {
    const condition = conditionOf(directive)
    const value = typeof condition === 'string' ? conditions.get(condition) : condition
    return value === (directive.name.value === 'include')
  })
}

/**
 * The variable or the value that decides.
 *
 * @throws `source.bad_request` for every other directive: whoever wrote it expects something of it
 */
function conditionOf(directive: DirectiveNode): string | boolean | undefined {
  if (directive.name.value !== 'skip' && directive.name.value !== 'include') {
    throw badRequest(`The directive "@${directive.name.value}" is not served.`)
  }
  const value = directive.arguments?.[0]?.value
  if (value?.kind === Kind.VARIABLE) return value.name.value
  return value?.kind === Kind.BOOLEAN ? value.value : undefined
}

import type { FactQuestion } from '../policy/fact.js'

/** A fact as a request to a register: one field of the records that make it true. */
export interface FactQuery {
  readonly query: string
  readonly variables: Readonly<Record<string, string>>
}

type Tree = { readonly [name: string]: Tree | string }

/**
 * The GraphQL request that asks a fact. Values travel as variables of the type that the field has; a value that the
 * register knows in another form is its own business.
 */
export function toFactQuery({ operation, where, not, inForce, select }: FactQuestion): FactQuery {
  const variables: Record<string, string> = {}
  let tree: Tree = {}
  const add = (path: string, operator: string, value: string): void => {
    const name = `v${Object.keys(variables).length}`
    variables[name] = value
    tree = merge(tree, [...path.split('.'), operator], `$${name}`)
  }
  for (const { path, value } of where) add(path, 'eq', value)
  for (const { path, value } of not) add(path, 'neq', value)
  if (inForce !== undefined) {
    add(inForce.start, 'lte', inForce.day)
    // What has no end is not earlier than today either.
    add(inForce.end, 'nlt', inForce.day)
  }
  const declared = [
    ...where.map(({ path }) => typeOf(path)),
    ...not.map(({ path }) => typeOf(path)),
    ...(inForce === undefined ? [] : ['Date', 'Date']),
  ].map((type, index) => `$v${index}: ${type}`)
  const query = `query (${declared.join(', ')}) { ${operation}(where: ${write(tree)}) { ${select} } }`
  return { query, variables }
}

/** The published registers give every field whose name ends in `ID` a UUID, and the others that are asked are texts. */
function typeOf(path: string): string {
  return path.endsWith('ID') ? 'UUID' : 'String'
}

function merge(tree: Tree, [step = '', ...rest]: readonly string[], leaf: string): Tree {
  const below = tree[step]
  if (rest.length === 0) return { ...tree, [step]: leaf }
  return { ...tree, [step]: merge(typeof below === 'object' ? below : {}, rest, leaf) }
}

function write(tree: Tree): string {
  const members = Object.entries(tree).map(([name, value]) =>
    typeof value === 'string' ? `${name}: ${value}` : `${name}: ${write(value)}`,
  )
  return `{ ${members.join(', ')} }`
}

import { executeSync, getNamedType, isListType, isObjectType, parse } from 'graphql'
import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql'

/** A record as it is stored: its own fields and the keys of others. */
export type Row = Readonly<Record<string, unknown>>
/** The records of a bemiddelingsregister by type. */
export type Rows = Readonly<Record<string, readonly Row[]>>

type Where = Readonly<Record<string, unknown>>

const keys: Readonly<Record<string, string>> = {
  Client: 'clientID',
  Bemiddeling: 'bemiddelingID',
  Bemiddelingspecificatie: 'bemiddelingspecificatieID',
  Regiehouder: 'regiehouderID',
  Overdracht: 'overdrachtID',
  Overdrachtspecificatie: 'overdrachtspecificatieID',
  Contactpersoon: 'contactpersoonID',
  ClientContactgegevens: 'clientContactgegevensID',
  ContactpersoonContactgegevens: 'contactpersoonContactgegevensID',
}

/** From a type by a field to a type, over the key that one side holds. */
const upward = [
  ['Bemiddeling', 'client', 'Client'],
  ['Bemiddelingspecificatie', 'bemiddeling', 'Bemiddeling'],
  ['Regiehouder', 'bemiddeling', 'Bemiddeling'],
  ['Overdracht', 'bemiddeling', 'Bemiddeling'],
  ['Overdrachtspecificatie', 'overdracht', 'Overdracht'],
  ['Overdrachtspecificatie', 'bemiddelingspecificatie', 'Bemiddelingspecificatie'],
  ['Contactpersoon', 'client', 'Client'],
  ['ClientContactgegevens', 'client', 'Client'],
  ['ContactpersoonContactgegevens', 'contactpersoon', 'Contactpersoon'],
] as const
const downward = [
  ['Client', 'bemiddeling', 'Bemiddeling'],
  ['Client', 'contactpersoon', 'Contactpersoon'],
  ['Client', 'contactgegevens', 'ClientContactgegevens'],
  ['Bemiddeling', 'bemiddelingspecificatie', 'Bemiddelingspecificatie'],
  ['Bemiddeling', 'regiehouder', 'Regiehouder'],
  ['Bemiddeling', 'overdracht', 'Overdracht'],
  ['Bemiddelingspecificatie', 'overdrachtspecificatie', 'Overdrachtspecificatie'],
  ['Overdracht', 'overdrachtspecificatie', 'Overdrachtspecificatie'],
  ['Contactpersoon', 'contactgegevens', 'ContactpersoonContactgegevens'],
] as const

/**
 * Answers queries over `rows` with graphql-js and resolvers of a few lines that look at every record: what the register
 * must answer too. Knows the bemiddelingsregister by hand, not by its definition.
 */
export function createOracle(schema: GraphQLSchema, rows: Rows): (query: string, variables: Where) => unknown {
  const keyOf = (type: string): string => keys[type] ?? ''
  const all = (type: string): readonly Row[] =>
    [...(rows[type] ?? [])].sort((one, other) => (String(one[keyOf(type)]) < String(other[keyOf(type)]) ? -1 : 1))

  function follow(type: string, field: string, row: Row): readonly Row[] {
    if (type === 'Client' && field === 'regiehouder')
      return follow('Client', 'bemiddeling', row).flatMap((each) => follow('Bemiddeling', 'regiehouder', each))
    if (type === 'Regiehouder' && field === 'client')
      return follow(type, 'bemiddeling', row).flatMap((each) => follow('Bemiddeling', 'client', each))
    const up = upward.find(([from, name]) => from === type && name === field)
    if (up !== undefined) return all(up[2]).filter((each) => each[keyOf(up[2])] === row[keyOf(up[2])])
    const down = downward.find(([from, name]) => from === type && name === field)
    if (down !== undefined) return all(down[2]).filter((each) => each[keyOf(type)] === row[keyOf(type)])
    throw new Error(`no way from ${type} by ${field}`)
  }

  function targetOf(type: string, field: string): string {
    if (type === 'Client' && field === 'regiehouder') return 'Regiehouder'
    if (type === 'Regiehouder' && field === 'client') return 'Client'
    return [...upward, ...downward].find(([from, name]) => from === type && name === field)?.[2] ?? ''
  }

  function meets(type: string, row: Row, where: Where): boolean {
    return Object.entries(where).every(([name, value]) => {
      if (name === 'and') return (value as Where[]).every((part) => meets(type, row, part))
      if (name === 'or') return (value as Where[]).some((part) => meets(type, row, part))
      const target = targetOf(type, name)
      if (target === '') return compares(row[name] ?? null, value as Where)
      const items = follow(type, name, row)
      const members = Object.entries(value as Where)
      if (!members.some(([member]) => ['all', 'none', 'some', 'any'].includes(member)))
        return items.some((item) => meets(target, item, value as Where))
      return members.every(([quantifier, below]) => {
        if (quantifier === 'any') return items.length > 0 === below
        const met = items.filter((item) => meets(target, item, below as Where)).length
        return quantifier === 'all' ? met === items.length : quantifier === 'some' ? met > 0 : met === 0
      })
    })
  }

  function rankOf(type: string, row: Row, element: Where): { readonly rank: unknown; readonly direction: string } {
    const [[name, value] = ['', '']] = Object.entries(element)
    if (typeof value === 'string') return { rank: rank(row[name] ?? null), direction: value }
    const [next] = follow(type, name, row)
    return next === undefined
      ? { rank: null, direction: lastOf(value as Where) }
      : rankOf(targetOf(type, name), next, value as Where)
  }

  function list(
    type: string,
    items: readonly Row[],
    where: Where | undefined,
    order: readonly Where[],
  ): readonly Row[] {
    return items
      .filter((row) => where === undefined || meets(type, row, where))
      .sort((one, other) => {
        for (const element of order) {
          const [a, b] = [rankOf(type, one, element), rankOf(type, other, element)]
          const difference = difference_(a.rank, b.rank)
          if (difference !== 0) return a.direction === 'ASC' ? difference : -difference
        }
        return 0
      })
  }

  const resolve: GraphQLFieldResolver<Row | undefined, unknown> = (row, given, _context, info) => {
    const { where, order = [] } = given as { where?: Where; order?: readonly Where[] }
    const type = getNamedType(info.returnType)
    if (!isObjectType(type)) return row?.[info.fieldName]
    const items = row === undefined ? all(type.name) : follow(info.parentType.name, info.fieldName, row)
    const found = list(type.name, items, where, order)
    return isListType(info.returnType) || String(info.returnType).startsWith('[') ? found : (found[0] ?? null)
  }

  return (query, variableValues) => {
    const result = executeSync({ schema, document: parse(query), variableValues, fieldResolver: resolve })
    if (result.errors) throw new Error(result.errors.map(({ message }) => message).join())
    return result.data
  }
}

function lastOf(element: Where): string {
  const [value] = Object.values(element)
  return typeof value === 'string' ? value : lastOf(value as Where)
}

function difference_(one: unknown, other: unknown): number {
  if (one === other) return 0
  if (one === null) return -1
  if (other === null) return 1
  return (one as string) < (other as string) ? -1 : 1
}

/** Moments as milliseconds; the rows of the test have no smaller parts. */
function rank(value: unknown): unknown {
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T/.test(value) ? Date.parse(value) : value
}

function compares(own: unknown, operators: Where): boolean {
  return Object.entries(operators).every(([operator, value]) => {
    if (operator === 'and') return (value as Where[]).every((part) => compares(own, part))
    if (operator === 'or') return (value as Where[]).some((part) => compares(own, part))
    const left = rank(own) as string
    const right = rank(value) as string
    const has = own !== null
    const verdicts: Readonly<Record<string, () => boolean>> = {
      eq: () => left === right,
      neq: () => left !== right,
      in: () => (value as unknown[]).map(rank).includes(left),
      nin: () => !(value as unknown[]).map(rank).includes(left),
      gt: () => has && left > right,
      ngt: () => !(has && left > right),
      gte: () => has && left >= right,
      ngte: () => !(has && left >= right),
      lt: () => has && left < right,
      nlt: () => !(has && left < right),
      lte: () => has && left <= right,
      nlte: () => !(has && left <= right),
      contains: () => has && left.includes(right),
      ncontains: () => !(has && left.includes(right)),
      startsWith: () => has && left.startsWith(right),
      nstartsWith: () => !(has && left.startsWith(right)),
      endsWith: () => has && left.endsWith(right),
      nendsWith: () => !(has && left.endsWith(right)),
    }
    const verdict = verdicts[operator]
    if (verdict === undefined) throw new Error(`no operator ${operator}`)
    return verdict()
  })
}

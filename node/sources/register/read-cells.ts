import { getNamedType, getNullableType, isListType, isObjectType } from 'graphql'
import type { GraphQLObjectType, GraphQLOutputType } from 'graphql'
import { badRecord } from './parse-change.js'
import type { RegisterTable } from './table.js'

/**
 * Makes a record of the cells of a table such as CSV: an empty cell is no value, `client.bsn` is a member of a part, and
 * a cell of a list or a part holds JSON. Numbers and booleans are read as their field says.
 *
 * Does not check the record: whoever writes it does.
 * @throws `source.bad_record` for a column that the type does not have, and a cell that cannot be read; with notes that
 *   name the column and hold no value
 */
export function readCells(
  { entity }: Pick<RegisterTable, 'entity'>,
  cells: Readonly<Record<string, string>>,
  path: string,
): Record<string, unknown> {
  const record: Record<string, unknown> = {}
  const references = new Set(Object.values(entity.references))
  for (const [column, cell] of Object.entries(cells)) {
    if (cell === '') continue
    const place = `${path}.${column}`
    const isReference = references.has(column)
    const type = isReference ? undefined : typeAt(entity.type, column.split('.'))
    if (!isReference && type === undefined) throw badRecord(`${place}: ${entity.type.name} has no such field`)
    setMember(record, column.split('.'), type === undefined ? cell : readCell(type, cell, place))
  }
  return record
}

function typeAt(type: GraphQLObjectType, [name = '', ...rest]: readonly string[]): GraphQLOutputType | undefined {
  const field = type.getFields()[name]
  if (field === undefined || rest.length === 0) return field?.type
  const part = getNullableType(field.type)
  return isObjectType(part) ? typeAt(part, rest) : undefined
}

function readCell(type: GraphQLOutputType, cell: string, place: string): unknown {
  const named = getNamedType(type)
  if (isObjectType(named) || isListType(getNullableType(type))) return parseCell(cell, place)
  if (named.name === 'Int' || named.name === 'Float') {
    // A number that the text does not spell exactly is refused later, as a text where a number belongs.
    return /^-?\d+(?:\.\d+)?$/.test(cell) ? Number(cell) : cell
  }
  if (named.name === 'Boolean') return cell === 'true' ? true : cell === 'false' ? false : cell
  return cell
}

function parseCell(cell: string, place: string): unknown {
  try {
    return JSON.parse(cell) as unknown
  } catch {
    throw badRecord(`${place}: expected JSON`)
  }
}

/** Columns are fields of the schema, so no member has a name that an object has of itself. */
function setMember(record: Record<string, unknown>, [name = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    record[name] = value
    return
  }
  const part = record[name]
  const own = typeof part === 'object' && part !== null ? (part as Record<string, unknown>) : {} // Made here, just above.
  record[name] = own
  setMember(own, rest, value)
}

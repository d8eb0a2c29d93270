import type { Reading } from '../policy/question.js'
import { parseCall } from '../sources/fhir/read-call.js'
import { createQueryReader } from '../sources/graphql/read-query.js'
import { loadRegisterDefinition } from '../sources/register/definition.js'
import type { PackCase, PackData } from '../../schemas/pack.js'
import { readingOfCall } from './fhir-reading.js'

/**
 * Makes what reads the question of a case as the source of its pack would: a GraphQL query, a call of FHIR, or what it comes to.
 *
 * What is made throws `source.*` for a question that the source does not take.
 * @throws `config.invalid` for a pack about a register that is not there
 */
export function createReadCase(data: Pick<PackData, 'schema' | 'fhir'>): (entry: PackCase) => Reading {
  const templates = data.fhir?.templates
  const readCallOf = ({ fhir }: PackCase): Reading => {
    const { person, parameters, ...asked } = fhir ?? { parameters: {} }
    const pairs = Object.entries(parameters).flatMap(([name, values]) =>
      (typeof values === 'string' ? [values] : values).map((value) => [name, value] as const),
    )
    const call = { ...asked, parameters: pairs, base: 'https://source.invalid', reader: 'did:web:requester.invalid' }
    const { reading } = readingOfCall(parseCall(call), templates ?? [], person ?? {})
    return reading
  }
  if (templates !== undefined)
    return (entry) => (entry.operation === undefined ? readCallOf(entry) : listedReading(entry))
  const reader = createQueryReader({ served: loadRegisterDefinition(data.schema).served, source: 'register' })
  return (entry) =>
    entry.query === undefined ? listedReading(entry) : reader.read({ query: entry.query, variables: entry.variables })
}

function listedReading({ operation = '', filters, fields }: PackCase): Reading {
  return {
    operation,
    filters: Object.entries(filters).map(([path, value]) => ({ path, operator: 'eq', value })),
    where: undefined,
    nested: [],
    order: [],
    fields,
    paths: fields.map((field) => field.slice(field.indexOf('.') + 1)),
  }
}

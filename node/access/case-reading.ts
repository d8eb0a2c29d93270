import { badParameters } from '../kernel/errors.js'
import type { Reading } from '../policy/question.js'
import { createQueryReader } from '../sources/graphql/read-query.js'
import { loadRegisterDefinition } from '../sources/register/definition.js'
import type { FhirTemplate } from '../../schemas/fhir/template.js'
import type { PackCase, PackData } from '../../schemas/pack.js'
import { parseUnaskedCall, readingOfCall } from './fhir-reading.js'

/**
 * Makes what reads the question of a case as the source of its pack would: a GraphQL query, a call of FHIR, or what it comes to.
 *
 * What is made throws `source.*` for a question that the source does not take, `request.bad_parameters` for one in another language.
 * @throws `config.invalid` for a pack about a register that is not there
 */
export function createReadCase(data: Pick<PackData, 'schema' | 'fhir'>): (entry: PackCase) => Reading {
  if (data.fhir !== undefined) {
    const { templates } = data.fhir
    return (entry) => (entry.operation === undefined ? readCallOf(entry, templates) : listedReading(entry))
  }
  const reader = createQueryReader({ served: loadRegisterDefinition(data.schema).served, source: 'register' })
  return (entry) =>
    entry.query === undefined ? listedReading(entry) : reader.read({ query: entry.query, variables: entry.variables })
}

function readCallOf({ fhir }: PackCase, templates: readonly FhirTemplate[]): Reading {
  if (fhir === undefined) throw badParameters('this source is asked by FHIR: give fhir or operation')
  const { person = {}, parameters, ...asked } = fhir
  const pairs = Object.entries(parameters).flatMap(([name, values]) =>
    (typeof values === 'string' ? [values] : values).map((value) => [name, value] as const),
  )
  return readingOfCall(parseUnaskedCall({ ...asked, parameters: pairs }), templates, person).reading
}

function listedReading({ operation, filters, fields }: PackCase): Reading {
  if (operation === undefined) throw badParameters('this source is asked by GraphQL: give query or operation')
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

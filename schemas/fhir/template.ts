import { z } from 'zod'
import { fieldName, typeName } from '../pack-names.js'

/** The name of a search parameter, without modifier or chain. @see FHIR R4 search.html */
const parameterName = z.string().regex(/^_?[a-z][a-z0-9-]{0,63}$/, 'the name of a search parameter')
const elementName = fieldName.describe('an element at the top of the resource, as JSON names it: `onsetDateTime`')
const searchValue = z.string().min(1).max(500)

const parameter = z.strictObject({
  element: elementName.describe('the element that it looks at: who may not read it, may not search by it'),
  type: z.enum(['token', 'date', 'string', 'uri', 'number']).describe('kind of its values'),
  modifiers: z
    .array(z.enum(['not', 'exact', 'contains']))
    .default([])
    .describe('modifiers that may be used'),
  prefixes: z
    .array(z.enum(['gt', 'lt', 'ge', 'le']))
    .default([])
    .describe('for `date` and `number`: comparisons beside equality'),
  values: z.array(searchValue).min(1).optional().describe('the only values; any of the right form when absent'),
  required: z.boolean().default(false).describe('whether a search without it is refused'),
  alternatives: z.int().min(1).max(100).default(1).describe('how many values, with commas between them, one may have'),
  repeats: z.int().min(1).max(10).default(1).describe('how often it may be given; all must hold'),
})

const accompanying = z.strictObject({
  value: z
    .string()
    .regex(
      /^[A-Z][A-Za-z]{1,63}:[a-z][a-z0-9-]{0,63}$/,
      'type and search parameter, such as MedicationRequest:medication',
    )
    .describe('as `_include` or `_revinclude` have it; never `*`, and never iterated'),
  type: typeName.describe('type of the resources that come with it'),
  elements: z.array(elementName).min(1).describe('what of them may leave'),
})

/**
 * A FHIR query template: one search or read that a source takes. What it does not name is refused.
 * @see FHIR R4 http.html, search.html
 */
export const fhirTemplateSchema = z.strictObject({
  name: fieldName.describe('how rules name it, as the operation'),
  interaction: z.enum(['search-type', 'read', 'vread']),
  type: typeName.describe('type of the resource'),
  person: z
    .strictObject({
      by: z
        .enum(['bsn', 'patient'])
        .describe(
          'the filter under which rules find the person: `bsn`, or `patient`, the logical id of the Patient at the source',
        ),
      parameter: parameterName
        .default('patient')
        .describe('the search parameter that refers to the Patient; not looked at for a Patient itself'),
      element: elementName.default('subject').describe('the element that refers to the Patient'),
      reference: z
        .boolean()
        .default(false)
        .describe(
          'with `by: bsn`: the person may also be named by the id of the Patient; the source knows whose it is',
        ),
    })
    .prefault({ by: 'bsn' })
    .describe('how each answer is bound to one person'),
  elements: z.array(elementName).min(1).describe('what may be asked and may leave, beside id and meta'),
  parameters: z.record(parameterName, parameter).default({}).describe('search parameters that may be given'),
  always: z
    .record(parameterName, z.strictObject({ element: elementName, value: searchValue }))
    .default({})
    .describe('tokens that hold for every answer, whether they are asked or not; each match is held against them'),
  include: z.array(accompanying).default([]).describe('what `_include` may ask'),
  revinclude: z.array(accompanying).default([]).describe('what `_revinclude` may ask'),
  sort: z
    .record(parameterName, elementName)
    .default({})
    .describe('what `_sort` may name, with the element it looks at'),
  count: z
    .strictObject({ default: z.int().min(1).max(500).default(50), max: z.int().min(1).max(500).default(100) })
    .prefault({})
    .describe('resources on one page'),
  summary: z
    .array(z.enum(['count']))
    .default([])
    .describe('what `_summary` may ask; a count tells that there is something'),
})

/** What a pack for a FHIR source has beside its rules. */
export const fhirPackSchema = z.strictObject({
  date: z.iso.date().describe('when this was last changed; stands in the CapabilityStatement'),
  templates: z.array(fhirTemplateSchema).min(1).max(100),
})

export type FhirTemplate = z.output<typeof fhirTemplateSchema>
export type FhirAccompanying = z.output<typeof accompanying>
export type FhirParameter = z.output<typeof parameter>

/** The system of the BSN (national person number) in FHIR. */
export const bsnSystem = 'http://fhir.nl/fhir/NamingSystem/bsn'

import { z } from 'zod'

/** JSON of FHIR. @see FHIR R4 http.html#mime-type */
export const fhirMediaType = 'application/fhir+json'

/** Why a request was refused. @see FHIR R4 operationoutcome.html */
export const operationOutcomeSchema = z.looseObject({
  resourceType: z.literal('OperationOutcome'),
  issue: z
    .array(
      z.looseObject({
        severity: z.enum(['fatal', 'error', 'warning', 'information']),
        code: z.string(),
        details: z.looseObject({ text: z.string() }).optional(),
        diagnostics: z.string().optional(),
      }),
    )
    .min(1),
})

/** A resource: what it holds is said by FHIR, and which of that by the CapabilityStatement of the source. */
export const fhirResourceSchema = z.looseObject({ resourceType: z.string(), id: z.string().optional() })

/** What a search found. @see FHIR R4 bundle.html */
export const fhirSearchsetSchema = z.looseObject({
  resourceType: z.literal('Bundle'),
  type: z.literal('searchset'),
  total: z.int().nonnegative().optional(),
  link: z.array(z.looseObject({ relation: z.string(), url: z.string() })),
  entry: z
    .array(
      z.looseObject({
        fullUrl: z.string(),
        resource: fhirResourceSchema,
        search: z.looseObject({ mode: z.enum(['match', 'include']) }),
      }),
    )
    .optional(),
})

/** Parameters of a search: those that the CapabilityStatement of the source lists, each as often as it says. */
export const fhirSearchSchema = z.looseObject({})

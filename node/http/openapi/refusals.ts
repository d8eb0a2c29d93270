import { z } from 'zod'
import { catalogErrorSchema } from '../../../schemas/wire/dsp.js'
import { fhirMediaType, operationOutcomeSchema } from '../../../schemas/wire/fhir.js'
import { problemSchema } from '../../../schemas/wire/problem.js'
import type { ErrorFamily, PromisedRoute } from '../exchange.js'
import type { JsonSchema, SchemaWriter } from './schemas.js'

/** Answers by their status. */
export type Responses = Readonly<
  Record<string, { readonly description: string; readonly headers?: JsonSchema; readonly content?: JsonSchema }>
>

/** Refusals that any request can meet; that only requests with a body can; that callers meet who were refused too often. */
const alwaysRefused = [400, 413, 500, 503]
const bodyRefused = [415]
const throttledRefused = [429]

/** How requests to a route are refused, by status. */
export function writeRefusals({ family, doc, body, throttled }: PromisedRoute): Responses {
  const statuses = [
    ...alwaysRefused,
    ...(body === undefined ? [] : bodyRefused),
    ...(throttled === undefined ? [] : throttledRefused),
    ...(doc?.refusals ?? []),
  ]
  const content = Object.fromEntries(
    refusalSchemas[family].mediaTypes.map((mediaType) => [
      mediaType,
      { schema: { $ref: `#/components/schemas/${refusalName(family)}` } },
    ]),
  )
  const refusal = { description: 'Refused; the body says what to do.', content }
  return Object.fromEntries(statuses.map((status) => [String(status), refusal]))
}

/** The name of the schema of refusals of a family. */
export function refusalName(family: string): string {
  return `${family}-refusal`
}

const traceId = z.string().describe('Names this request in the log of the node.')
const code = z.string().describe('Stable, for programs.')

const problemRefusal = {
  mediaTypes: ['application/problem+json'],
  schema: problemSchema,
} as const

/** The shapes in which `errors/answers.ts` writes. */
const refusalSchemas = {
  problem: problemRefusal,
  oauth: {
    mediaTypes: ['application/json'],
    schema: z.object({ error: z.string(), error_description: z.string(), code, trace_id: traceId }),
  },
  fhir: { mediaTypes: [fhirMediaType], schema: operationOutcomeSchema },
  graphql: {
    mediaTypes: ['application/graphql-response+json', 'application/json'],
    schema: z.union([
      z.object({
        errors: z.array(
          z.object({
            message: z.string(),
            extensions: z.object({ code, reasons: z.array(z.string()).optional(), traceId }),
          }),
        ),
      }),
      z
        .union([z.object({ ErrorCode: z.string(), Error: z.string() }), z.string()])
        .describe('Of sources that refuse as the present iWlz gateway does.'),
    ]),
  },
  dsp: { mediaTypes: ['application/json'], schema: catalogErrorSchema },
  'vc-api': {
    mediaTypes: ['application/json'],
    schema: z.object({
      verified: z.literal(false),
      checks: z.array(z.string()),
      warnings: z.array(z.string()),
      errors: z.array(z.object({ type: z.string(), title: z.string(), detail: z.string(), code })),
      traceId,
    }),
  },
  gateway: problemRefusal,
  authzen: problemRefusal,
  nid: { mediaTypes: ['application/json'], schema: z.string() },
} as const satisfies Record<ErrorFamily, { readonly mediaTypes: readonly string[]; readonly schema: z.ZodType }>

/** The schemas of all families, by the names under which `writeRefusals` points to them. */
export function writeRefusalSchemas(writer: SchemaWriter): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(
    Object.entries(refusalSchemas).map(([family, { schema }]) => [refusalName(family), writer.output(schema, family)]),
  )
}

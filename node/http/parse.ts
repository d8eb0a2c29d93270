import type { z } from 'zod'
import { NodeError } from '../kernel/errors.js'
import { schemaFaults } from '../kernel/schema-faults.js'
import type { JsonLimits } from '../kernel/json-guard.js'
import { parseJsonBody } from './door.js'

/**
 * A body of JSON in the shape of `schema`.
 * @throws `json.*`, `request.bad_body` with a note per fault that names the member and never its value
 */
export function parseBody<T extends z.ZodType>(schema: T, body: Buffer, limits: Partial<JsonLimits> = {}): z.output<T> {
  const parsed = schema.safeParse(parseJsonBody(body, limits))
  if (!parsed.success) throw new NodeError('request.bad_body', { notes: schemaFaults(parsed.error, { whole: 'body' }) })
  return parsed.data
}

/** As `parseBody`, for query parameters. @throws `request.bad_parameters` */
export function parseParameters<T extends z.ZodType>(
  schema: T,
  parameters: Readonly<Record<string, string>>,
): z.output<T> {
  const parsed = schema.safeParse(parameters)
  if (!parsed.success)
    throw new NodeError('request.bad_parameters', { notes: schemaFaults(parsed.error, { whole: 'body' }) })
  return parsed.data
}

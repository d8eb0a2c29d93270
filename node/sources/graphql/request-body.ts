import { z } from 'zod'
import { refusedAs } from './refusal.js'

const membersSchema = z.record(z.string(), z.unknown())

const bodySchema = z.strictObject({
  query: z.string(),
  operationName: z.string().nullish(),
  variables: membersSchema.nullish(),
  extensions: z.looseObject({ codes: z.boolean().optional() }).nullish(),
})

/** The members of a request that decide what is read, and what of `extensions` is known here, which reads nothing more. */
export interface RequestBody {
  readonly query: string
  readonly operationName: string | undefined
  readonly variables: Readonly<Record<string, unknown>>
  /** `extensions.codes`: whether the answer says what its codes mean. */
  readonly asksCodes: boolean
}

const expected: Readonly<Record<string, string>> = {
  query: '"query" must be a string.',
  operationName: '"operationName" must be a string or null.',
  variables: '"variables" must be an object or null.',
  extensions: '"extensions" must be an object or null, and "codes" in it true or false.',
}

/**
 * Returns the request in a parsed JSON body.
 *
 * Refuses members that GraphQL over HTTP does not define: a member that is ignored here might mean something to
 * whoever looked at the request before.
 * @throws `source.bad_body`
 * @see GraphQL over HTTP, "Request Parameters"
 */
export function parseRequestBody(body: unknown): RequestBody {
  if (Array.isArray(body)) throw refusedAs('source.bad_body', 'The body must be one request, not a list of requests.')
  const parsed = bodySchema.safeParse(body)
  if (!parsed.success)
    throw refusedAs('source.bad_body', ...new Set(parsed.error.issues.map(({ path }) => explain(path[0]))))
  const { query, operationName, variables, extensions } = parsed.data
  return {
    query,
    operationName: operationName ?? undefined,
    variables: variables ?? {},
    asksCodes: extensions?.codes === true,
  }
}

/** An issue without a path is about the whole body. */
function explain(member: PropertyKey | undefined): string {
  const words = typeof member === 'string' ? expected[member] : undefined
  return words ?? 'The body must be an object with "query" and, if needed, "operationName", "variables", "extensions".'
}

import { z } from 'zod'
import { NodeError } from '../kernel/errors.js'

/** Which datasets of a catalogue are asked for: from `offset` on, at most `limit`. */
export interface CatalogPage {
  readonly offset: number
  readonly limit: number
}

/** Of who does not say how many. */
const defaultLimit = 100

/** The namespace in which connectors of Eclipse write the members of a QuerySpec. */
const querySpecPrefixes = ['', 'edc:', 'https://w3id.org/edc/v0.0.1/ns/']

const whole = z.union([z.int().min(0), z.object({ '@value': z.int().min(0) }).transform((value) => value['@value'])])
const nothing = z.union([z.null(), z.literal(''), z.tuple([])]).optional()
/** Members that select or order must be left out, or say nothing: what is not done must not look as if it were. */
const querySpecSchema = z.strictObject({
  '@id': z.string().optional(),
  '@type': z.string().optional(),
  '@context': z.unknown().optional(),
  offset: whole.default(0),
  limit: whole.default(defaultLimit),
  filterExpression: nothing,
  sortField: nothing,
  sortOrder: z.enum(['ASC', 'DESC']).optional(),
})

/**
 * Reads the filter of a request. Connectors of Eclipse put a QuerySpec there; its offset and limit are honoured, because
 * such a connector asks again as long as it gets full pages.
 * @throws `catalogue.filter_unsupported` for any other filter, or a QuerySpec that selects or orders
 */
export function readFilter(filter: unknown): CatalogPage {
  const given: unknown = Array.isArray(filter) ? filter[0] : filter
  if (Array.isArray(filter) && filter.length > 1) throw unsupported('more than one filter')
  if (given === undefined || given === null) return { offset: 0, limit: defaultLimit }
  if (typeof given !== 'object') throw unsupported('a filter that is no QuerySpec')
  const parsed = querySpecSchema.safeParse(withoutPrefixes(given))
  if (!parsed.success)
    throw unsupported(parsed.error.issues.map(({ path, message }) => `${path.join('.')} (${message})`).join(', '))
  const { offset, limit } = parsed.data
  // A page of nothing would be asked for ever.
  if (limit === 0) throw unsupported('a limit of 0')
  return { offset, limit }
}

function withoutPrefixes(given: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const prefix = querySpecPrefixes.findLast((known) => name.startsWith(known)) ?? ''
      return [name.slice(prefix.length), value]
    }),
  )
}

/** The text by which a page of this version of a catalogue is asked for. */
export function writeToken(digest: string, { offset, limit }: CatalogPage): string {
  return Buffer.from(JSON.stringify([offset, limit, digest])).toString('base64url')
}

const tokenSchema = z.tuple([z.int().min(0), z.int().min(1), z.string()])

/** @throws `catalogue.page_gone` for a token of another version, or none of ours */
export function readToken(token: string, digest: string): CatalogPage {
  const parsed = tokenSchema.safeParse(parseToken(token))
  if (!parsed.success || parsed.data[2] !== digest) throw new NodeError('catalogue.page_gone')
  const [offset, limit] = parsed.data
  return { offset, limit }
}

function parseToken(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as unknown
  } catch {
    // No token of ours.
    return undefined
  }
}

/** The page, and where the ones beside it begin. */
export function cutPage<T>(
  all: readonly T[],
  { offset, limit }: CatalogPage,
): { readonly items: readonly T[]; readonly next?: CatalogPage; readonly previous?: CatalogPage } {
  const end = Math.min(offset + limit, all.length)
  return {
    items: all.slice(offset, end),
    ...(end < all.length ? { next: { offset: end, limit } } : {}),
    ...(offset > 0 ? { previous: { offset: Math.max(0, Math.min(offset, all.length) - limit), limit } } : {}),
  }
}

function unsupported(what: string): NodeError {
  return new NodeError('catalogue.filter_unsupported', { notes: [what] })
}

import { NodeError } from '../kernel/errors.js'
import type { SourceFace } from '../../schemas/source-face.js'

export type GraphqlMediaType = 'application/json' | 'application/graphql-response+json'

const graphqlType = 'application/graphql-response+json'
const jsonType = 'application/json'

/**
 * The media type of an answer. Who accepts neither gets the default all the same: the status says enough.
 * @see iWlz RFC0040; GraphQL over HTTP, "Media Types"; RFC 9110 section 12.5.1
 */
export function mediaTypeFor(
  accept: string | undefined,
  http: SourceFace['graphql']['http'] = 'iwlz',
): GraphqlMediaType {
  if (http === 'iwlz') return wantsPlainJson(accept) ? jsonType : graphqlType
  const ranges = parseAccept(accept)
  const [graphql, json] = [qualityOf(graphqlType, ranges), qualityOf(jsonType, ranges)]
  const isNamed = ranges.has(graphqlType)
  return graphql > json || (isNamed && graphql === json && graphql > 0) ? graphqlType : jsonType
}

/**
 * Refuses who does not accept the GraphQL type, where only that is served.
 * @throws `request.not_acceptable`
 */
export function requireAcceptable(accept: string | undefined, { graphql }: Pick<SourceFace, 'graphql'>): void {
  if (graphql.strictAccept && qualityOf(graphqlType, parseAccept(accept)) === 0)
    throw new NodeError('request.not_acceptable', { notes: [graphqlType] })
}

/** True when the caller accepts `application/json` and not the GraphQL type, both by name. */
export function wantsPlainJson(accept: string | undefined): boolean {
  const ranges = parseAccept(accept)
  return (ranges.get(jsonType) ?? 0) > 0 && (ranges.get(graphqlType) ?? 0) === 0
}

/** Quality by range; who says nothing accepts everything. */
function parseAccept(accept: string | undefined): ReadonlyMap<string, number> {
  const ranges = new Map<string, number>()
  for (const range of (accept ?? '').toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim())
    if (type === '') continue
    const given = parameters.find((parameter) => parameter.startsWith('q='))
    const quality = given === undefined ? 1 : Number(given.slice(2))
    ranges.set(type, Math.max(ranges.get(type) ?? 0, Number.isNaN(quality) ? 0 : quality))
  }
  return ranges.size === 0 ? new Map([['*/*', 1]]) : ranges
}

function qualityOf(type: string, ranges: ReadonlyMap<string, number>): number {
  return ranges.get(type) ?? ranges.get('application/*') ?? ranges.get('*/*') ?? 0
}

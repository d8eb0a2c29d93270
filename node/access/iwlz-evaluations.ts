import type { Evaluation, IwlzEvaluation } from '../../schemas/wire/authzen.js'
import type { ServedSources } from './served-sources.js'

/** The roots that the resource types of the draft stand for; one that stands for several is told by its filter. */
const roots: Readonly<Record<string, string>> = {
  WLZ_INDICATIE: 'wlzIndicatie',
  CLIENT: 'client',
  BEMIDDELING: 'bemiddeling',
  ZORGTOEWIJZING: 'toewijzing',
}
const rootsByFilter: Readonly<Record<string, string>> = {
  bemiddelingspecificatieID: 'bemiddelingspecificatie',
  overdrachtID: 'overdracht',
  regiehouderID: 'regiehouder',
}

/**
 * An item of the iWlz draft as an evaluation of AuthZEN: the identifier and kind of organisation become what a membership
 * proves, the URL becomes the source, the filter what is asked. `undefined` when it is about no source of this node.
 *
 * The draft says nothing of fields, so the decision is about who asks and by which filter, unless the query itself is
 * there too. Its purpose, relation and contract are the caller's own words, and count for nothing.
 * @see iWlz RFC0052
 */
export function fromIwlz(
  { subject, action, resource, context }: IwlzEvaluation,
  servedSources: Pick<ServedSources, 'find'>,
): Evaluation | undefined {
  const [, party = '', source = ''] = /\/sources\/([^/]+)\/([^/]+)\/graphql$/.exec(resource.id) ?? []
  const served = servedSources.find(party, source)
  if (served === undefined) return undefined
  const { query, variables, query_filter: filter } = resource.properties
  return {
    subject: {
      type: 'organization',
      id: `${subject.type}:${subject.id}`,
      properties: {
        organization: {
          organization_role: subject.properties.organization_type.toLowerCase(),
          organization_id_type: subject.type.toLowerCase(),
          organization_id: subject.id,
        },
      },
    },
    action: { name: action.name.toUpperCase() === 'READ' ? 'QUERY' : action.name.toUpperCase() },
    resource: {
      type: 'source',
      id: `${party}/${source}`,
      properties: query === undefined ? { reading: readingOf(resource.type, filter) } : { query, variables },
    },
    context: { scopes: served.scopes.slice(0, 1), ...(context.time === undefined ? {} : { time: context.time }) },
  }
}

function readingOf(type: string, filter: IwlzEvaluation['resource']['properties']['query_filter']) {
  const values = Object.entries(filter).flatMap(([path, { eq }]) => (typeof eq === 'string' ? [{ path, eq }] : []))
  const byFilter = Object.keys(filter).flatMap((name) => rootsByFilter[name] ?? [])
  return {
    operation: (type === 'BEMIDDELING' ? byFilter[0] : undefined) ?? roots[type] ?? type,
    filters: values.map(({ path, eq }) => ({ path, operator: 'eq', value: eq })),
    nested: [],
    order: [],
    fields: [],
    paths: [],
  }
}

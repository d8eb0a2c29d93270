import type { ServedSource } from '../../access/served-sources.js'
import type { Route } from '../exchange.js'
import { sourcePath } from '../source-entry.js'
import { fhirRoutes, type FhirRoutesDeps } from './fhir.js'
import { graphqlRoutes, type GraphqlRoutesDeps } from './graphql.js'

/** The guarded data plane: what is asked of sources, by the protocol of each. */
export function sourceRoutes(deps: GraphqlRoutesDeps & FhirRoutesDeps): readonly Route[] {
  return [...graphqlRoutes(deps), ...fhirRoutes(deps)]
}

/** The path of a source below the public URL of the node. */
export function pathOfSource(party: string, source: string, served: Pick<ServedSource, 'fhir'> | undefined): string {
  return sourcePath(party, source, served?.fhir === undefined ? 'graphql' : 'fhir')
}

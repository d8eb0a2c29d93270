import type { ServedSource } from '../access/served-sources.js'
import type { SourceConfiguration } from '../../schemas/configuration.js'
import { jsonAnswer, type HttpAnswer } from './exchange.js'

/** The path of a source below the public URL of the node, by how it is asked. */
export function sourcePath(party: string, source: string, protocol: 'graphql' | 'fhir' = 'graphql'): string {
  return `/sources/${party}/${source}/${protocol}`
}

/** How a source of a kind is asked. */
export function protocolOf(kind: SourceConfiguration['kind']): 'graphql' | 'fhir' {
  return kind === 'fhir' ? 'fhir' : 'graphql'
}

/** How to get access to a source, for everybody: where to ask for a token and with which scopes. */
export function describeSource(
  { source, scopes }: Pick<ServedSource, 'source' | 'scopes'>,
  options: {
    /** How it is asked, in words. */
    readonly protocol: string
    /** The URL of the authorization server of its party. */
    readonly authorizationServer: string
    /** The URL at which it is described in the catalogue; `undefined` when it is in none. */
    readonly description: string | undefined
  },
): HttpAnswer {
  const { protocol, authorizationServer, description } = options
  const answer = {
    source: source.name,
    protocol,
    authorizationServer,
    scopes,
    ...(description === undefined ? {} : { description }),
  }
  return jsonAnswer(200, answer, description === undefined ? {} : { link: `<${description}>; rel="describedby"` })
}

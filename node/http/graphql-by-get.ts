import { NodeError } from '../kernel/errors.js'
import { parseGuardedJson } from '../kernel/json-guard.js'
import type { SourceRequest } from '../sources/data-source.js'
import { refusePersonNumbers } from './person-numbers.js'

const members = new Set(['query', 'operationName', 'variables', 'extensions'])

/**
 * The request in the parameters of a GET, in the shape of a JSON body.
 *
 * A URL stands in the logs of everybody on the way, so what could be a BSN is refused whatever it stands for.
 * @throws `source.bad_body`, `request.bad_parameters`
 * @see GraphQL over HTTP, "GET"
 */
export function readGetRequest(parameters: Readonly<Record<string, string>>): unknown {
  refusePersonNumbers(parameters)
  const unknown = Object.keys(parameters).find((name) => !members.has(name))
  if (unknown !== undefined)
    throw new NodeError('source.bad_body', { notes: ['There is a parameter that GraphQL over HTTP does not define.'] })
  const { variables, extensions, ...texts } = parameters
  return {
    ...texts,
    ...(variables === undefined ? {} : { variables: parseMember('variables', variables) }),
    ...(extensions === undefined ? {} : { extensions: parseMember('extensions', extensions) }),
  }
}

function parseMember(name: string, text: string): unknown {
  try {
    return parseGuardedJson(text)
  } catch (cause) {
    throw new NodeError('source.bad_body', { cause, notes: [`"${name}" must be an object in JSON.`] })
  }
}

/**
 * Refuses a checked request that compares anything: what a query by GET asks may say of no person or record which.
 * @throws `source.bad_request`
 */
export function requireNoValues({ where, nested }: SourceRequest): void {
  if (where === undefined && nested.every((list) => list.where === undefined)) return
  throw new NodeError('source.bad_request', { notes: ['A query with conditions must be sent with POST.'] })
}

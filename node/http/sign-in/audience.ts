import { hostname } from 'node:os'
import type { Configuration } from '../../../schemas/configuration.js'

/**
 * For whom the tokens of a node on this machine must be: as its settings say, if there are any.
 * @see nuts-node v6 `http.internal.auth.audience`
 */
export function signInAudienceOf(settings: Pick<Configuration, 'http'> | undefined): string {
  return settings?.http.internal.auth?.audience ?? hostname()
}

import { epochSeconds, type Clock } from '../kernel/clock.js'
import type { Party } from '../identity/party.js'
import type { Credential } from '../credentials/credential.js'
import type { Present } from '../credentials/present.js'
import type { PresentObject } from '../credentials/present-object.js'
import type { PresentationForm } from './choose-form.js'

const presentationSeconds = 5

/** Presents credentials for a token: valid for five seconds, for one authorization server, with a nonce of its own. */
export type PresentInForm = (options: {
  readonly form: PresentationForm
  readonly party: Party
  readonly credentials: readonly Credential[]
  /** The issuer URL of the authorization server. */
  readonly audience: string
}) => Promise<string>

export function createPresentInForm(deps: {
  readonly clock: Clock
  readonly present: Present
  readonly presentObject: PresentObject
}): PresentInForm {
  return async ({ form, party, credentials, audience }) => {
    if (form === 'jwt_vp') return deps.present({ party, audience, credentials, validSeconds: presentationSeconds })
    const expiresAt = (epochSeconds(deps.clock.now()) + presentationSeconds) * 1000
    return JSON.stringify(await deps.presentObject({ party, credentials, domain: audience, expiresAt }))
  }
}

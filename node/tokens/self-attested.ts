import { toRfc3339, type Instant } from '../kernel/clock.js'
import { randomId } from '../kernel/random.js'
import type { Party } from '../identity/party.js'
import type { credentialDraftSchema } from '../../schemas/wire/oauth.js'
import type { z } from 'zod'

/** What an application says about its own party or user, without the parts that the node fills in. */
export type CredentialDraft = z.output<typeof credentialDraftSchema>

/**
 * A credential object that the party says about itself: the node fills in who says it, about whom, when and its id. It
 * has no proof; the presentation that holds it is signed.
 * @see nuts-node v6 `request-service-access-token`
 */
export function completeCredential(
  draft: CredentialDraft,
  party: Party,
  now: Instant,
): Readonly<Record<string, unknown>> {
  return {
    id: `urn:uuid:${randomId()}`,
    issuanceDate: toRfc3339(now),
    ...draft,
    issuer: party.did,
    credentialSubject: { ...draft.credentialSubject, id: party.did },
  }
}

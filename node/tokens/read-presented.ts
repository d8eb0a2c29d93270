import type { Clock, Seconds } from '../kernel/clock.js'
import { copyWith } from '../kernel/copy-with.js'
import { NodeError } from '../kernel/errors.js'
import type { PresentationDefinition } from '../credentials/exchange/definition.js'
import { matchDefinition, type Match, type Selection } from '../credentials/exchange/match.js'
import { checkAudience, checkPeriod } from '../credentials/presentation.js'
import { parsePresentations, type Presentations } from '../credentials/presentations.js'
import type { CredentialVerifier } from '../credentials/verify-credential.js'
import type { WalletOwner } from '../../schemas/pack.js'

/** A presentation for a token lives this long at most. @see Nuts RFC021 section 4.2 (9) */
export const longestPresentation: Seconds = 5

/** What one wallet owner showed, and how it answers a definition. Nothing of it is verified. */
export interface Presented extends Presentations {
  readonly match: Match
}

/**
 * Takes an assertion apart and checks what needs neither keys nor store: period, audience, that there is a nonce, that one
 * DID signed it all and that the credentials answer the definition, with the values of `selection` where it has those.
 *
 * Does not check signatures, nor whether a nonce was used before.
 * @throws `presentation.*`, `credential.*`
 */
export type ReadPresented = (
  owner: WalletOwner,
  assertion: string,
  definition: PresentationDefinition,
  options?: { readonly selection?: Selection },
) => Presented

export function createReadPresented(deps: {
  readonly clock: Clock
  readonly verifier: Pick<CredentialVerifier, 'parse'>
  /** The issuer URLs of the authorization server: one of them. */
  readonly audiences: readonly string[]
  /** Hears who is said to have signed, as soon as that is read. */
  readonly onSigner: (owner: WalletOwner, did: string) => void
}): ReadPresented {
  return (owner, assertion, definition, options) => {
    const presentations = parsePresentations(assertion, deps.verifier)
    deps.onSigner(owner, presentations.signer)
    for (const presentation of presentations.items) {
      checkPeriod(presentation, { now: deps.clock.now(), longest: longestPresentation })
      checkAudience(presentation, ...deps.audiences)
      if (presentation.nonce === undefined)
        throw new NodeError('presentation.malformed', { notes: ['the presentation has no nonce'] })
    }
    return copyWith(presentations, { match: matchDefinition(definition, presentations.credentials, options) })
  }
}

import type { Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { containsBsnShaped } from '../kernel/identifiers.js'
import { matchDefinition } from '../credentials/exchange/match.js'
import type { FieldValues } from '../credentials/exchange/definition.js'
import { checkAudience, checkPeriod, parsePresentation, type Presentation } from '../credentials/presentation.js'
import type { CredentialVerifier, VerifyOptions } from '../credentials/verify-credential.js'
import type { VerifyPresentation } from '../credentials/verify-presentation.js'
import { retractionType } from '../../schemas/wire/discovery.js'
import type { DiscoveryDefinition } from './definition.js'

const maxRegistrationLength = 64 * 1024
/** DIDs are parts of keys in the store. */
const maxDidLength = 512

/** A registration that was verified against its definition. */
export interface VerifiedRegistration {
  readonly presentation: Presentation
  /** The id of the presentation. */
  readonly id: string
  /** Set for a retraction: the id of the presentation that it withdraws. */
  readonly retracts: string | undefined
  /** Values of the definition's fields; empty for a retraction. */
  readonly fields: FieldValues
  /** What the party says about itself: the subject of its DiscoveryRegistrationCredential. */
  readonly parameters: Readonly<Record<string, string>>
}

/**
 * Verifies registrations, for the server that lists them and for the client that reads the list: neither trusts the
 * other.
 *
 * @throws `discovery.registration_invalid` with a note, `presentation.*`, `credential.*`, `identity.*`
 * @see Nuts RFC022 section 3.2; nuts-node v6: all credentials are used, `exp` within the limit from `nbf` and from now
 */
export type VerifyRegistration = (
  compact: string,
  definition: DiscoveryDefinition,
  options?: Pick<VerifyOptions, 'pace'>,
) => Promise<VerifiedRegistration>

export function createVerifyRegistration(deps: {
  readonly clock: Clock
  readonly verifier: CredentialVerifier
  readonly verifyPresentation: VerifyPresentation
}): VerifyRegistration {
  return async (compact, definition, options = {}) => {
    if (compact.length > maxRegistrationLength) throw invalid('the registration is larger than 64 KiB')
    const presentation = parsePresentation(compact, deps.verifier)
    const { id } = presentation
    if (id === undefined) throw invalid('the registration has no jti')
    const now = deps.clock.now()
    checkPeriod(presentation, { now, longest: definition.maxValiditySeconds })
    if (presentation.expiresAt - now > definition.maxValiditySeconds * 1000)
      throw new NodeError('presentation.validity')
    // No skew at this end: an entry that has expired is not listed, and would only push out the one before it.
    if (presentation.expiresAt <= now) throw new NodeError('presentation.expired')
    if (presentation.signer.length > maxDidLength) throw invalid('the DID is longer than 512 characters')
    checkAudience(presentation, definition.id)
    checkMethod(presentation, definition)
    const retraction = presentation.types.includes(retractionType)
    const parameters = parametersOf(presentation)
    checkNoPersons(parameters)
    const fields = retraction ? checkRetraction(presentation) : checkCredentials(presentation, definition)
    await deps.verifyPresentation(presentation, options)
    return {
      presentation,
      id,
      retracts: retraction ? presentation.retracts : undefined,
      fields,
      parameters,
    }
  }
}

function checkMethod(presentation: Presentation, definition: DiscoveryDefinition): void {
  const method = presentation.signer.split(':')[1] ?? ''
  if (definition.didMethods.length > 0 && !definition.didMethods.includes(method)) {
    throw invalid('the DID method is not allowed in this service')
  }
}

function checkRetraction(presentation: Presentation): FieldValues {
  if (presentation.credentials.length > 0) throw invalid('a retraction holds no credentials')
  if (presentation.retracts === undefined) throw invalid('a retraction names the registration in retract_jti')
  return {}
}

function checkCredentials(presentation: Presentation, definition: DiscoveryDefinition): FieldValues {
  const match = matchDefinition(definition.presentation, presentation.credentials)
  const used = new Set(match.byDescriptor.map(({ credential }) => credential))
  if (used.size !== presentation.credentials.length)
    throw invalid('the registration holds credentials that the definition does not ask')
  for (const { expiresAt } of presentation.credentials) {
    if (expiresAt !== undefined && expiresAt < presentation.expiresAt)
      throw invalid('a credential expires before the registration')
  }
  return match.values
}

function parametersOf({ credentials }: Presentation): Readonly<Record<string, string>> {
  const registration = credentials.find(({ type }) => type === 'DiscoveryRegistrationCredential')
  const parameters: Record<string, string> = {}
  for (const [name, value] of Object.entries(registration?.subject ?? {})) {
    if (name !== 'id' && typeof value === 'string') parameters[name] = value
  }
  return parameters
}

/** What a party says about itself is for everybody to read. */
function checkNoPersons(parameters: Readonly<Record<string, string>>): void {
  if (!Object.entries(parameters).some((pair) => pair.some(containsBsnShaped))) return
  throw invalid('what the registration says about the party holds nine digits that could be a BSN')
}

function invalid(note: string): NodeError {
  return new NodeError('discovery.registration_invalid', { notes: [note] })
}

import type { Clock } from '../kernel/clock.js'
import { NodeError, type ErrorCode } from '../kernel/errors.js'
import type { DiscoveryDefinition } from '../catalogue/definition.js'
import type { VerifiedRegistration, VerifyRegistration } from '../catalogue/registration.js'
import { decodeJwt } from '../credentials/jwt.js'
import type { StatusEvidence } from '../credentials/status/check-status.js'
import { skewMilliseconds } from '../credentials/verify-credential.js'
import { didOfKeyId } from '../identity/did-url.js'
import type { Claim, Claims } from '../policy/question.js'
import type { Listing } from './listing.js'
import { firstLook, type SetAside } from './set-aside.js'

/** The largest entry that is looked at. */
const maxEntryLength = 64 * 1024
const maxSignerLength = 512

/** An entry of a list, as it came. */
export interface ListedEntry {
  readonly timestamp: number
  readonly presentation: unknown
}

/** An entry and what it is. */
export type Examined =
  | {
      readonly kind: 'listing'
      readonly timestamp: number
      readonly signer: string
      readonly listing: Listing
      /** What its credentials say of their status. */
      readonly status: readonly StatusEvidence[]
    }
  | {
      readonly kind: 'retraction'
      readonly timestamp: number
      readonly signer: string
      readonly registeredAt: Listing['registeredAt']
    }
  | ({ readonly kind: 'bad'; readonly timestamp: number } & SetAside)

/**
 * Verifies one entry within `patienceMilliseconds`; one that takes longer is bad, with the code of a call that was not
 * answered in time. Whatever an entry holds, this does not throw.
 */
export type Examine = (
  definition: DiscoveryDefinition,
  entry: ListedEntry,
  patienceMilliseconds: number,
) => Promise<Examined>

export function createExamine(deps: {
  readonly clock: Clock
  readonly verifyRegistration: VerifyRegistration
}): Examine {
  const { clock, verifyRegistration } = deps

  function verifyInTime(
    text: string,
    definition: DiscoveryDefinition,
    patience: number,
  ): Promise<VerifiedRegistration> {
    return new Promise<VerifiedRegistration>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new NodeError('outbound.timed_out', { detail: 'verifying an entry' }))
      }, patience)
      // Whichever comes second has no reader.
      verifyRegistration(text, definition, { pace: 'bulk' })
        .then(resolve, reject)
        .finally(() => clearTimeout(timer))
    })
  }

  return async (definition, { timestamp, presentation }, patience) => {
    const text = typeof presentation === 'string' && presentation.length <= maxEntryLength ? presentation : ''
    try {
      if (text === '') throw new NodeError('discovery.registration_invalid', { detail: 'not a text, or too long' })
      const registration = await verifyInTime(text, definition, patience)
      const { signer, notBefore: registeredAt, credentials } = registration.presentation
      if (registration.retracts !== undefined) return { kind: 'retraction', timestamp, signer, registeredAt }
      const listing = toListing(definition.id, timestamp, registration, clock.now())
      const status = credentials
        .filter(({ statusEntries }) => statusEntries.length > 0)
        .map(({ type, issuer, statusEntries }) => ({ type, issuer, statusEntries }))
      return { kind: 'listing', timestamp, signer, listing, status }
    } catch (cause) {
      const now = clock.now()
      const reason: ErrorCode = NodeError.codeOf(cause)
      const expiresAt = now + definition.maxValiditySeconds * 1000 + skewMilliseconds
      return {
        kind: 'bad',
        timestamp,
        ...firstLook({ timestamp, reason, text, signer: claimedSigner(text), expiresAt, now }),
      }
    }
  }
}

function claimedSigner(text: string): string | undefined {
  try {
    const { kid } = decodeJwt(text, 'presentation.malformed').header
    const signer = kid === undefined ? undefined : didOfKeyId(kid)
    return signer === undefined || signer.length > maxSignerLength ? undefined : signer
  } catch {
    // Not a JWT: nobody is said to have signed it.
    return undefined
  }
}

function toListing(
  service: string,
  timestamp: number,
  registration: VerifiedRegistration,
  verifiedAt: Listing['verifiedAt'],
): Listing {
  const { presentation, fields, parameters, id } = registration
  const claims: Record<string, Claim> = {}
  for (const [name, value] of Object.entries(fields)) claims[name] = value as Claim // Filters yield JSON values only.
  return {
    service,
    timestamp,
    signer: presentation.signer,
    presentationId: id,
    presentation: presentation.raw,
    registeredAt: presentation.notBefore,
    expiresAt: presentation.expiresAt,
    fields: claims satisfies Claims,
    parameters,
    credentials: presentation.credentials.map(({ id: credentialId, type, issuer, subject }) => ({
      id: credentialId,
      type,
      issuer,
      subject,
    })),
    verifiedAt,
  }
}

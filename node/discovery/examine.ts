import type { Clock, Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { DiscoveryDefinition } from '../catalogue/definition.js'
import type { VerifiedRegistration, VerifyRegistration } from '../catalogue/registration.js'
import { decodeJwt } from '../credentials/jwt.js'
import { skewMilliseconds } from '../credentials/verify-credential.js'
import type { Claim, Claims } from '../policy/question.js'
import type { Listing, Quarantined } from './listing.js'
import type { ReplicaChange } from './replica.js'

/** The largest entry that is looked at. */
const maxEntryLength = 64 * 1024

/** An entry of a list, as it came. */
export interface ListedEntry {
  readonly timestamp: number
  readonly presentation: unknown
}

/** An entry and what it does to the copy. */
export interface Examined {
  readonly timestamp: number
  readonly change: Exclude<ReplicaChange, { kind: 'release' }>
}

/** Verifies one entry. An entry that does not verify is one to set aside: whatever it holds, this does not throw. */
export type Examine = (definition: DiscoveryDefinition, entry: ListedEntry) => Promise<Examined>

export function createExamine(deps: {
  readonly clock: Clock
  readonly verifyRegistration: VerifyRegistration
}): Examine {
  return async (definition, { timestamp, presentation }) => {
    const text = typeof presentation === 'string' && presentation.length <= maxEntryLength ? presentation : ''
    try {
      if (text === '') throw new NodeError('discovery.registration_invalid', { detail: 'not a text, or too long' })
      const registration = await deps.verifyRegistration(text, definition)
      const { signer } = registration.presentation
      if (registration.retracts !== undefined) return { timestamp, change: { kind: 'withdraw', signer } }
      const listing = toListing(definition.id, timestamp, registration, deps.clock.now())
      return { timestamp, change: { kind: 'list', listing } }
    } catch (cause) {
      const signer = claimedSigner(text)
      const entry: Quarantined = {
        timestamp,
        presentation: text,
        reason: NodeError.codeOf(cause),
        ...(signer === undefined ? {} : { signer }),
        expiresAt: deps.clock.now() + definition.maxValiditySeconds * 1000 + skewMilliseconds,
      }
      return { timestamp, change: { kind: 'quarantine', entry } }
    }
  }
}

/**
 * True for a fault of the way to the signer, or of this node: it can pass by itself. False for a fault of the entry, which
 * lasts as long as the entry and our configuration do.
 */
export function mayPass({ reason }: Quarantined): boolean {
  return !/^(presentation|credential|discovery|json)\./.test(reason) || reason.endsWith('.not_yet_valid')
}

/** Whose word a verified entry is; `undefined` for one that was set aside. */
export function verifiedSigner({ change }: Examined): string | undefined {
  if (change.kind === 'list') return change.listing.signer
  return change.kind === 'withdraw' ? change.signer : undefined
}

function claimedSigner(text: string): string | undefined {
  try {
    return decodeJwt(text, 'presentation.malformed').header.kid?.split('#')[0]
  } catch {
    // Not a JWT: nobody is said to have signed it.
    return undefined
  }
}

function toListing(service: string, timestamp: number, registration: VerifiedRegistration, now: Instant): Listing {
  const { presentation, fields, parameters, id } = registration
  const claims: Record<string, Claim> = {}
  for (const [name, value] of Object.entries(fields)) claims[name] = value as Claim // Filters yield JSON values only.
  return {
    service,
    timestamp,
    signer: presentation.signer,
    presentationId: id,
    presentation: presentation.raw,
    expiresAt: presentation.expiresAt,
    fields: claims satisfies Claims,
    parameters,
    subjects: presentation.credentials.map(({ subject }) => subject),
    verifiedAt: now,
  }
}

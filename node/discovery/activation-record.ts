import type { Instant } from '../kernel/clock.js'
import type { ErrorCode } from '../kernel/errors.js'
import type { Collection } from '../stores/contracts.js'
import { decodeJwt } from '../credentials/jwt.js'
import { presentationClaimsSchema } from '../../schemas/credentials/presentation.js'

/** A listing that this node keeps alive for a party. */
export interface Activation {
  readonly service: string
  readonly subject: string
  readonly parameters: Readonly<Record<string, string>>
  /** What of the parameters was asked for; the others are the node's own, and change with it. */
  readonly asked?: Readonly<Record<string, string>>
  /** The presentation on the list, once there is one. */
  readonly presentation?: string
  readonly presentationId?: string
  readonly registeredAt?: Instant
  readonly expiresAt?: Instant
  /** The code of the last attempt's failure, when it failed. */
  readonly error?: ErrorCode
  /** How many attempts in a row failed, and when the next one is made. */
  readonly failures?: number
  readonly retryAt?: Instant
  /** Set when the listing is on its way out: it is not renewed, and withdrawing it is tried until that succeeds. */
  readonly withdrawing?: true
}

/** By service and subject. */
export const activations: Collection<Activation> = { name: 'discovery-activations' }

/** Share of the validity after which a registration is renewed. @see nuts-node v6 */
const renewAtShare = 0.45
/** When a registration is renewed; `undefined` when there is none. */
export function renewAt({ registeredAt, expiresAt }: Activation): Instant | undefined {
  if (registeredAt === undefined || expiresAt === undefined) return undefined
  return registeredAt + (expiresAt - registeredAt) * renewAtShare
}

/** True when something is to be sent: the first time, a renewal, a withdrawal, or the next attempt after a failure. */
export function isDue(activation: Activation, now: Instant): boolean {
  if (activation.error !== undefined) return now >= (activation.retryAt ?? 0)
  if (activation.withdrawing === true) return true
  const due = renewAt(activation)
  return due === undefined || now >= due
}

/** The activation after an attempt that succeeded. */
export function withoutError({
  error: _error,
  failures: _failures,
  retryAt: _retryAt,
  ...rest
}: Activation): Activation {
  return rest
}

/** What is kept of a registration of our own: its id and its end. */
export function describeRegistration(
  presentation: string,
): Pick<Activation, 'presentation' | 'presentationId' | 'expiresAt'> {
  const { jti, exp } = presentationClaimsSchema.parse(decodeJwt(presentation, 'presentation.malformed').claims)
  return { presentation, ...(jti === undefined ? {} : { presentationId: jti }), expiresAt: (exp ?? 0) * 1000 }
}

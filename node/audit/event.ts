import type { Trace } from '../kernel/trace.js'

/** What can happen that the node accounts for. A closed list. */
export type AuditCode =
  | 'node.started'
  | 'party.created'
  | 'credential.issued'
  | 'credential.received'
  | 'credential.removed'
  | 'credential.revoked'
  | 'credential.suspended'
  | 'credential.resumed'
  | 'token.granted'
  | 'token.refused'
  | 'token.requested'
  | 'read.decided'
  | 'read.answered'
  | 'read.refused'
  | 'read.failed'
  | 'registration.accepted'
  | 'registration.refused'
  | 'registration.sent'
  | 'audit.read'

/** NEN 7513: what was done to the data. */
export type AuditAction = 'create' | 'read' | 'update' | 'delete' | 'execute'

/** Who acted, as far as it was proven. */
export interface AuditActor {
  readonly did?: string
  readonly organization?: string
  readonly role?: string
  readonly identifier?: string
}

/**
 * One event of the audit journal. Holds no token, no credential text and no BSN; a record or person appears as keyed
 * pseudonym only.
 * @see NEN 7513; iWlz RFC0021
 */
export interface AuditEvent {
  readonly code: AuditCode
  readonly action: AuditAction
  readonly outcome: 'success' | 'refused' | 'failed'
  /** The local party that it concerns. */
  readonly party?: string
  readonly actor?: AuditActor
  /** What was touched. */
  readonly object?: {
    readonly source?: string
    readonly operation?: string
    /** Digest of the question without its values. */
    readonly template?: string
    /** Filter fields, each with the keyed pseudonym of its value. */
    readonly filters?: Readonly<Record<string, string>>
    readonly fields?: readonly string[]
    readonly recordCount?: number
    readonly credential?: string
    readonly credentialType?: string
    /** Places in status lists whose bit was changed: enough to set it again. */
    readonly status?: readonly { readonly list: string; readonly index: number; readonly purpose: string }[]
    readonly service?: string
    readonly scope?: string
    /** The address of the other node. */
    readonly peer?: string
  }
  /** The rule that decided, with its version. */
  readonly rule?: string
  readonly reasons?: readonly string[]
  readonly purpose?: string
  readonly grondslag?: string
  /** The error code of a refusal or failure. */
  readonly error?: string
  /** Ids of the credentials that were weighed. */
  readonly evidence?: readonly string[]
  /** The journal number of the decision that an outcome belongs to. */
  readonly decision?: number
  readonly trace?: Trace
}

import type { AuditEventData } from '../../schemas/audit-event.js'

/** What happened, in the shape of `auditEventSchema`; every text in it is redacted when it is written. */
export type AuditEvent = Readonly<AuditEventData>

/** What was touched. */
export type AuditObject = NonNullable<AuditEvent['object']>

/** A place in a status list. */
export type AuditPlace = NonNullable<AuditObject['status']>[number]

/** Who acted, as far as it was proven. */
export type AuditActor = NonNullable<AuditEvent['actor']>

import { z } from 'zod'
import { auditCodes, type AuditCode } from './audit-codes.js'

/** Never empty in the journal; a text that the store cannot keep is refused there. */
const text = z.string().max(4096)
const texts = z.array(text).readonly()
/** Names of filters. Without digits in front: member names are sorted, and those would be sorted as numbers. */
const memberName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_.]{0,127}$/)
const hash = z.string().regex(/^[0-9a-f]{64}$/)
const number = z.int().min(0)

const codes = Object.keys(auditCodes) as [AuditCode, ...AuditCode[]] // The keys of the table, which is not empty.

/** Who acted, as far as it was proven. */
const actor = z
  .strictObject({
    did: text.optional(),
    organization: text.optional(),
    role: text.optional(),
    identifier: text.optional(),
    /** The person or system behind the organisation, as far as it was said. */
    user: z.strictObject({ id: text.optional(), role: text.optional() }).readonly().optional(),
  })
  .readonly()

/** What was touched. */
const object = z
  .strictObject({
    source: text.optional(),
    operation: text.optional(),
    /** Digest of the question without its values. */
    template: text.optional(),
    /** Filter fields, each with the keyed pseudonym of its value. */
    filters: z.record(memberName, text).readonly().optional(),
    /** What was compared beside the filters and ordered by, at the root and below it, without values: `einddatum gte`. */
    compared: texts.optional(),
    /** What was read: what was asked, and what it was compared and ordered by. */
    fields: texts.optional(),
    /** The selected paths that did not leave, because the rule lets less leave than was asked. */
    withheld: texts.optional(),
    recordCount: number.optional(),
    credential: text.optional(),
    credentialType: text.optional(),
    /** Places in status lists that were given or whose bit was changed: enough to do it again. */
    status: z
      .array(z.strictObject({ list: text, type: text, index: number, purpose: text }).readonly())
      .readonly()
      .optional(),
    service: text.optional(),
    scope: text.optional(),
    /** The hash of an access token, under which it is stored: enough to revoke it again, and no way to use it. */
    token: hash.optional(),
    /** How a request came in: its method. */
    method: text.optional(),
    /** The address of the other node. */
    peer: text.optional(),
    /** The id of a key. */
    key: text.optional(),
    /** For journals: up to and including this number, and what was there. */
    through: number.optional(),
    first: text.optional(),
    last: text.optional(),
    hash: hash.optional(),
    /** For exports: what was asked for. Persons only as pseudonym. */
    selection: z.record(memberName, text).readonly().optional(),
  })
  .readonly()

/**
 * One event of the audit journal. Holds no token, no credential text and no BSN; a record or person appears as keyed
 * pseudonym only.
 * @see NEN 7513; iWlz RFC0021
 */
export const auditEventSchema = z
  .strictObject({
    code: z.enum(codes),
    action: z.enum(['create', 'read', 'update', 'delete', 'execute']),
    outcome: z.enum(['success', 'refused', 'failed', 'unknown']),
    /** An intent is followed by an outcome that names its number; an event without a phase stands by itself. */
    phase: z.enum(['intent', 'outcome']).optional(),
    /** The local party that it concerns. */
    party: text.optional(),
    actor: actor.optional(),
    /** For whom the actor acted, when that is another. */
    onBehalfOf: actor.optional(),
    /** Keyed pseudonyms of the persons whose data it is about. */
    persons: texts.optional(),
    object: object.optional(),
    /** The rule that decided, with its version. */
    rule: text.optional(),
    reasons: texts.optional(),
    /** The facts that were asked of sources for the decision, each with what came of it. */
    facts: texts.optional(),
    /** What persons said that decided, by the id of the statement. @see iWlz RFC0021 "toestemmingsprofiel" */
    consent: texts.optional(),
    purpose: text.optional(),
    grondslag: text.optional(),
    /** What was checked and how that ended, where it applies. @see iWlz RFC0021 "Controles" */
    checks: z
      .strictObject({
        authorization: z.boolean().optional(),
        treatmentRelation: z.boolean().optional(),
        consent: z.boolean().optional(),
        emergency: z.boolean().optional(),
      })
      .readonly()
      .optional(),
    /** The error code of a refusal or failure. */
    error: text.optional(),
    /** Ids of the credentials that were weighed. */
    evidence: texts.optional(),
    /** The journal number of the decision that an outcome belongs to. */
    decision: number.optional(),
    trace: z
      .strictObject({
        traceId: text,
        spanId: text,
        parentSpanId: text.optional(),
        /** The listener that it came in by; absent for what the node did of its own accord. */
        listener: z.enum(['public', 'internal']).optional(),
        /** Who signed in on the internal listener: whose key, for whom the token was made, the role and the parties of the key. */
        signedIn: z
          .strictObject({ user: text, subject: text.optional(), role: text, parties: texts.optional() })
          .readonly()
          .optional(),
      })
      .readonly()
      .optional(),
  })
  .refine(({ code, action }) => (auditCodes[code].actions as readonly string[]).includes(action), {
    message: 'this code does not have this action',
    path: ['action'],
  })

/** What the journal holds: an event, where and when. Written as canonical JSON. @see RFC 8785 */
export const auditRecordSchema = z.strictObject({
  event: auditEventSchema,
  /** The node that wrote it. */
  node: z.strictObject({ name: text, version: text }),
  /** RFC 3339 with milliseconds, UTC. */
  time: z.iso.datetime(),
})

export type AuditEventData = z.output<typeof auditEventSchema>

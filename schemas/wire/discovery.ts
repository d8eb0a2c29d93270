import { z } from 'zod'
import { presentationDefinitionSchema } from '../presentation-exchange.js'

/** The type of a presentation that withdraws an earlier one. @see Nuts RFC022 section 3.4 */
export const retractionType = 'RetractedVerifiablePresentation'

/** A discovery service definition, as nuts-node v6 reads it from file. */
export const discoveryDefinitionSchema = z.looseObject({
  id: z.string().regex(/^[a-zA-Z0-9._-]{1,128}$/, 'letters, digits, dot, underscore and hyphen only'),
  endpoint: z.url({ protocol: /^https?$/ }),
  did_methods: z.array(z.string()).optional(),
  presentation_max_validity: z.int().min(60).max(5_184_000),
  presentation_definition: presentationDefinitionSchema,
})

export type DiscoveryDefinitionData = z.output<typeof discoveryDefinitionSchema>

/**
 * One answer of a discovery list. Entries can be anything, so that one bad entry does not cost the reader the good ones.
 * @see Nuts RFC022; nuts-node v6 `GET <endpoint>?timestamp=`
 */
export const discoveryPageSchema = z.looseObject({
  seed: z.string().min(1).max(256),
  timestamp: z.int().min(0),
  entries: z.record(z.string().regex(/^\d{1,15}$/), z.unknown()),
  /** Whether entries follow this page: our own addition, for who asks with a `limit`. */
  more: z.unknown().optional(),
})

/** What a discovery server says when it refuses. @see RFC 9457 section 3.1 */
export const problemSchema = z.looseObject({ detail: z.string().min(1) })

/** The body with which an application asks its node to keep a listing. */
export const activationRequestSchema = z.strictObject({
  registrationParameters: z.record(z.string().regex(/^[a-zA-Z][a-zA-Z0-9]*$/), z.string().max(1024)).optional(),
})

const instant = z.iso.datetime()
const freshness = z
  .enum(['fresh', 'flagged', 'stale'])
  .describe('fresh: read to its end within an hour; flagged: within a day; stale: longer ago, or never')

/** What a search finds, in the shape of nuts-node v6. @see nuts-node v6 discovery client API */
export const searchResultsSchema = z.array(
  z.object({
    id: z.string().describe('id of the presentation'),
    credential_subject_id: z.string().describe('DID of the party'),
    vp: z.string().describe('the registration'),
    fields: z.record(z.string(), z.unknown()).describe('values of the fields of the definition'),
    registrationParameters: z.record(z.string(), z.string()),
  }),
)

/** A service definition, as nuts-node v6 gives it. */
export const serviceDefinitionsSchema = z.array(
  z.object({
    id: z.string(),
    endpoint: z.string(),
    did_methods: z.array(z.string()).optional(),
    presentation_max_validity: z.int(),
    presentation_definition: z.record(z.string(), z.unknown()),
  }),
)

/** How an activation is doing, as nuts-node v6 says it. */
export const activationStatusSchema = z.object({
  activated: z.boolean(),
  status: z.enum(['active', 'error']).optional(),
  error: z.string().optional().describe('code of the last failure'),
  vp: z.array(z.string()).optional().describe('the registration on the list'),
})

/** What a search finds, with how fresh the copy is. */
export const listingsSchema = z.object({
  service: z.string(),
  asOf: instant.optional().describe('when the list was last read to its end'),
  freshness,
  stale: z.boolean().describe('true: trust no endpoint that is new to you on the word of this answer'),
  fault: z.string().optional().describe('code of the fault with which the last look at the list ended'),
  listings: z.array(
    z.object({
      did: z.string(),
      fields: z.record(z.string(), z.unknown()),
      parameters: z.record(z.string(), z.string()),
      expiresAt: instant,
    }),
  ),
})

/** How the copies of all lists are. */
export const copiesSchema = z.array(
  z.object({
    service: z.string(),
    hosted: z.boolean().describe('whether this node hosts the list'),
    asOf: instant.optional(),
    freshness,
    fault: z.string().optional(),
    timestamp: z.int().describe('number through which the list was read'),
    listed: z.int(),
    setAside: z.int().describe('entries that do not count: see its quarantine'),
  }),
)

/** What was set aside of a list, and why. */
export const quarantineSchema = z.array(
  z.object({
    timestamp: z.int().describe('number on the list'),
    reason: z.string().describe('code of the fault'),
    did: z.string().optional().describe('who is said to have signed it; proven by nothing'),
    since: instant,
    tries: z.int(),
    retryAt: instant.optional().describe('when it is tried again; absent for a fault that lasts'),
  }),
)

/** How the registrations of the node's own parties are. */
export const registrationsSchema = z.array(
  z.object({
    service: z.string(),
    subject: z.string(),
    status: z.enum(['listed', 'failing', 'withdrawing']),
    parameters: z.record(z.string(), z.string()),
    registeredAt: instant.optional(),
    expiresAt: instant.optional(),
    renewAt: instant.optional(),
    error: z.string().optional().describe('code of the last failure'),
    failures: z.int().optional().describe('failed attempts in a row'),
    retryAt: instant.optional(),
  }),
)

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

/**
 * One answer of a discovery list. Entries can be anything, so that one bad entry does not cost the reader the good ones.
 * @see Nuts RFC022; nuts-node v6 `GET <endpoint>?timestamp=`
 */
export const discoveryPageSchema = z.looseObject({
  seed: z.string().min(1).max(256),
  timestamp: z.int().min(0),
  entries: z.record(z.string().regex(/^\d{1,15}$/), z.unknown()),
})

/** What a discovery server says when it refuses. @see RFC 9457 section 3.1 */
export const problemSchema = z.looseObject({ detail: z.string().min(1) })

/** The body with which an application asks its node to keep a listing. */
export const activationRequestSchema = z.strictObject({
  registrationParameters: z.record(z.string().regex(/^[a-zA-Z][a-zA-Z0-9]*$/), z.string().max(1024)).optional(),
})

export type DiscoveryPage = z.output<typeof discoveryPageSchema>

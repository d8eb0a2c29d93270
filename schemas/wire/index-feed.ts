import { z } from 'zod'

const seq = z.int().min(0)
const did = z.string()

/** What is asked of the change feed of an index. */
export const indexFeedQuerySchema = z.strictObject({
  since: z
    .string()
    .regex(/^\d{1,15}$/, 'a whole number')
    .default('0')
    .transform(Number)
    .describe('`seq` of the page before; 0 for all'),
  limit: z
    .string()
    .regex(/^([1-9]|[1-9]\d|[1-4]\d\d|500)$/, '1 to 500')
    .default('200')
    .transform(Number)
    .describe('entries on a page'),
})

/**
 * A page of the change feed of an index: what another index needs to be the same.
 *
 * A reader keeps `seed` and `seq`, and asks for what comes after. Another seed means that the index began anew: forget all
 * and read from 0. 410 means that the reader was away for more than thirty days: the same.
 */
export const indexFeedSchema = z.strictObject({
  seed: z.string().describe('names this index; another one means: begin anew. Empty when it has nothing yet'),
  seq: seq.describe('where to go on'),
  more: z.boolean().describe('true when there is more to read now'),
  entries: z.array(
    z.discriminatedUnion('op', [
      z.strictObject({
        seq,
        op: z.literal('upsert'),
        did,
        vp: z
          .string()
          .describe('the registration (Nuts RFC022) that the publisher signed; it covers `digest`, or `proof` does'),
        expires: z.string().describe('when the last of its registrations ends'),
        catalogURL: z.string().optional().describe('absent when the party has no catalogue that was found good'),
        digest: z.string().optional().describe('`rdfc-1.0+sha-256:` and base64url'),
        version: z.string().optional(),
        verifiedAt: z.string().optional().describe('when the document was last seen to be what was signed'),
        proof: z
          .string()
          .optional()
          .describe('the JWS beside the catalogue, where that covers `digest` and `vp` does not'),
      }),
      z.strictObject({ seq, op: z.literal('delete'), did, deletedAt: z.string() }),
    ]),
  ),
})

export type IndexFeedPage = z.output<typeof indexFeedSchema>

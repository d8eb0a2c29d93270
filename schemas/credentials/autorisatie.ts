import { z } from 'zod'
import { consentType } from './spelling.js'

const recordPath = /^\/[a-zA-Z][a-zA-Z0-9]*\/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/**
 * The subject of an AutorisatieCredential: what its issuer, the bronhouder (keeper of the source), lets one other party
 * do, for which purpose and on which ground.
 *
 * The person is named by the record in `resources`, never by a BSN: a `subject` as in RFC0006 is refused.
 * @see iWlz RFC0006
 */
export const autorisatieSubjectSchema = z.strictObject({
  id: z.string().regex(/^did:/),
  legalBase: z.strictObject({
    consentType,
    evidence: z.strictObject({ path: z.string().min(1).max(512), type: z.string().min(1).max(128) }).optional(),
  }),
  purposeOfUse: z.string().regex(/^[A-Z][A-Z_]*$/),
  resources: z
    .array(
      z.strictObject({
        path: z.string().regex(recordPath, 'the path of one record: /wlzIndicatie/<wlzindicatieID>'),
        operations: z.array(z.literal('query')).length(1),
        userContext: z.literal(false),
      }),
    )
    .length(1),
  localParameters: z.strictObject({
    fields: z
      .array(z.string().regex(/^[A-Z][A-Za-z0-9]*\.[a-z][A-Za-z0-9]*$/, 'fields are written as Type.field'))
      .min(1)
      .max(200),
  }),
})

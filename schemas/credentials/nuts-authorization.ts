import { z } from 'zod'
import { consentType } from './spelling.js'

const operations = ['read', 'vread', 'update', 'patch', 'delete', 'history', 'create', 'search', 'document'] as const

/**
 * The subject of a NutsAuthorizationCredential: what a data holder lets one other party do. The person, where there is
 * one, is a BSN behind its OID; iWlz writes a colon between them, Nuts a point, and both are read.
 * @see nuts-node v6 `vcr/credential`; BgZ and eOverdracht after Nuts v5
 */
export const nutsAuthorizationSubjectSchema = z.strictObject({
  id: z.string().regex(/^did:/),
  purposeOfUse: z.string().min(1).max(128),
  legalBase: z.strictObject({ consentType, evidence: z.record(z.string(), z.string().max(512)).optional() }).optional(),
  subject: z
    .string()
    .regex(/^urn:oid:2\.16\.840\.1\.113883\.2\.4\.6\.3[.:][0-9]{9}$/)
    .optional(),
  resources: z
    .array(
      z.strictObject({
        path: z.string().max(512).regex(/^\//),
        operations: z.array(z.enum(operations)).min(1).max(operations.length),
        userContext: z.boolean().default(false),
        assuranceLevel: z.enum(['low', 'substantial', 'high']).optional(),
      }),
    )
    .min(1)
    .max(64),
  localParameters: z.record(z.string(), z.unknown()).optional(),
})

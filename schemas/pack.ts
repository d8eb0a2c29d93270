import { z } from 'zod'
import { presentationDefinitionSchema } from './presentation-exchange.js'

const scope = z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]{1,200}$/, 'one OAuth scope token')
const fieldName = z.string().regex(/^[a-zA-Z][A-Za-z0-9]*$/)
const typeName = z.string().regex(/^[A-Z][A-Za-z0-9]*$/)
const claimName = z.string().regex(/^[a-z][A-Za-z0-9_]*$/)

/** Where a rule takes a value from: an identifier of the requester, or a claim that its credentials yielded. */
const valueReference = z.union([
  z.templateLiteral(['requester.', z.enum(['agb', 'uzovi', 'kvk', 'ura', 'oin', 'gemeentecode'])]),
  z.templateLiteral(['claim.', claimName]),
])

const grondslag = z.strictObject({
  text: z.string().min(1).describe('law and article'),
  status: z.enum(['geldend', 'te-wijzigen', 'experiment', 'toestemming']),
  from: z.iso.date(),
})

const rule = z.strictObject({
  id: z.string().regex(/^[A-Z][A-Z0-9-]*$/),
  version: z.int().positive(),
  title: z.string().min(1),
  source: z.string().min(1).describe('the published text that the rule follows'),
  scope,
  wie: z.strictObject({
    role: z.array(z.string().min(1)).min(1).describe('roles of the requester, proven by its membership'),
  }),
  wat: z.strictObject({
    action: z.literal('QUERY'),
    operation: fieldName.describe('root field of the query'),
    type: typeName.describe('type of the root field'),
    filterRequired: z.array(fieldName).default([]).describe('fields that must be filtered on with eq'),
    filterEquals: z
      .record(fieldName, valueReference)
      .default({})
      .describe('fields that must be filtered on with this very value'),
    fields: z
      .union([z.record(typeName, z.array(fieldName).min(1)), z.strictObject({ listedIn: claimName })])
      .describe('fields that may be read: by type, or listed in a claim of the evidence'),
  }),
  waarvoor: z.strictObject({ purpose: z.string().regex(/^[A-Z][A-Z_]*$/) }),
  wanneer: z.union([z.strictObject({ period: z.literal('none') }), z.strictObject({ until: claimName })]),
  grondslag,
})

const definition = presentationDefinitionSchema.describe(
  'presentation definition; an `$.issuer` field pins its issuers with `issuersOf: <credential type>` or `issuer: "bronhouder"`',
)

/**
 * A use-case pack: one piece of data that yields the presentation definitions, the rules and the public description of
 * the access to one kind of source.
 */
export const packSchema = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]*$/),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  title: z.string().min(1),
  description: z.string().min(1),
  schema: z.string().min(1).describe('the register definition that the rules speak about'),
  trust: z
    .record(
      z.string().regex(/^[A-Z][A-Za-z0-9]*Credential$/),
      z
        .array(
          z.strictObject({
            issuer: z.string().regex(/^did:[a-z0-9]+:.+$/),
            reason: z.string().min(1).describe('why its word counts, for whoever reviews the pack'),
            from: z.iso.date().describe('when that was decided'),
          }),
        )
        .min(1),
    )
    .default({})
    .describe('per credential type the only issuers that count for this pack, out of those that the operator trusts'),
  scopes: z
    .array(
      z.strictObject({
        scope,
        aliases: z.array(scope).default([]),
        title: z.string().min(1),
        scopePolicy: z
          .enum(['profile-only', 'passthrough', 'dynamic'])
          .default('profile-only')
          .describe('other scopes beside it: refused, granted, or put to the decision point'),
        dpop: z.enum(['optional', 'required']).default('optional').describe('whether a token must be bound to a key'),
        lifetimeSeconds: z.int().min(10).max(900).optional().describe('lifetime of a token; default: that of the node'),
        liveStatus: z
          .boolean()
          .default(true)
          .describe('whether a token ends within a minute after one of its credentials was revoked or suspended'),
        organization: definition,
        service_provider: definition
          .optional()
          .describe('what who asks for an organization must present beside it; field ids of both must have one value'),
      }),
    )
    .min(1),
  rules: z.array(rule).min(1),
})

/** Whose wallet answers a definition, as nuts-node v6 names it. */
export type WalletOwner = 'organization' | 'service_provider'

export type PackData = z.output<typeof packSchema>
export type RuleData = PackData['rules'][number]
export type ValueReference = z.output<typeof valueReference>

/** The table of cases that belongs to a pack: questions and the decisions they must get. */
export const packCasesSchema = z.array(
  z.strictObject({
    case: z.string().min(1),
    scopes: z.array(scope),
    claims: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())])),
    operation: fieldName,
    filters: z.record(fieldName, z.string()),
    fields: z.array(z.string()).min(1),
    time: z.iso.datetime().default('2026-11-24T09:00:00Z'),
    expect: z.strictObject({
      permitted: z.boolean(),
      rule: z.string(),
      reasons: z.array(z.string()).default([]),
    }),
  }),
)

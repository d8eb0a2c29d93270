import { z } from 'zod'
import { packCatalogueSchema } from './catalogue.js'
import { consentStatementSchema } from './consent.js'
import { fhirCaseSchema } from './fhir/call.js'
import { fhirPackSchema } from './fhir/template.js'
import { grondslagStatus } from './grondslag.js'
import { authorization, consent } from './pack-basis.js'
import { claimName, fieldName, fieldOrSet, path, scope, setName, typeName } from './pack-names.js'
import { presentationDefinitionSchema } from './presentation-exchange.js'

/** Where a rule takes a value from: an identifier of the requester, a claim that its credentials yielded, or the rule. */
const valueReference = z.union([
  z.templateLiteral(['requester.', z.enum(['agb', 'uzovi', 'kvk', 'ura', 'oin', 'gemeentecode'])]),
  z.templateLiteral(['claim.', claimName]),
  z.templateLiteral(['value.', z.string().regex(/^[A-Za-z0-9_-]+$/)]),
])

/** Where a fact takes a value from: also from a filter of the request that it is about. */
const factReference = z.union([valueReference, z.templateLiteral(['filter.', path])])

const operator = z.enum(['eq', 'neq', 'in', 'gt', 'ngt', 'gte', 'ngte', 'lt', 'nlt', 'lte', 'nlte'])

const grondslag = z.strictObject({
  text: z.string().min(1).describe('law and article'),
  status: grondslagStatus.describe(
    '`te-wijzigen` waits for a change of law: such a rule lets nobody in outside a sandbox',
  ),
  from: z.iso.date().describe('first day on which the rule holds, in Europe/Amsterdam'),
  until: z.iso.date().optional().describe('last day on which the rule holds; open when absent'),
})

const period = z.strictObject({
  start: fieldName.describe('first day'),
  end: fieldName.describe('last day; an empty one lies after every day'),
})

/** What the `where` of a list below the root must guarantee; it may be narrower and never wider. */
const nested = z.strictObject({
  overlaps: z
    .strictObject({
      ...period.shape,
      window: z
        .enum(['contacts', 'others'])
        .optional()
        .describe('until when it may be read after the own period ended: two years, or 31 May of the next year'),
    })
    .optional()
    .describe('its records overlap the own period'),
  inForceOn: z
    .strictObject({ ...period.shape, day: fieldName.describe('filter of the root that names the day') })
    .optional()
    .describe('its records began on that day at the latest and end after it'),
  equals: z.record(path, valueReference).default({}).describe('its records have this very value'),
})

/** A field with its type: `Bemiddeling.client`. */
const typedField = z.string().regex(/^[A-Z][A-Za-z0-9]*\.[a-z][A-Za-z0-9]*$/)

/** What the records of the root must be beside what is asked; those that are not are left out in silence. */
const only = z.strictObject({
  equals: z
    .array(
      z.strictObject({
        way: z
          .array(typedField)
          .min(1)
          .max(4)
          .describe('fields as `Type.field`, from the root: each but the last leads to one other record'),
        value: valueReference,
      }),
    )
    .default([]),
  inForce: z
    .strictObject({
      start: fieldName.optional().describe('first day; without it also what is still to begin'),
      until: z.array(fieldName).default([]).describe('last days; an empty one lies after every day'),
      before: z.array(fieldName).default([]).describe('days on which it is over already'),
    })
    .optional()
    .describe('today, in Europe/Amsterdam'),
  under: z
    .strictObject({
      way: z
        .tuple([typedField, typedField])
        .describe('the field that leads to the record above, and there the list with the own record'),
      type: typeName.describe('type of the own record'),
      key: fieldName.describe('its key, which the filters must name beside its period (`own`)'),
      holder: z.strictObject({
        filter: path.describe('the filter that says whose it is'),
        value: valueReference,
      }),
      overlaps: z.strictObject({
        ...period.shape,
        window: z.enum(['contacts', 'others']).describe('until when after the own period ended'),
      }),
    })
    .optional()
    .describe('stand under the same record as one of the requester itself, and overlap with its period'),
})

const fact = z.strictObject({
  name: z.string().min(1).describe('what it establishes, for whoever reads a decision'),
  register: z.string().min(1).describe('schema of the register that is asked'),
  at: z.enum(['here', 'network']).describe('a source of this bronhouder, or those of others that discovery lists'),
  scope: scope.optional().describe('scope that the others are asked under'),
  role: z.array(z.string().min(1)).min(1).optional().describe('roles of those who are asked; only their word counts'),
  operation: fieldName,
  where: z.record(path, factReference).describe('what a record must have; one such record anywhere makes it true'),
  not: z.record(path, factReference).default({}).describe('what that record must not have'),
  inForce: z.strictObject(period.shape).optional().describe('that record is in force today, in Europe/Amsterdam'),
  select: fieldName.describe('the one field that is asked for'),
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
    operation: z
      .union([fieldName, z.enum(['__typename', '__schema', '__type'])])
      .describe('root field of the query; those of GraphQL itself say something of the schema only'),
    type: typeName.describe('type of the root field'),
    filterRequired: z.array(path).default([]).describe('fields that must be filtered on with eq'),
    filterEquals: z
      .record(path, valueReference)
      .default({})
      .describe('fields that must be filtered on with this very value'),
    valid: z
      .record(path, z.enum(['bsn']))
      .default({})
      .describe('filters whose value must be a number that can exist; another is a bad request, not a "no"'),
    only: only.optional(),
    own: z
      .strictObject({
        start: path.describe('first day'),
        end: path.describe('last day; an empty one lies after every day'),
        established: path.optional().describe('moment of establishing, which can lie before the start'),
        open: z.boolean().default(false).describe('only what has no end: the others are left out of the answer'),
      })
      .optional()
      .describe('filters that say the period of the requester itself'),
    fields: z
      .union([z.record(typeName, z.array(fieldOrSet).min(1)), z.strictObject({ listedIn: claimName })])
      .optional()
      .describe('fields that may be read: by type, or listed in a claim of the evidence'),
    paths: z
      .record(z.union([z.literal(''), path]), z.array(fieldOrSet).min(1))
      .optional()
      .describe('fields that may be read: by the place where they stand; `` is the root'),
    forbidden: z.array(path).default([]).describe('places that stay closed, with all below them'),
    nested: z.record(path, nested).default({}).describe('lists below the root that have conditions of their own'),
    compare: z
      .record(path, z.array(operator).min(1))
      .default({})
      .describe('comparisons beside eq that may be made, by place; what cannot be read cannot be compared'),
    narrow: z
      .boolean()
      .default(false)
      .describe('whether fields beyond those are left out and named, instead of the request being refused'),
    matrix: z
      .record(z.string().min(1), z.array(z.union([z.literal(''), path])).min(1))
      .default({})
      .describe('columns of the published autorisatiematrix, with the places for which each of them stands'),
  }),
  waarvoor: z.strictObject({ purpose: z.string().regex(/^[A-Z][A-Z_]*$/) }),
  wanneer: z.union([z.strictObject({ period: z.literal('none') }), z.strictObject({ until: claimName })]),
  facts: z.array(fact).max(4).default([]).describe('what must be true beside that; each is asked of a source'),
  consent: consent
    .optional()
    .describe('the person must have consented to this, for the purpose of the rule; looked for when all else is there'),
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
  schema: z
    .string()
    .min(1)
    .describe('the register definition that the rules speak about; `fhir-r4` with the templates of `fhir`'),
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
  sets: z.record(setName, z.array(fieldName).min(1)).default({}).describe('fields that several rules name together'),
  fhir: fhirPackSchema
    .optional()
    .describe('for a FHIR source: what may be asked at all; rules name a template as operation'),
  rules: z.array(rule).min(1),
  authorizations: z
    .array(authorization)
    .default([])
    .describe('authorizations that the keeper gives by itself, for sources with `authorizations: true`'),
  catalogue: packCatalogueSchema.optional().describe('how catalogues describe the data; without it they are in none'),
})

/** Whose wallet answers a definition, as nuts-node v6 names it. */
export type WalletOwner = 'organization' | 'service_provider'

export type PackData = z.output<typeof packSchema>
export type RuleData = PackData['rules'][number]
export type NestedData = z.output<typeof nested>
export type OnlyData = z.output<typeof only>
export type FactData = z.output<typeof fact>
export type AuthorizationData = PackData['authorizations'][number]
export type ConsentData = z.output<typeof consent>
export type ValueReference = z.output<typeof valueReference>
export type FactReference = z.output<typeof factReference>

/**
 * The table of cases that belongs to a pack: questions and the decisions they must get. A question is a query of the
 * register with its variables, a call of FHIR, or what it comes to: a root field with filters and fields.
 */
export const packCasesSchema = z.array(
  z
    .strictObject({
      case: z.string().min(1),
      scopes: z.array(scope),
      claims: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())])),
      query: z.string().min(1).optional(),
      variables: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
      operation: fieldName.optional(),
      fhir: fhirCaseSchema.optional(),
      filters: z.record(fieldName, z.string()).default({}),
      fields: z.array(z.string()).default([]),
      facts: z
        .record(z.string(), z.boolean().nullable())
        .default({})
        .describe('which facts hold; null for one to which nobody answers, and those that are not named do not hold'),
      consents: z
        .record(z.string(), z.array(consentStatementSchema))
        .default({})
        .describe('what persons said, by their BSN'),
      time: z.iso.datetime().default('2026-11-24T09:00:00Z'),
      sandbox: z.boolean().default(false),
      expect: z.strictObject({
        permitted: z.boolean(),
        rule: z.string(),
        reasons: z.array(z.string()).default([]),
        retry: z.boolean().default(false),
      }),
    })
    .refine(
      ({ query, operation, fhir }) => [query, operation, fhir].filter((each) => each !== undefined).length === 1,
      'query, operation or fhir',
    ),
)

export type PackCase = z.output<typeof packCasesSchema>[number]

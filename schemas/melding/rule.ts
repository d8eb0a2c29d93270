import { z } from 'zod'

const fieldName = z.string().regex(/^[a-zA-Z][A-Za-z0-9]*$/)
const typeName = z.string().regex(/^[A-Z][A-Za-z0-9]*$/)

/** The code of a rule as meldingen name it. @see iWlz RFC0018 */
export const ruleCode = z
  .string()
  .regex(/^[A-Z]{1,8}[0-9]{1,6}$/, 'capitals and then digits, such as IRG0012')
  .describe('code of the rule')

/** What must be so of a record. A field that was not read, or is empty, breaks nothing but `present`. */
const check = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('order').describe('one day does not come before another'),
    first: fieldName,
    then: fieldName,
  }),
  z.strictObject({
    kind: z.literal('form').describe('a number has the form of its kind'),
    field: fieldName,
    of: z.enum(['bsn', 'agb', 'uzovi']),
  }),
  z.strictObject({
    kind: z.literal('within').describe('the periods in a list begin and end inside that of the record'),
    list: fieldName,
    first: fieldName,
    last: fieldName,
  }),
  z.strictObject({
    kind: z.literal('unique').describe('no two records of a list have the same value'),
    list: fieldName,
    field: fieldName,
  }),
  z.strictObject({
    kind: z.literal('present').describe('where one field has a value, another one has one too'),
    field: fieldName,
    when: fieldName,
  }),
])

const meldingRuleSchema = z.strictObject({
  code: ruleCode,
  kind: z
    .enum(['gegevensregel', 'restrictie'])
    .describe('only these may be reported: a rule about one record, or about how records go together'),
  register: z.string().min(1).describe('schema of the register'),
  type: typeName,
  key: fieldName.describe('the field with the name of the record'),
  omschrijving: z.string().min(1).max(300).describe('what must be so, in Dutch'),
  source: z.string().min(1).describe('the text that the rule follows'),
  check,
})

/** The form of `schemas/melding/rules.json`; no code is there twice. */
export const meldingRulesSchema = z.array(meldingRuleSchema).superRefine((rules, context) => {
  const codes = rules.map(({ code }) => code)
  for (const [at, code] of codes.entries())
    if (codes.indexOf(code) !== at) context.addIssue({ code: 'custom', path: [at], message: `${code} is there twice` })
})

export type MeldingRule = z.output<typeof meldingRuleSchema>
export type MeldingCheck = MeldingRule['check']

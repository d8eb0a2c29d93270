import { z } from 'zod'
import { memberRoles } from './credentials/ledenadministratie.js'

const eventName = z.string().regex(/^[A-Z][A-Z0-9_]{0,99}$/)

/** How the node of an abonnee knows an own active case: the register that it keeps, and the law of the case. */
const zaak = z.strictObject({
  register: z.enum(['toewijzingsregister-1']).describe('schema of the register with the cases'),
  domein: z.enum(['WMO', 'JW']).describe('law under which a case is one'),
})

/** Who may have an abonnement on what, for which purpose and on which legal ground. */
const rule = z
  .strictObject({
    eventType: eventName,
    role: z.array(z.enum(memberRoles)).min(1).describe('roles of the abonnee, proven by its membership'),
    doel: z
      .string()
      .regex(/^[A-Z][A-Z_]*$/)
      .describe('purpose for which it is told'),
    grondslag: z
      .string()
      .max(300)
      .regex(/^https:\/\/wetten\.overheid\.nl\/\S+$/)
      .describe('law and article as IRI; whether it holds stands with the event type'),
    volgindicatie: z
      .boolean()
      .describe('true: for one person at a time, with an own active case; false: for nobody in particular'),
    maxDays: z.int().min(1).max(3660).describe('how long an abonnement lasts at most before it must be renewed'),
    zaak: zaak.optional(),
    doorgeven: eventName
      .optional()
      .describe('event type under which the abonnee tells the aanbieder of the case in its turn'),
  })
  .refine(({ volgindicatie, zaak: known }) => volgindicatie || known === undefined, 'a case without a volgindicatie')
  .refine(({ zaak: known, doorgeven }) => doorgeven === undefined || known !== undefined, 'telling on without a case')

/** The form of `schemas/abonnement-rules.json`. */
export const abonnementRulesSchema = z.array(rule).superRefine((rules, context) => {
  const seen = new Set<string>()
  for (const [at, { eventType, role, doel }] of rules.entries())
    for (const each of role) {
      const name = `${eventType} ${each} ${doel}`
      if (seen.has(name)) context.addIssue({ code: 'custom', path: [at], message: `${name} is there twice` })
      seen.add(name)
    }
})

export type AbonnementRule = z.output<typeof rule>

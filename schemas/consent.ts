import { z } from 'zod'
import { memberIdTypes, memberRoles } from './credentials/ledenadministratie.js'

const kinds = ['did', ...memberIdTypes].join('|')
const roles = memberRoles.join('|')

/** Who may read: one organisation by its DID or number, whoever has a role, or anyone. */
const recipient = z
  .string()
  .max(512)
  .regex(
    new RegExp(`^(anyone|role:(${roles})|(${kinds}):\\S+)$`),
    'anyone, role:huisarts, a DID, or a kind of number with the number, such as agb:41411111',
  )

/** What a person allows or forbids. What is absent, it says of all. */
export const consentStatementSchema = z
  .strictObject({
    effect: z.enum(['permit', 'deny']).describe('`permit`: consent; `deny`: an objection'),
    recipient,
    purpose: z
      .string()
      .regex(/^[A-Z][A-Z_]{0,63}$/)
      .optional()
      .describe('for what; every purpose when absent'),
    source: z.string().min(1).max(64).optional().describe('the source of the data; every source when absent'),
    operation: z
      .string()
      .regex(/^[a-zA-Z]\w{0,63}$/)
      .optional()
      .describe('root field of the source, such as wlzIndicatie; everything when absent'),
    from: z.iso.date().describe('first day, in Europe/Amsterdam'),
    until: z.iso.date().optional().describe('last day; open when absent'),
  })
  .refine(({ source, operation }) => operation === undefined || source !== undefined, {
    message: 'an operation is one of a source: name the source too',
    path: ['operation'],
  })
  .refine(({ from, until }) => until === undefined || from <= until, {
    message: 'the last day lies before the first',
    path: ['until'],
  })

export type ConsentStatement = z.output<typeof consentStatementSchema>

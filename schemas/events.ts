import { z } from 'zod'
import { memberRoles } from './credentials/ledenadministratie.js'
import { grondslagStatus } from './grondslag.js'

const eventName = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,99}$/, 'letters, digits and underscores')
const typeName = z.string().regex(/^[A-Z][A-Za-z0-9]*$/)
const path = z
  .string()
  .regex(/^[a-z][A-Za-z0-9]*(\.[a-z][A-Za-z0-9]*){0,8}$/)
  .describe('field names joined with a point, from the changed record; a list stands for each of its records')

/** Kinds of identifier on the wire. @see netwerkpunt.graphql, IDTypeEnum; BSN is left out: no organisation has one */
const partyIDTypes = ['AGB', 'KVK', 'OIN', 'UZOVI'] as const

const grondslag = z.strictObject({
  text: z.string().min(1).describe('law and article'),
  status: grondslagStatus.describe(
    '`te-wijzigen` waits for a change of law: such an event goes to nobody outside a sandbox',
  ),
  geldigVanaf: z.iso.date().optional().describe('first day on which it holds, in Europe/Amsterdam'),
  geldigTot: z.iso.date().optional().describe('last day on which it holds; open when absent'),
})

const condition = z.strictObject({
  field: z.string().regex(/^[a-z][A-Za-z0-9]*$/),
  is: z
    .enum(['became-set', 'not-became-set'])
    .describe('whether the field has a value since this change, and had none before'),
})

const timer = z.strictObject({
  field: z
    .string()
    .regex(/^[a-z][A-Za-z0-9]*$/)
    .describe('field of the record with the day that comes'),
  days: z
    .int()
    .min(1)
    .max(3660)
    .describe('from so many days before it, in Europe/Amsterdam; a party can choose another number'),
})

const source = z.union([
  z.strictObject({
    register: z.string().min(1).describe('schema of the register'),
    type: typeName,
    changes: z.array(z.enum(['created', 'changed', 'removed'])).min(1),
    when: z.array(condition).optional().describe('all of them hold'),
  }),
  z.strictObject({
    register: z.string().min(1).describe('schema of the register'),
    type: typeName,
    timer: timer.describe('no change makes it, but that a day of the record comes near'),
  }),
  z.strictObject({
    derived: z
      .enum(['application', 'forwarding', 'melding', 'overgangsgat'])
      .describe(
        'no change of a register makes it: the own application says so, or the node concludes it from what it received',
      ),
  }),
])

const receivers = z.union([
  z.strictObject({
    by: z.literal('field').describe('whom a field of the record names; also whom it named before the change'),
    path,
    idType: z.enum(partyIDTypes),
    notEqualTo: z.array(path).optional().describe('not who is named there'),
  }),
  z.strictObject({
    by: z.literal('afzender').describe('who told this party about the record with the key at `path`'),
    path,
    of: typeName.describe('type of that record'),
  }),
  z.strictObject({ by: z.literal('abonnement').describe('who asked for it') }),
  z.strictObject({ by: z.literal('caller').describe('whom the part of the node that makes it names') }),
])

/**
 * A kind of change that others are told of.
 * @see iWlz RFC0008, RFC0018, RFC0029; uitwisselprofielen indicatieregister, bemiddelingsregister and leveringsregister
 */
const eventTypeSchema = z.strictObject({
  eventType: eventName.describe('as it goes out'),
  aliases: z.array(eventName).describe('other spellings in published texts, which are accepted'),
  notificatieType: z
    .enum(['IWLZ_VERPLICHT', 'IWLZ_VRIJWILLIG', 'VRIJWILLIG'])
    .describe('always sent, sent to who asked, or agreed outside the iWlz'),
  kind: z.enum(['notificatie', 'melding']).describe('from a bronhouder to a deelnemer, or the other way'),
  senderRoles: z
    .array(z.enum(memberRoles))
    .min(1)
    .describe('whose it is to say: who keeps the register, or for a melding who reads one; `gemeente` holds its desks'),
  receiverRole: z.enum(['zorgkantoor', 'zorgaanbieder', 'gemeente', 'huisarts', 'cak', 'ciz', 'bronhouder']),
  omschrijving: z.string().min(1).max(300).describe('what happened, in Dutch'),
  grondslag,
  grondslagByRole: z
    .record(z.string().min(1), grondslag)
    .optional()
    .describe('of receivers whose role is a narrower one, with a ground of its own'),
  objectIDType: z
    .string()
    .regex(/^[a-z][A-Za-z0-9]*ID$/)
    .describe('which key the changed record has'),
  cloudEventsType: z
    .string()
    .regex(/^[a-z0-9]+(\.[a-z0-9-]+)+\.v\d+\.\d+\.\d+$/)
    .describe('its name as a CloudEvent'),
  source,
  receivers,
})

/** The form of `schemas/events.json`; no two types share a name or a CloudEvents type. */
export const eventTypesSchema = z.array(eventTypeSchema).superRefine((types, context) => {
  const seen = new Set<string>()
  for (const [at, { eventType, aliases, cloudEventsType }] of types.entries())
    for (const name of [eventType, ...aliases, cloudEventsType]) {
      if (seen.has(name)) context.addIssue({ code: 'custom', path: [at], message: `${name} is there twice` })
      seen.add(name)
    }
})

export type EventType = z.output<typeof eventTypeSchema>
/** What a change of a register makes. */
export type ChangeSource = Extract<EventType['source'], { readonly changes: unknown }>
/** What is made because a day of a record in a register comes near. */
export type TimerSource = Extract<EventType['source'], { readonly timer: unknown }>
/** The ground on which a kind of receiver is told. */
export type EventGrondslag = EventType['grondslag']

/** Finds types by their name or an alias, spelled exactly so. */
export function createFindEventType(types: readonly EventType[]): (name: string) => EventType | undefined {
  const byName = new Map(
    types.flatMap((type) => [type.eventType, ...type.aliases].map((name) => [name, type] as const)),
  )
  return (name) => byName.get(name)
}

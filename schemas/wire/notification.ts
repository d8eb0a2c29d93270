import { z } from 'zod'
import type { memberIdTypes, memberRoles } from '../credentials/ledenadministratie.js'

/**
 * The two kinds of message on the wire: a *notificatie* goes from a bronhouder to a participant, a *melding* from a
 * participant to a bronhouder.
 * @see iWlz RFC0008
 */
export const messageKinds = ['notificatie', 'melding'] as const
export type MessageKind = (typeof messageKinds)[number]

/** Kinds of identifier that were published. `BSN` is one of them, and is refused wherever it is used. */
const publishedIdTypes = ['AGB', 'BSN', 'KVK', 'OIN', 'UZOVI'] as const
/** Kinds under which organisations are known: the published ones, and ours for who has none of those. */
export const organizationIdTypes = ['AGB', 'KVK', 'OIN', 'UZOVI', 'URA', 'GEMEENTECODE'] as const
export const idTypes = [...publishedIdTypes, 'URA', 'GEMEENTECODE'] as const
export type OrganizationIdType = (typeof organizationIdTypes)[number]

/** An organisation as messages name it. */
export interface MessageParty {
  readonly idType: OrganizationIdType
  readonly id: string
}

type MemberIdType = (typeof memberIdTypes)[number]
type MemberRole = (typeof memberRoles)[number]

/** The kind of identifier of a membership as messages write it, and the other way round. */
export const idTypeOf: Readonly<Record<MemberIdType, OrganizationIdType>> = {
  agb: 'AGB',
  kvk: 'KVK',
  oin: 'OIN',
  uzovi: 'UZOVI',
  ura: 'URA',
  gemeentecode: 'GEMEENTECODE',
}

/**
 * The segment of scopes that stands for a role of a receiver, and other spellings of it. Roles that receive nothing have none.
 * @see iWlz RFC0014, scopes; what is not published there is ours, after the role
 */
export const scopeSegments = {
  zorgkantoor: ['zorgkantoor'],
  // The readme of the leveringsregister leaves out the first half of the word.
  zorgaanbieder: ['zorgaanbieder', 'aanbieder'],
  ciz: ['indicatieorgaan', 'ciz'],
  gemeente: ['gemeente'],
  'gemeente-wmo': ['gemeente'],
  'gemeente-jw': ['gemeente'],
  huisarts: ['huisarts'],
  cak: ['cak'],
  stelselbeheerder: [],
} as const satisfies Readonly<Record<MemberRole, readonly string[]>>

/** A role that can receive messages. */
export type ReceivingRole = Exclude<MemberRole, 'stelselbeheerder'>

/** What stands for the segment of a role in the text of a scope. */
const roleMark = '{rol}'
/** The scopes under which messages are sent, for any role. */
export const messageScopes: Readonly<Record<MessageKind, string>> = {
  notificatie: `organisaties/${roleMark}/notificaties/notificatie:create`,
  melding: `organisaties/${roleMark}/meldingen/melding:create`,
}

/** The scope under which a message of this kind is sent to who has this role. */
export function notificationScope(kind: MessageKind, role: ReceivingRole): string {
  return messageScopes[kind].replace(roleMark, scopeSegments[role][0])
}

/** Every spelling of `scope` for a role, the one that is granted first; none for a role that receives nothing. */
export function scopesFor(scope: string, role: MemberRole): readonly string[] {
  return scopeSegments[role].map((segment) => scope.replace(roleMark, segment))
}

const uuid = '[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}'
const name = '[A-Za-z][A-Za-z0-9_]{0,63}'
/** Names of a register and a type before a UUID: a pointer can hold nothing else, so nothing about a person. */
const pointer = `(?:${name}/){0,3}${uuid}`
const pointerPattern = new RegExp(`^${pointer}$`)
/** What a melding is about can also be the code of a rule. */
const subjectPattern = new RegExp(`^(?:${pointer}|[A-Z]{1,8}[0-9]{1,6})$`)

/** What one message points at. */
export const subjectEntitySchema = z
  .strictObject({
    subject: z
      .string()
      .regex(subjectPattern, 'a pointer such as WlzIndicatie/<uuid>, or the code of a rule')
      .describe('what can be asked about, as `Type/<uuid>`; in a foutmelding the code of the rule'),
    recordID: z
      .string()
      .regex(pointerPattern, 'a pointer such as WlzIndicatie/<uuid>')
      .describe('the record that changed, as `Type/<uuid>`'),
  })
  .readonly()

const maxSubjects = 100

/**
 * A message as it travels, in and out. Everything in it is a pointer: there is no member that could hold data about a
 * person, and forms leave no room for it.
 * @see iWlz netwerkpunt 1.1, NotificatieInput and MeldingInput
 */
export const messageSchema = z.strictObject({
  timestamp: z.iso.datetime({ offset: true }).describe('when the sender made it; the same when it is sent again'),
  afzenderIDType: z.enum(organizationIdTypes),
  afzenderID: z.string().min(1).max(32),
  ontvangerIDType: z.enum(organizationIdTypes),
  ontvangerID: z.string().min(1).max(32),
  ontvangerKenmerk: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9:._-]{0,127}$/, 'a mark such as the id of an abonnement')
    .optional()
    .describe('what the receiver knows it by, such as the id of its abonnement'),
  eventType: z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,127}$/, 'the name of an event'),
  subjectList: z.array(subjectEntitySchema).min(1).max(maxSubjects).readonly(),
})

export type Message = Readonly<z.output<typeof messageSchema>>
export type SubjectEntity = z.output<typeof subjectEntitySchema>

/** What a sender keeps as evidence that its message was stored. */
export interface Receipt {
  readonly notificatieID: string
  /** RFC 3339, UTC. */
  readonly receivedAt: string
}

/** How messages are delivered to a party. */
export const netwerkpuntDescriptionSchema = z.object({
  function: z.literal('netwerkpunt').describe('the name under which discovery and DID documents have it'),
  protocol: z.string(),
  cloudEvents: z.string().describe('where the same messages are taken as CloudEvents'),
  authorizationServer: z.string().describe('where to ask for a token'),
  scopes: z.array(z.string()),
  schema: z.string().describe('what can be called, in the schema language of GraphQL'),
})

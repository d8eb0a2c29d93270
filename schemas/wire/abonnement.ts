import { z } from 'zod'
import { idTypes, organizationIdTypes } from './notification.js'

const moment = z.iso.datetime({ offset: true })
const organizationIdType = z.enum(organizationIdTypes)
/** In GraphQL a field that was left out may also be null. */
const maybe = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined)

/**
 * What is asked at a bronhouder for an abonnement. Fields that the draft spells in two ways are accepted in both.
 * @see iWlz RFC0036, createAbonnement
 */
export const abonnementInputSchema = z.strictObject({
  organisatieId: maybe(z.string().max(64)),
  notificatieTypeID: maybe(z.string().max(100)),
  eventType: maybe(z.string().max(100)),
  idTypeAbonnee: maybe(organizationIdType),
  abonneeIDType: maybe(organizationIdType),
  idAbonnee: maybe(z.string().max(32)),
  abonneeID: maybe(z.string().max(32)),
  doel: z.string().max(100),
  grondslag: z.string().max(300),
  geldigTot: maybe(moment),
  volgindicatie: maybe(z.strictObject({ bsn: z.string().max(16) })),
})
export type AbonnementInput = z.output<typeof abonnementInputSchema>

const names = { abonnementID: maybe(z.uuid()), abonnementId: maybe(z.uuid()) }

/** Which abonnement is meant. @see iWlz RFC0036, deleteAbonnement */
export const abonnementNameSchema = z.strictObject(names)

export const renewalInputSchema = z.strictObject({ ...names, geldigTot: maybe(moment) })

/** An abonnement as its bronhouder gives it to who has it. Says whether it follows somebody, never whom. */
export const abonnementAnswerSchema = z.strictObject({
  abonnementID: z.uuid(),
  abonnementId: z.uuid(),
  notificatieTypeID: z.string(),
  eventType: z.string(),
  abonneeIDType: z.enum(idTypes),
  abonneeID: z.string(),
  doel: z.string(),
  grondslag: z.string(),
  aangemaaktOp: moment,
  geldigTot: moment,
  isVolgindicatie: z.boolean(),
})
export type AbonnementAnswer = Readonly<z.output<typeof abonnementAnswerSchema>>

const by = z.string().min(1).max(200).describe('Who does this, for the journal.')

/** What an application of a party asks its own node: an abonnement at a bronhouder. A person stands in this body only. */
export const orderAbonnementSchema = z.strictObject({
  bronhouder: z.string().min(1).max(2048).describe('`ciz`, a DID, or a kind of number with the number: `uzovi:5999`.'),
  eventType: z.string().min(1).max(100),
  doel: z.string().min(1).max(100),
  zaak: z
    .strictObject({
      source: z.string().min(1).max(64).describe('The own register with the case.'),
      bsn: z.string().max(16).optional().describe('The person to follow; or give `clientID`.'),
      clientID: z.uuid().optional().describe('The client in the own register; or give `bsn`.'),
    })
    .optional()
    .describe('For a volgindicatie: the own active case that it rests on.'),
  by,
})

export const actOnAbonnementSchema = z.strictObject({ by })
export const endAbonnementQuerySchema = z.strictObject({ by })

export const abonnementPageQuerySchema = z.strictObject({
  after: z.string().max(2048).optional().describe('The `next` of the page before.'),
  limit: z.coerce.number().int().min(1).max(500).default(100).describe('How many.'),
})

/** An abonnement that a party of this node has at another. */
export const ownAbonnementSchema = z.strictObject({
  id: z.string(),
  state: z.enum(['wanted', 'active', 'renewing', 'ending']),
  origin: z.enum(['settings', 'application']),
  bronhouder: z.string(),
  eventType: z.string(),
  doel: z.string(),
  zaak: z.strictObject({ source: z.string(), clientID: z.string() }).optional(),
  abonnementID: z.string().optional(),
  geldigTot: moment.optional(),
  since: moment,
  failures: z.int().min(0).describe('How often it failed since it last went well.'),
  lastError: z.string().optional(),
  triedAgainAt: moment.optional(),
})
export const ownAbonnementPageSchema = z.strictObject({
  abonnementen: z.array(ownAbonnementSchema).readonly(),
  next: z.string().optional(),
})

/** The abonnementen that others have at a party of this node. */
export const givenAbonnementPageSchema = z.strictObject({
  abonnementen: z.array(abonnementAnswerSchema.extend({ role: z.string() })).readonly(),
  next: z.string().optional(),
})

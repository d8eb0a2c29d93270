import { z } from 'zod'
import { abonnementSettingsFields } from '../abonnement-settings.js'
import { sourceFaceFields } from '../source-face.js'

/** Settings of what a party may be sent, and of how it is handed over. */
export const partyNotificationsSchema = z.strictObject({
  statuses: sourceFaceFields.statuses,
  graphql: sourceFaceFields.graphql.unwrap().omit({ introspection: true }).prefault({}),
  perSecond: z
    .int()
    .min(1)
    .max(100_000)
    .default(250)
    .describe('messages of one sender that are taken in a second, on average; ten times as many at once'),
  queued: z
    .int()
    .min(10)
    .max(10_000_000)
    .default(100_000)
    .describe('messages of one sender that may wait to be acknowledged; beyond that it is told to come back later'),
  ...abonnementSettingsFields,
  timers: z
    .record(z.string().min(1).max(100), z.union([z.int().min(1).max(3660), z.literal('off')]))
    .default({})
    .describe(
      'by event type that is sent before a day comes, such as AFLOPENDE_TOEWIJZING_ZORGAANBIEDER: from how many days before it, or `off`',
    ),
  senders: z
    .array(
      z
        .string()
        .regex(
          /^(ciz|cak|(agb|kvk|oin|uzovi|ura|gemeentecode):[0-9A-Z]{1,32})$/,
          'ciz, cak or a kind and a number such as uzovi:5999',
        ),
    )
    .max(1000)
    .default([])
    .describe(
      'who is asked each day what it sent, so that nothing is lost, beside those from whom something came before',
    ),
})

export type PartyNotifications = z.output<typeof partyNotificationsSchema>

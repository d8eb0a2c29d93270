import { z } from 'zod'
import { subjectName } from './source-settings.js'

/** What a party wants to be told of without anybody being obliged to, and what others may want to be told of by it. */
export const abonnementSettingsFields = {
  abonnementen: z
    .array(
      z.strictObject({
        bronhouder: z
          .string()
          .min(1)
          .max(2048)
          .describe('at whom: `ciz`, a DID, or a kind of number with the number, such as `uzovi:5999`'),
        eventType: z
          .string()
          .min(1)
          .max(100)
          .describe('what it wants to be told of, such as NIEUWE_INDICATIE_GEMEENTE'),
        doel: z.string().min(1).max(100).describe('for which purpose, such as WMO_UITVOERING'),
        zaken: subjectName
          .optional()
          .describe(
            'the own register with the cases that it rests on: the node follows each person with an active case, and nobody else',
          ),
      }),
    )
    .default([])
    .describe('abonnementen that the node takes at others, renews and ends by itself'),
  maxAbonnementen: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(250_000)
    .describe('abonnementen that one organisation may have at this one'),
} as const

import { z } from 'zod'

/** Whom to ask what it sent. */
export const reconcileSchema = z.strictObject({
  by: z.string().min(1).max(200).describe('who does this, for the journal'),
  sender: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('`ciz`, `cak` or a kind and a number such as `UZOVI:5999`; all known senders unless given'),
  from: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('since when; since the last time unless given, and never more than 31 days ago'),
})

/** What came of it, for each sender. */
export const reconciledSchema = z.object({
  senders: z.array(
    z.object({
      sender: z.string(),
      asked: z.int().describe('messages that it made for this party'),
      missed: z.int().describe('those that had not arrived, and are in the inbox now'),
      refused: z.int().describe('those that are not taken in, because they are wrong'),
      error: z.string().optional().describe('why it could not be asked to the end'),
    }),
  ),
})

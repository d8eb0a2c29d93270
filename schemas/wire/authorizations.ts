import { z } from 'zod'

/** Asks a source for what it gave by itself to who asks. */
export const findGivenSchema = z.strictObject({
  after: z.string().min(1).max(4096).optional().describe('the `next` of the page before'),
})

export const givenAuthorizationsSchema = z.object({
  credentials: z
    .array(
      z
        .string()
        .min(1)
        .max(64 * 1024),
    )
    .max(1000)
    .describe('AutorisatieCredentials as compact JWTs'),
  next: z.string().max(4096).optional().describe('where the next page begins; absent after the last'),
})

/** Fetches what a source of another party gave by itself into the wallet of a party. */
export const collectSchema = z.strictObject({
  authorization_server: z.url({ protocol: /^https?$/ }).max(2048),
  scope: z.string().min(1).max(2048),
  source: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .describe('URL of the source'),
})

export const collectedSchema = z.object({
  added: z.int().describe('taken into the wallet'),
  known: z.int().describe('there already'),
  refused: z.record(z.string(), z.int()).describe('not taken, by the code of why'),
})

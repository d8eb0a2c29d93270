import { z } from 'zod'

/** Settings of what the node sends to others about changes, and of what it receives. */
export const notificationSettingsSchema = z
  .strictObject({
    keepDays: z
      .int()
      .min(8)
      .max(3_650)
      .default(90)
      .describe(
        'how long it can be seen what was delivered, with its receipt, and what was acknowledged in an inbox; receivers can ask for as long what they missed',
      ),
    webhookSecrets: z
      .record(z.string().regex(/^[a-z0-9-]{1,64}$/, 'lower-case letters, digits and hyphens'), z.string().min(1))
      .default({})
      .describe(
        'files with the secrets that sign what is handed over to webhooks, by the name under which a webhook asks for it; each holds `whsec_` and base64, on two lines while it is changed',
      ),
  })
  .prefault({})

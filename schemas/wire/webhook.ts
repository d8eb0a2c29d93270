import { z } from 'zod'

/** To where the inbox of a party is handed over. */
export const webhookSchema = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .max(1000)
    .describe(
      'https, unless it is on this machine in development; private addresses only where the node may call them',
    ),
  secret: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/, 'the name of a secret in the settings')
    .describe('name of the secret in `notifications.webhookSecrets` that signs what is sent'),
  format: z
    .enum(['message', 'cloudevents'])
    .default('message')
    .describe('a message of the inbox, or the CloudEvents that it is'),
})

export const putWebhookSchema = webhookSchema.extend({
  by: z.string().min(1).max(200).describe('who sets it, for the journal'),
})

/** How handing over goes. The secret is never shown. */
export const webhookStateSchema = webhookSchema.extend({
  since: z.iso.datetime(),
  failures: z.int().min(0).describe('attempts that failed since one went well'),
  lastError: z.string().optional(),
  triesAgainAt: z.iso.datetime().optional(),
})

export type Webhook = z.output<typeof webhookSchema>

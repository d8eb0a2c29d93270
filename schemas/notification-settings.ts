import { z } from 'zod'

/** Settings of what the node sends to others about changes. */
export const notificationSettingsSchema = z
  .strictObject({
    keepDays: z
      .int()
      .min(8)
      .max(3_650)
      .default(90)
      .describe(
        'how long it can be seen what was delivered, with its receipt; receivers can ask for as long what they missed',
      ),
  })
  .prefault({})

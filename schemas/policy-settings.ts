import { z } from 'zod'

/** Settings of who decides, and by which rules. */
export const policySettingsSchema = z
  .strictObject({
    directory: z
      .string()
      .min(1)
      .optional()
      .describe('directory of use-case packs; default: the packs shipped with the node'),
    decisionPoint: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('AuthZEN decision point that decides on scopes of packs whose `scopePolicy` is `dynamic`'),
    url: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe(
        'base URL under which applications reach the decision point of this node; default: the internal listener',
      ),
    sandbox: z
      .boolean()
      .default(false)
      .describe(
        'whether rules count whose grondslag waits for a change of law (`te-wijzigen`); for fictitious data, not in strict mode',
      ),
  })
  .prefault({})

import { z } from 'zod'

/**
 * The subject of a DiscoveryRegistrationCredential: what a party says about itself when it registers. Public.
 * @see Nuts RFC022; nuts-node v6 discovery
 */
export const discoveryRegistrationSubjectSchema = z
  .object({
    id: z.string().regex(/^did:/),
    authServerURL: z.string().max(2048),
  })
  .catchall(z.string().max(2048))

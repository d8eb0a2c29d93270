import { z } from 'zod'

/** The settings of the index: how a node finds what others hold. */
export const discoveryIndexSchema = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe('fetches the catalogues of the parties on the lists, and finds what is in them'),
    authority: z
      .string()
      .min(1)
      .optional()
      .describe(
        'JSON file with the authority table of the network: who may offer which data; without it anybody may claim anything',
      ),
    public: z
      .boolean()
      .default(false)
      .describe('gives the changes of the index to everybody, at `/index/v1/entries`, for indexes of others'),
  })
  .prefault({})

import { z } from 'zod'

const counterpart = z.looseObject({ list: z.string(), code: z.string(), text: z.string(), relation: z.string() })

const concept = z.looseObject({
  map: z.string(),
  version: z.string(),
  concept: z.string(),
  text: z.string(),
  relation: z.string(),
  counterparts: z.array(counterpart),
})

/** What the codes in an answer mean: `extensions.codes` of a source, for who asks it with `extensions: {"codes": true}`. */
export const explainedCodesSchema = z.looseObject({
  fields: z.record(z.string(), z.array(z.string())),
  lists: z.record(
    z.string(),
    z.looseObject({
      name: z.string(),
      version: z.string(),
      codes: z.record(z.string(), z.looseObject({ text: z.string(), concepts: z.array(concept) })),
    }),
  ),
})

export type ExplainedCodes = z.output<typeof explainedCodesSchema>

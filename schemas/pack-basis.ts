import { z } from 'zod'
import { memberIdTypes } from './credentials/ledenadministratie.js'
import { fieldName, fieldOrSet, path, typeName } from './pack-names.js'

/** A rule that rests on consent. */
export const consent = z.strictObject({
  person: path.describe('filter that names the person by BSN; it must be required'),
})

/** Which AutorisatieCredential the keeper of a register gives by itself when a record changes. */
export const authorization = z.strictObject({
  id: z.string().regex(/^[A-Z][A-Z0-9-]*$/),
  version: z.int().positive(),
  title: z.string().min(1),
  type: typeName.describe('type of the records, one that can be asked'),
  holder: z.strictObject({
    field: fieldName.describe('field of the record that names who gets it, by its number'),
    identifier: z.enum(memberIdTypes).describe('kind of that number'),
    role: z.array(z.string().min(1)).min(1).describe('roles of those who can get it, as discovery lists them'),
  }),
  rule: z.string().describe('the rule of this pack that takes it: one that lists its fields in a claim'),
  fields: z.record(typeName, z.array(fieldOrSet).min(1)).describe('fields that it names'),
  end: z.strictObject({
    fields: z.array(fieldName).min(1).describe('last days; the first of them counts, and an empty one lies after all'),
    window: z
      .enum(['contacts', 'others'])
      .optional()
      .describe(
        'how long it holds after that day: two years, or until 31 May of the next year; not at all when absent',
      ),
    openDays: z
      .int()
      .min(60)
      .max(1827)
      .describe('how long one holds while there is no last day; another is given 30 days before'),
  }),
})

import { z } from 'zod'

const listId = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9-]*(:[A-Za-z0-9][A-Za-z0-9-]*)*$/, 'such as COD578 or gm0000:producten')
const code = z.string().regex(/^[A-Za-z0-9,.-]{1,20}$/, 'a code of 1 to 20 letters, digits, commas, points and hyphens')
const conceptId = z.string().regex(/^[a-z][a-z0-9-]*$/, 'small letters, digits and hyphens')
const text = z.string().min(1).max(200)
const version = z.string().regex(/^\d+[.-]\d+[.-]\d+$/, 'such as 1.2.0, or a date')

/** A code list: what the codes of one field mean. */
export const codeListSchema = z.strictObject({
  id: listId.describe('name of the list, as its publisher has it'),
  name: text,
  source: text.describe('who publishes the list'),
  version: version.describe('version of the list, or the day of its last change'),
  codes: z
    .record(
      code,
      z.strictObject({
        text: text.describe('what the code means, in Dutch'),
        from: z.iso.date().describe('first day on which the code may be used'),
        until: z.iso.date().optional().describe('day from which the code may not be used any more'),
      }),
    )
    .refine((codes) => Object.keys(codes).length > 0, 'at least one code'),
})

/** How a code stands to a concept: the same, a part of it, more than it, or something near it. @see SKOS mapping relations */
const relation = z.enum(['equivalent', 'narrower', 'broader', 'related'])

const mapping = z.strictObject({ list: listId, code, concept: conceptId, relation })

/** A concept map: words that several code lists share, and which codes stand for which word. */
export const conceptMapSchema = z.strictObject({
  id: conceptId.describe('name of the map'),
  version: version.describe('version of the map; it travels with every translation'),
  name: text,
  source: text.describe('who made the map and how it was checked'),
  concepts: z.record(conceptId, text).describe('the shared words by their name, each with its meaning in Dutch'),
  mappings: z.array(mapping).min(1),
})

/**
 * Codes that an organisation made itself, such as the products of a gemeente (municipality), and what they are in the
 * words of a concept map of the network.
 */
export const ownCodesSchema = z.strictObject({
  version: version.describe('version of these codes; it travels with every translation'),
  map: conceptId.describe('the concept map in whose words the codes are explained'),
  list: codeListSchema,
  mappings: z.array(mapping.omit({ list: true })),
})

export type CodeList = z.output<typeof codeListSchema>
export type ConceptMap = z.output<typeof conceptMapSchema>
export type OwnCodes = z.output<typeof ownCodesSchema>
export type CodeRelation = z.output<typeof relation>

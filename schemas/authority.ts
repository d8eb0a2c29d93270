import { z } from 'zod'

const path = z
  .string()
  .max(256)
  .regex(/^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*$/, 'a path below the subject, such as organization.role')
const text = z.string().min(1).max(512)
const product = z
  .string()
  .max(2048)
  .regex(/^[a-z][a-z0-9+.-]*:[^\s*]+\*?$/, 'an IRI, or the beginning of IRIs and `*`')
const template = z
  .string()
  .max(2048)
  .regex(/^[^\s{}]*\{[A-Za-z][A-Za-z0-9_.]*\}[^\s{}]*$/, 'an IRI with one {path.below.the.subject} in it')

/** Who may say to hold one kind of data. Several rows for one product are alternatives. */
const authorityRowSchema = z.strictObject({
  product: product.describe(
    'what a dataset conforms to (`dct:conformsTo`): an IRI, or how IRIs begin and `*`; the longest that fits counts',
  ),
  about: text.optional().describe('why it is so, for who reviews the table'),
  credential: z
    .string()
    .regex(/^[A-Z][A-Za-z0-9]{0,127}$/, 'a credential type')
    .describe('type of the credential that the publisher has in its registration'),
  issuers: z
    .array(z.string().regex(/^did:[a-z0-9]+:.+$/, 'a DID'))
    .min(1)
    .optional()
    .describe('whose credentials count; everybody whom the node trusts for the type unless given'),
  where: z
    .record(path, z.union([text, z.array(text).min(1)]))
    .default({})
    .describe('what the subject of the credential says, by path; of a list one'),
  spatial: template
    .optional()
    .describe('the only region (`dct:spatial`) that the dataset may be about, made from the subject of the credential'),
})

/**
 * The authority table of a network: which data product may be offered by whom. A signature says who claims to hold data;
 * this says whose claim counts.
 */
export const authorityTableSchema = z.strictObject({
  version: z.int().min(1).describe('goes up with every change of the table'),
  others: z
    .enum(['refuse', 'show'])
    .default('refuse')
    .describe('datasets of a kind that no row names: left out, or shown as guarded by nobody'),
  products: z.array(authorityRowSchema).max(10_000),
})

export type AuthorityTable = z.output<typeof authorityTableSchema>
export type AuthorityRow = AuthorityTable['products'][number]

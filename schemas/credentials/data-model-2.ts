import { z } from 'zod'

const text = z
  .string()
  .min(1)
  .max(64 * 1024)
const datePattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,12})?(?:Z|[+-]\d{2}:\d{2})$/
const schemePattern = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`]+$/

/** One URL, of any scheme. @see VC Data Model 2.0 section 4.4 */
const url = z
  .string()
  .max(2048)
  .refine((value) => schemePattern.test(value) && URL.canParse(value), { error: 'must be one URL' })
const type = z.union([text, z.array(text).min(1)], { error: 'must be a type, or a list of types' })

/** @see XML Schema 1.1 Part 2 section 3.4.28: a dateTime with a time zone */
const dateTimeStamp = z.string().refine((value) => datePattern.test(value) && !Number.isNaN(Date.parse(value)), {
  error: 'must be a date and time with a time zone',
})

const languageValue = z.strictObject({
  '@value': z.string(),
  '@language': z.string().optional(),
  '@direction': z.string().optional(),
})
const words = z.union([z.string(), languageValue, z.array(languageValue).min(1)], {
  error: 'must be a text, or texts with a language and nothing else',
})
const oneOrMore = <T extends z.ZodType>(item: T) => z.union([item, z.array(item).min(1)])

const typed = z.looseObject({ type, id: url.optional() })
const described = { name: words.optional(), description: words.optional() }
const agent = z.union([url, z.looseObject({ id: url, ...described })], {
  error: 'must be a URL, or an object with one as id',
})

/** @see Bitstring Status List 1.0 section 2.1 */
const bitstringEntry = z.strictObject({
  id: url.optional(),
  type: z.literal('BitstringStatusListEntry'),
  statusPurpose: text,
  statusListIndex: z.union([z.string().regex(/^\d{1,16}$/), z.int().min(0)]),
  statusListCredential: url,
  statusSize: z.int().min(1).optional(),
  statusMessage: z.array(z.strictObject({ status: text, message: text })).optional(),
  statusReference: oneOrMore(url).optional(),
})
const otherStatus = typed.refine((entry) => entry.type !== 'BitstringStatusListEntry' && !('statusEntry' in entry), {
  error: 'a BitstringStatusListEntry has its own members and no others',
})

const subject = z
  .looseObject({ id: url.optional() })
  .refine((value) => Object.keys(value).length > 0, { error: 'must say something' })

const relatedResource = z
  .looseObject({ id: url, digestSRI: text.optional(), digestMultibase: text.optional() })
  .refine((value) => value.digestSRI !== undefined || value.digestMultibase !== undefined, { error: 'has no digest' })

/** Contexts, the one of data model 2.0 first. @see VC Data Model 2.0 section 4.3 */
const contexts = z
  .array(z.union([url, z.record(z.string(), z.unknown())]))
  .min(1)
  .max(16)
const baseFirst = contexts.refine(([first]) => first === 'https://www.w3.org/ns/credentials/v2', {
  error: 'must begin with the context of data model 2.0',
})
const typesWith = (name: string) =>
  type.refine((value) => [value].flat().includes(name), { error: `must have ${name}` })

/** A credential of data model 2.0, with or without a proof. What is not named here is for its contexts to define. */
export const credentialSchema2 = z.looseObject({
  '@context': baseFirst,
  id: url.optional(),
  type: typesWith('VerifiableCredential'),
  ...described,
  issuer: agent,
  validFrom: dateTimeStamp.optional(),
  validUntil: dateTimeStamp.optional(),
  credentialSubject: oneOrMore(subject),
  credentialStatus: oneOrMore(z.union([bitstringEntry, otherStatus])).optional(),
  credentialSchema: oneOrMore(z.looseObject({ type, id: url })).optional(),
  refreshService: oneOrMore(typed).optional(),
  termsOfUse: oneOrMore(typed).optional(),
  evidence: oneOrMore(typed).optional(),
  relatedResource: oneOrMore(relatedResource).optional(),
})

/** A presentation of data model 2.0. Its credentials are objects, enveloped or not. */
export const presentationSchema2 = z.looseObject({
  '@context': baseFirst,
  id: url.optional(),
  type: typesWith('VerifiablePresentation'),
  holder: agent.optional(),
  termsOfUse: oneOrMore(typed).optional(),
  verifiableCredential: z
    .union([z.record(z.string(), z.unknown()), z.array(z.record(z.string(), z.unknown())).max(16)])
    .optional(),
})

export type Credential2 = z.output<typeof credentialSchema2>
export type Presentation2 = z.output<typeof presentationSchema2>

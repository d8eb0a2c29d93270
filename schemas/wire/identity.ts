import { z } from 'zod'

const text = z.string().min(1).max(2048)

/** Options for keys. @see nuts-node v6 `KeyCreationOptions` */
export const keyCreationSchema = z.strictObject({
  assertionKey: z.literal(true, 'a key for signatures is the only kind there is').default(true),
  encryptionKey: z.literal(false, 'keys for encryption are not offered').default(false),
})

/** A new key of a subject. */
export const addKeySchema = z.strictObject({
  algorithm: z.enum(['ES256', 'EdDSA']).default('ES256'),
})

/** For what would be refused otherwise. */
export const forceSchema = z.strictObject({
  force: z
    .enum(['true', 'false'], 'true or false')
    .transform((value) => value === 'true')
    .default(false),
})

/** A key of a subject, as its administrator sees it. Times are RFC 3339. */
export const partyKeySchema = z.strictObject({
  keyId: text,
  algorithm: z.enum(['ES256', 'EdDSA']),
  state: z.enum(['added', 'signing', 'retired']),
  addedAt: z.iso.datetime(),
  promotedAt: z.iso.datetime().optional(),
  retiredAt: z.iso.datetime().optional(),
  /** Until when something that it signed may count. */
  neededUntil: z.iso.datetime().optional(),
  /** Only where the private half is not in the key store: nothing can be signed with it. */
  lost: z.literal(true).optional(),
  publicKeyJwk: z.record(z.string(), z.string()),
})

/** The keys of a subject. */
export const partyKeysSchema = z.strictObject({ keys: z.array(partyKeySchema) })

/** Keys as a DID document has them. @see nuts-node v6 `VerificationMethod` */
export const verificationMethodsSchema = z.array(
  z.strictObject({
    id: text,
    type: z.literal('JsonWebKey2020'),
    controller: text,
    publicKeyJwk: z.record(z.string(), z.string()),
  }),
)

export type PartyKeyWire = z.output<typeof partyKeySchema>

/** A service for the DID documents of a subject; its id is made from what it says. @see nuts-node v6 `Service` */
export const newServiceSchema = z.strictObject({
  id: z.string().max(2048).optional(),
  type: text,
  serviceEndpoint: z.union([text, z.array(z.json()).min(1).max(100), z.record(z.string().max(256), z.json())]),
})

/** Services as a DID document has them. */
export const partyServicesSchema = z.array(
  z.strictObject({ id: text, type: text, serviceEndpoint: newServiceSchema.shape.serviceEndpoint }),
)

/** Which services; without a type none. @see nuts-node v6 */
export const findServicesSchema = z.strictObject({
  type: text.optional(),
  endpointType: z.enum(['string', 'array', 'object']).optional(),
})

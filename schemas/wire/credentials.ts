import { z } from 'zod'
import { presentationDefinitionSchema } from '../presentation-exchange.js'

/** Bodies and answers of `/internal/vcr/v2` as nuts-node v6 has them, and of our own interface for wallets. */

const did = z
  .string()
  .max(2048)
  .regex(/^did:[a-z0-9]+:/, 'a DID')
const typeName = z.string().min(1).max(256)
const contextUrl = z.url({ protocol: /^https$/ }).max(2048)
const moment = z.iso.datetime({ offset: true })
/** What only the did:nuts network has. */
const nutsOnly = (name: string) => z.undefined(`${name} is for did:nuts only`).optional()

/** A credential as it travels: a compact JWT, or an object. */
export const credentialValueSchema = z
  .union([z.string().min(1), z.record(z.string(), z.unknown())])
  .describe('A credential: a JWT as JSON string, or a JSON-LD object.')

/** A presentation as it travels. */
export const presentationValueSchema = z
  .union([z.string().min(1), z.record(z.string(), z.unknown())])
  .describe('A presentation: a JWT as JSON string, or a JSON-LD object.')

/** Issues a credential. @see nuts-node v6 `POST /internal/vcr/v2/issuer/vc` */
export const issueCredentialSchema = z
  .strictObject({
    '@context': z
      .union([contextUrl, z.array(contextUrl).max(16)])
      .optional()
      .describe('Contexts that define the terms of the subject; those of the format are added.'),
    type: z.union([typeName, z.array(typeName).min(1).max(2)]).describe('One type beside VerifiableCredential.'),
    issuer: did.describe('A DID of this node.'),
    credentialSubject: z.record(z.string(), z.unknown()),
    expirationDate: moment.optional().describe('Required unless withStatusList2021Revocation is given.'),
    format: z
      .enum(['ldp_vc', 'jwt_vc'])
      .optional()
      .describe('Unless given: ldp_vc when the request names an @context, jwt_vc when it does not.'),
    withStatusList2021Revocation: z.boolean().optional().describe('Unless given: as the type has it.'),
    publishToNetwork: nutsOnly('publishToNetwork'),
    visibility: nutsOnly('visibility'),
  })
  .refine(
    ({ expirationDate, withStatusList2021Revocation }) =>
      expirationDate !== undefined || withStatusList2021Revocation !== undefined,
    { path: ['expirationDate'], message: 'give an end, or say with withStatusList2021Revocation that there is none' },
  )

/** Which issued credentials. */
export const issuedQuerySchema = z.strictObject({
  credentialType: typeName,
  issuer: did,
  subject: z.string().optional(),
})

/** Which credentials of a wallet. */
export const walletQuerySchema = z.strictObject({ credentialType: typeName.optional(), issuer: did.optional() })

export const searchAnswerSchema = z.object({
  verifiableCredentials: z.array(z.object({ verifiableCredential: credentialValueSchema })),
})

export const credentialListSchema = z.array(credentialValueSchema)

/** @see nuts-node v6 `POST /internal/vcr/v2/verifier/vc` */
export const verifyCredentialSchema = z.strictObject({
  verifiableCredential: credentialValueSchema,
  verificationOptions: z
    .strictObject({
      allowUntrustedIssuer: z.literal(false, 'trust is configuration here: add the issuer to it').optional(),
    })
    .optional(),
})

/** @see nuts-node v6 `POST /internal/vcr/v2/verifier/vp` */
export const verifyPresentationSchema = z.strictObject({
  verifiablePresentation: presentationValueSchema,
  validAt: z.undefined('only now is verified').optional(),
  verifyCredentials: z.literal(true, 'credentials are always verified').optional(),
})

export const verdictSchema = z.object({
  validity: z.boolean(),
  message: z.string().optional().describe('What went wrong.'),
  credentials: z.array(credentialValueSchema).optional(),
})

/** An issuer and what it may say. @see nuts-node v6 `/internal/vcr/v2/verifier/trust` */
export const trustSchema = z.strictObject({ issuer: did, credentialType: typeName })

export const issuerListSchema = z.array(z.string()).describe('DIDs of issuers.')

/** @see nuts-node v6 `POST /internal/vcr/v2/holder/vp` */
export const createPresentationSchema = z.strictObject({
  type: z.array(typeName).max(8).optional(),
  '@context': z.array(contextUrl).max(8).optional(),
  verifiableCredentials: z.array(credentialValueSchema).min(1).max(10),
  signerDID: did.optional().describe('Unless given: the subject of the credentials.'),
  proofPurpose: z.enum(['assertionMethod', 'authentication']).optional(),
  challenge: z.string().min(1).max(2048).optional(),
  domain: z.string().min(1).max(2048).optional(),
  expires: moment.optional().describe('Five minutes from now unless given.'),
  format: z.enum(['ldp_vp', 'jwt_vp']).default('ldp_vp'),
})

const heldCredential = {
  id: z.string(),
  type: z.string(),
  issuer: z.string(),
  format: z.string(),
  issuedAt: z.string().optional(),
  expiresAt: z.string().optional(),
  /** Whether it can be shown; `reason` says why not. */
  usable: z.boolean(),
  reason: z.string().optional(),
  expiresWithinDays: z.literal([3, 14, 30]).optional().describe('The nearest of three limits that it is within.'),
}

export const heldListSchema = z.object({ credentials: z.array(z.object(heldCredential)) })
export const heldCredentialSchema = z.object({
  ...heldCredential,
  credential: credentialValueSchema,
  content: z.record(z.string(), z.unknown()).describe('The credential as an object, whatever its format.'),
})

/** Asks what a definition needs and what of it a wallet has. */
export const explainSchema = z.union([
  z.strictObject({
    definition: presentationDefinitionSchema,
    credential_selection: z.record(z.string(), z.string()).optional(),
  }),
  z.strictObject({
    authorization_server: z.url({ protocol: /^https?$/ }).max(2048),
    scope: z.string().min(1).max(2048),
    credential_selection: z.record(z.string(), z.string()).optional(),
  }),
])

const fault = z.object({
  kind: z.enum(['format', 'absent', 'mismatch']),
  expected: z.string(),
  field: z.string().optional(),
  path: z.string().optional(),
  paths: z.array(z.string()).optional(),
})

export const explanationSchema = z.object({
  definition: z.string(),
  fulfilled: z.boolean(),
  missing: z.array(z.string()),
  descriptors: z.array(
    z.object({
      id: z.string(),
      purpose: z.string().optional(),
      asks: z.array(z.object({ field: z.string(), expected: z.string() })),
      fulfilled: z.boolean(),
      credentials: z.array(
        z.object({
          id: z.string(),
          type: z.string(),
          fits: z.boolean(),
          reasons: z.array(z.string()),
          faults: z.array(fault),
        }),
      ),
    }),
  ),
  text: z.array(z.string()).describe('The same in lines for people.'),
})

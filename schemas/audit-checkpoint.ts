import { z } from 'zod'

const hash = z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits')
const number = z.int().min(0)

/** The type in the header of a checkpoint. */
export const checkpointType = 'bronnet-checkpoint+jwt'

/** The header of a checkpoint: a compact JWS. @see RFC 7515, RFC 8037 */
export const checkpointHeaderSchema = z.strictObject({
  alg: z.literal('EdDSA'),
  typ: z.literal(checkpointType),
  /** The thumbprint of the key. @see RFC 7638 */
  kid: z.string().min(1).max(128),
})

/** What a checkpoint says: this journal had this many entries with this hash at this time. */
export const checkpointClaimsSchema = z.strictObject({
  /** The id of the journal; it stays the same as long as the journal lives. */
  journal: z.string().min(1).max(128),
  /** The number of the newest entry. */
  size: number,
  /** The hash of that entry. */
  root: hash,
  /** RFC 3339, UTC. */
  time: z.iso.datetime(),
  /** What the oldest entry continues from: number 0, or the last entry that retention removed. */
  start: z.strictObject({ number, hash }),
  /** The public URL of the node. */
  node: z.string().min(1).max(2048),
})

export type CheckpointClaims = z.output<typeof checkpointClaimsSchema>

/** An Ed25519 public key as JSON Web Key. Members such as `kid` and `use` are allowed and mean nothing here. @see RFC 8037 */
export const auditKeySchema = z.object({
  kty: z.literal('OKP').describe('kind of key: OKP'),
  crv: z.literal('Ed25519').describe('curve of the key: Ed25519'),
  x: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/, '32 bytes in base64url')
    .describe('the public key itself, 32 bytes in base64url'),
})

export type AuditKey = z.output<typeof auditKeySchema>

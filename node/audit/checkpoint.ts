import { createPublicKey, verify, type KeyObject } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { NodeError } from '../kernel/errors.js'
import { thumbprintOf } from '../kernel/jwk-thumbprint.js'
import {
  auditKeySchema,
  checkpointClaimsSchema,
  checkpointHeaderSchema,
  checkpointType,
  type AuditKey,
  type CheckpointClaims,
} from '../../schemas/audit-checkpoint.js'
import type { Fault } from './verify.js'

/** Signs with the audit key of the node: Ed25519, 64 bytes. */
export type SignCheckpoint = (data: string) => Promise<Buffer>

/** A checkpoint of which the signature is good. */
export interface Checkpoint extends CheckpointClaims {
  readonly compact: string
}

const maxLength = 8192
const signaturesAtOnce = 50

/** A signed checkpoint as compact JWS. Does not check that the claims are true: the caller read them from the journal. */
export async function signCheckpoint(
  claims: CheckpointClaims,
  { publicKey, sign }: { readonly publicKey: AuditKey; readonly sign: SignCheckpoint },
): Promise<string> {
  const header = { alg: 'EdDSA', typ: checkpointType, kid: thumbprintOf(publicKey) }
  const input = `${encode(header)}.${encode(claims)}`
  return `${input}.${(await sign(input)).toString('base64url')}`
}

/**
 * The checkpoint in `compact`, signed with `key`.
 * @throws `audit.checkpoint_invalid` with a note that says what is wrong
 */
export function verifyCheckpoint(compact: string, key: KeyObject): Checkpoint {
  const found = readCheckpoint(compact, key)
  if (typeof found === 'string') throw invalid(found)
  return found
}

/** The checkpoint, or what is wrong with it. */
function readCheckpoint(compact: string, key: KeyObject): Checkpoint | string {
  const [header = '', payload = '', signature = '', ...more] = compact.length > maxLength ? [] : compact.split('.')
  const headerData = checkpointHeaderSchema.safeParse(decode(header))
  const claims = checkpointClaimsSchema.safeParse(decode(payload))
  if (!headerData.success || !claims.success || more.length > 0) return 'this is no checkpoint'
  const bytes = Buffer.from(signature, 'base64url')
  // One spelling only: another text with the same bytes would be another line in a file.
  const isSpelledSo = bytes.toString('base64url') === signature
  if (!isSpelledSo || !verify(null, Buffer.from(`${header}.${payload}`), key, bytes)) {
    return `the checkpoint of ${String(claims.data.size)} entries is not signed with this key`
  }
  return { ...claims.data, compact }
}

/** Tells good checkpoints from others, without keeping everything else waiting. */
export async function judgeCheckpoints(
  compacts: readonly string[],
  key: KeyObject,
): Promise<{ readonly good: readonly Checkpoint[]; readonly faults: readonly Fault[] }> {
  const good: Checkpoint[] = []
  const faults: Fault[] = []
  for (const [index, compact] of compacts.entries()) {
    if (index % signaturesAtOnce === 0) await setImmediate()
    const found = readCheckpoint(compact, key)
    if (typeof found !== 'string') good.push(found)
    else faults.push({ kind: 'checkpoint', number: (good.at(-1)?.size ?? 0) + 1, words: found })
  }
  return { good, faults }
}

/** @throws `audit.checkpoint_invalid` for what is no Ed25519 public key, as JWK or as PEM */
export function parseAuditKey(text: string): KeyObject {
  try {
    const key = text.trimStart().startsWith('-----')
      ? createPublicKey(text)
      : importAuditKey(auditKeySchema.parse(JSON.parse(text)))
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch {
    // Without the cause: it may quote what was given, which may be a private key.
  }
  throw invalid('the key is no Ed25519 public key, as JWK or PEM')
}

export function importAuditKey({ kty, crv, x }: AuditKey): KeyObject {
  return createPublicKey({ key: { kty, crv, x }, format: 'jwk' })
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
  } catch {
    // What is not JSON fits no schema.
    return undefined
  }
}

function invalid(note: string): NodeError {
  return new NodeError('audit.checkpoint_invalid', { notes: [note] })
}

import { createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { signCheckpoint, type SignCheckpoint } from '../../node/audit/checkpoint.js'
import { createVerification, type JournalLine, type Verdict } from '../../node/audit/verify.js'
import { verifyCheckpoint } from '../../node/audit/checkpoint.js'
import { chainHash } from '../../node/stores/chain.js'
import { auditKeySchema, type AuditKey, type CheckpointClaims } from '../../schemas/audit-checkpoint.js'

const origin = { number: 0, hash: '0'.repeat(64) }

/** Lines that follow each other from `start`, one for each value. */
export function chain(values: readonly unknown[], start = origin): JournalLine[] {
  let { number, hash } = start
  return values.map((value) => {
    number += 1
    hash = chainHash(hash, number, JSON.stringify(value))
    return { number, hash, value }
  })
}

/** `count` values that are all different. */
export function valuesOf(count: number, name = 'event'): readonly unknown[] {
  return Array.from({ length: count }, (_, index) => ({ event: { code: 'node.started', n: index }, name }))
}

/** An audit key of a test. */
export interface TestKey {
  readonly publicKey: AuditKey
  readonly key: KeyObject
  readonly sign: SignCheckpoint
  checkpoint(claims: Partial<CheckpointClaims> & Pick<CheckpointClaims, 'size' | 'root'>): Promise<string>
}

export function createTestKey(): TestKey {
  const { privateKey } = generateKeyPairSync('ed25519')
  const key = createPublicKey(privateKey)
  const publicKey = auditKeySchema.parse(key.export({ format: 'jwk' }))
  const signData: SignCheckpoint = (data) => Promise.resolve(sign(null, Buffer.from(data), privateKey))
  return {
    publicKey,
    key,
    sign: signData,
    checkpoint: (claims) =>
      signCheckpoint(
        { journal: 'j', time: '2026-11-24T09:00:00.000Z', start: origin, node: 'https://node.example.nl', ...claims },
        { publicKey, sign: signData },
      ),
  }
}

/** The verdict on `lines`, with the checkpoints that `key` signed. */
export function verdictOn(
  lines: readonly (JournalLine | { readonly number: number; readonly unreadable: string })[],
  checkpoints: readonly CheckpointClaims[],
  start = origin,
): Verdict {
  const verification = createVerification({ start, checkpoints })
  for (const line of lines) verification.add(line)
  return verification.finish()
}

/** Checkpoints at these sizes of `lines`, read back from their signed form. */
export async function checkpointsAt(
  lines: readonly JournalLine[],
  sizes: readonly number[],
  key: TestKey,
): Promise<readonly CheckpointClaims[]> {
  const found = sizes.map((size) => lines.find(({ number }) => number === size))
  const compacts = found.map((line) => key.checkpoint({ size: line?.number ?? 0, root: line?.hash ?? origin.hash }))
  return (await Promise.all(compacts)).map((compact) => verifyCheckpoint(compact, key.key))
}

import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { judgeCheckpoints, parseAuditKey, verifyCheckpoint } from '../../../node/audit/checkpoint.js'
import { createTestKey } from '../../support/journal-lines.js'
import { refusalOf } from '../../support/refusals.js'

const key = createTestKey()
const root = 'a'.repeat(64)
const good = await key.checkpoint({ size: 7, root })
const [header = '', claims = '', signature = ''] = good.split('.')

/** Other text for the same bytes: the last character of 64 bytes in base64url has four bits that say nothing. */
function respelled(): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return signature.slice(0, -1) + alphabet.charAt(alphabet.indexOf(signature.slice(-1)) + 1)
}

describe('a checkpoint', () => {
  test('that was signed with the key counts', () => {
    expect(verifyCheckpoint(good, key.key)).toMatchObject({ size: 7, root, compact: good })
  })

  test.each([
    ['no text', ''],
    ['text that is no JWT', 'checkpoint'],
    ['one more part', `${good}.AA`],
    ['a header that is no JSON', ['AA', claims, signature].join('.')],
    ['claims that are no JSON', [header, 'AA', signature].join('.')],
    ['claims of something else', [header, Buffer.from('{"size":7}').toString('base64url'), signature].join('.')],
    ['more than 8192 characters', `${good}${'A'.repeat(8192)}`],
  ])('is not %s', (_what, compact) => {
    expect(refusalOf(() => verifyCheckpoint(compact, key.key))).toMatchObject({
      code: 'audit.checkpoint_invalid',
      notes: ['this is no checkpoint'],
    })
  })

  test.each([
    ['of another key', async () => createTestKey().checkpoint({ size: 7, root })],
    ['spelled in another way', async () => [header, claims, respelled()].join('.')],
    ['cut short', async () => good.slice(0, -8)],
    ['left out', async () => [header, claims, ''].join('.')],
  ])('with a signature that is %s does not count', async (_what, make) => {
    const compact = await make()
    expect(refusalOf(() => verifyCheckpoint(compact, key.key)).notes).toEqual([
      'the checkpoint of 7 entries is not signed with this key',
    ])
  })

  test('is told from one that is none, with the entry from which on it would have counted', async () => {
    expect(await judgeCheckpoints(['x', good, [header, claims, respelled()].join('.')], key.key)).toEqual({
      good: [expect.objectContaining({ size: 7, compact: good })],
      faults: [
        { kind: 'checkpoint', number: 1, words: 'this is no checkpoint' },
        { kind: 'checkpoint', number: 8, words: 'the checkpoint of 7 entries is not signed with this key' },
      ],
    })
  })
})

describe('the key of checkpoints', () => {
  const pem = (type: 'ed25519' | 'x25519') =>
    generateKeyPairSync(type as 'ed25519')
      .publicKey.export({ format: 'pem', type: 'spki' })
      .toString()

  test('is read as JWK and as PEM', () => {
    const { publicKey } = key
    expect(parseAuditKey(JSON.stringify(publicKey)).export({ format: 'jwk' })).toEqual(publicKey)
    expect(parseAuditKey(`\n${pem('ed25519')}`).asymmetricKeyType).toBe('ed25519')
  })

  test.each([
    ['of another kind', pem('x25519')],
    ['that is no PEM', '-----BEGIN PUBLIC KEY-----\nAA\n-----END PUBLIC KEY-----'],
    ['that is no JSON', 'geheim'],
  ])('cannot be one %s, and nothing of it is repeated', (_what, text) => {
    const refusal = refusalOf(() => parseAuditKey(text))
    expect(refusal).toMatchObject({
      code: 'audit.checkpoint_invalid',
      notes: ['the key is no Ed25519 public key, as JWK or PEM'],
    })
    expect(refusal.cause).toBeUndefined()
  })
})

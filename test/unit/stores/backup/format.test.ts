import { generateKeyPairSync, sign } from 'node:crypto'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { createFixedClock } from '../../../../node/kernel/clock.js'
import { NodeError } from '../../../../node/kernel/errors.js'
import { passBackup, readBackup, writeBackup } from '../../../../node/stores/backup/format.js'
import { append, claim, put } from '../../../../node/stores/contracts.js'
import { createMemoryStore } from '../../../../node/stores/memory.js'
import { rejectionOf } from '../../../support/refusals.js'

const now = Date.parse('2026-03-01T09:00:00Z')
let text: string

beforeAll(async () => {
  const store = createMemoryStore({ clock: createFixedClock(now) })
  await store.write([put({ name: 'things' }, ['a', 'é'], { b: 1, a: 'één' }), claim(['nonce'], now + 1000)])
  await store.write([append('first'), append({ second: true }), append(3)])
  text = ''
  for await (const part of writeBackup(await store.contents.snapshot(), { node: 'test', now })) text += part
})

async function* inPieces(whole: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < whole.length; at += size) yield whole.slice(at, at + size)
}

/** Reads `changed` as the backup command does. */
async function pass(changed: string, size = 7): Promise<string> {
  let passed = ''
  const report = { onProgress: () => {}, onEnd: () => {} }
  for await (const part of passBackup(inPieces(changed, size), report)) passed += part
  return passed
}

describe('a backup that is signed', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')

  async function read(written: string) {
    const backup = await readBackup(inPieces(written, 1000))
    // The last line is known behind the items.
    for await (const { kind } of backup.items()) expect(kind).not.toBe('claim')
    return backup
  }

  /** What is wrong with the signature, if anything. */
  async function fault(written: string, key = publicKey): Promise<string | undefined> {
    const backup = await read(written)
    try {
      backup.requireSignature(key)
      return undefined
    } catch (error) {
      return NodeError.is(error) ? error.notes[0] : 'another error'
    }
  }

  async function write(value: number, about: Partial<Parameters<typeof writeBackup>[1]> = {}): Promise<string> {
    const store = createMemoryStore({ clock: createFixedClock(now) })
    await store.write([put({ name: 'things' }, ['a'], value), append('first')])
    let written = ''
    for await (const part of writeBackup(await store.contents.snapshot(), { node: 'test', now, ...about })) {
      written += part
    }
    return written
  }

  const withKey = { sign: async (statement: string) => sign(null, Buffer.from(statement), privateKey) }

  test('is known by the key of the node, and one that is not signed is refused', async () => {
    const whole = await write(1, withKey)
    expect(await pass(whole)).toBe(whole)
    expect(await fault(whole)).toBeUndefined()
    expect(await fault(whole, generateKeyPairSync('ed25519').publicKey)).toContain('by the node with this key')
    expect(await fault(await write(1))).toContain('it is not signed')
  })

  test('is refused when somebody wrote it anew, with counts and hashes that fit', async () => {
    const whole = await write(1, withKey)
    const { signature } = JSON.parse(whole.trim().split('\n').at(-1) ?? '') as { signature: string }
    const lines = (await write(2)).trim().split('\n')
    const end = JSON.stringify({ ...(JSON.parse(lines.at(-1) ?? '') as object), signature })
    const rewritten = `${[...lines.slice(0, -1), end].join('\n')}\n`
    expect(await pass(rewritten)).toBe(rewritten)
    expect(await fault(rewritten)).toContain('wrote it anew')
    // Nor is it of another moment.
    const later = whole.replace('2026-03-01T09:00:00.000Z', '2026-03-02T09:00:00.000Z')
    expect(await fault(later)).toContain('wrote it anew')
  })
})

describe('a backup', () => {
  test('says what it is of, and is passed on as it is, however it arrives', async () => {
    const { header, items } = await readBackup(inPieces(text, 10))
    expect(header).toMatchObject({ version: 1, node: 'test', time: '2026-03-01T09:00:00.000Z', head: { number: 3 } })
    const kinds: string[] = []
    for await (const { kind } of items()) kinds.push(kind)
    expect(kinds).toEqual(['record', 'claim', 'entry', 'entry', 'entry'])
    for (const size of [1, 100, 1_000_000]) expect(await pass(text, size)).toBe(text)
  })

  test('that is large is written and passed on in parts', async () => {
    const store = createMemoryStore({ clock: createFixedClock(now) })
    for (const name of ['a', 'b', 'c']) await store.write([put({ name: 'things' }, [name], 'x'.repeat(50_000))])
    const parts: string[] = []
    for await (const part of writeBackup(await store.contents.snapshot(), { node: 'test', now })) parts.push(part)
    expect(parts).toHaveLength(2)
    const passed: string[] = []
    const done: number[] = []
    const report = { onProgress: (count: number) => done.push(count), onEnd: () => {} }
    for await (const part of passBackup(inPieces(parts.join(''), 1000), report)) passed.push(part)
    expect([passed.length, passed.join(''), done]).toEqual([2, parts.join(''), [3]])
  })

  test('of which one character was changed, anywhere, is refused', async () => {
    for (let at = 0; at < text.length; at += 3) {
      const other = text[at] === '1' ? '2' : '1'
      const changed = text.slice(0, at) + other + text.slice(at + 1)
      // The header says when and of what: that is not under a hash.
      if (changed.split('\n')[0] !== text.split('\n')[0]) continue
      expect((await rejectionOf(pass(changed, 1000))).code).toBe('store.damaged')
    }
  })

  test.each<[string, (lines: string[]) => readonly string[]]>([
    ['its last line is missing', (lines) => [...lines.slice(0, -2), '']],
    ['its last line is cut off', (lines) => [...lines.slice(0, -2), (lines.at(-2) ?? '').slice(0, -5)]],
    ['a line is missing', (lines) => lines.filter((_, index) => index !== 2)],
    ['a line stands there twice', (lines) => lines.flatMap((line, index) => (index === 1 ? [line, line] : [line]))],
    ['two entries changed places', ([a = '', b = '', c = '', d = '', e = '', ...rest]) => [a, b, c, e, d, ...rest]],
    ['something stands behind its end', (lines) => [...lines.slice(0, -1), lines[1] ?? '', '']],
    ['it begins with an item', (lines) => lines.slice(1)],
    ['it is of a newer version', ([header = '', ...rest]) => [header.replace('"version":1', '"version":2'), ...rest]],
    ['a line is something else', ([header = '', ...rest]) => [header, '{"kind":"other"}', ...rest]],
    ['it is empty', () => ['']],
  ])('is refused when %s', async (_, change) => {
    expect((await rejectionOf(pass(change(text.split('\n')).join('\n')))).code).toBe('store.damaged')
  })
})

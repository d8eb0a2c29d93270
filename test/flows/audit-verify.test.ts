import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import type { Verdict } from '../../node/audit/verify.js'
import { runCommand, type Ran } from '../support/command-process.js'
import { createTestKey } from '../support/journal-lines.js'
import { startNodeProcess, type NodeProcess } from '../support/node-process.js'
import { freePorts } from '../support/free-ports.js'

// Each test starts processes of its own, which takes long on a machine with other work.
jest.setTimeout(180_000)

const bsn = '999990019'
let place: string
let data: string
let key: string
let node: NodeProcess

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'bronnet-verify-'))
  data = join(place, 'data')
  key = join(data, 'checkpoints', 'audit-key.json')
  await start()
}, 60_000)

afterAll(async () => {
  await node.kill()
  await rm(place, { recursive: true, force: true })
})

async function start(): Promise<void> {
  const [publicPort = 0, internalPort = 0] = await freePorts(2)
  node = await startNodeProcess({ directory: data, publicPort, internalPort })
  for (let count = 0; count < 20; count += 1) await node.administrator.call('POST', '/internal/vdr/v2/subject', {})
}

async function verify(...words: readonly string[]): Promise<Ran & { readonly verdict: Verdict }> {
  const ran = await runCommand(['audit', 'verify', '--json', ...words])
  return { ...ran, verdict: (ran.output === '' ? {} : JSON.parse(ran.output)) as Verdict }
}

async function exportTo(name: string, ...words: readonly string[]): Promise<string> {
  const path = join(place, name)
  expect(await runCommand(['audit', 'export', '--node', node.internalUrl, '--output', path, ...words], bsn)).toEqual({
    status: 0,
    output: '',
    errors: '',
  })
  return path
}

describe('bronnet audit verify', () => {
  test('finds the journal of a running node intact, from its first entry to now', async () => {
    const { status, verdict } = await verify('--node', node.internalUrl, '--key', key)
    expect([status, verdict.status, verdict.start]).toEqual([0, 'intact', 0])
    expect(verdict.last).toBeGreaterThan(20)
    expect(verdict.coveredThrough).toBe(verdict.last)
  })

  test('says in words what it found, and that a key from the node itself proves less', async () => {
    const { status, output, errors } = await runCommand(['audit', 'verify', '--node', node.internalUrl])
    expect([status, output]).toEqual([0, expect.stringMatching(/^INTACT: entries 1 to \d+, covered by /)])
    expect(errors).toContain('give --key')
  })

  test('finds an export intact, compressed too, with nothing but the public key', async () => {
    for (const path of [await exportTo('whole.jsonl'), await exportTo('whole.jsonl.gz')]) {
      const { status, verdict } = await verify('--export', path, '--key', key)
      expect([status, verdict.status]).toEqual([0, 'intact'])
    }
  })

  test('names the entry of an export that was changed, left out or cut off', async () => {
    const lines = (await readFile(await exportTo('changed.jsonl'), 'utf8')).trimEnd().split('\n')
    const [header = '', ...entries] = lines
    const changed = entries.map((line, index) => (index === 6 ? line.replace('party.created', 'party.removed') : line))
    const cases: readonly (readonly [string, readonly string[], object])[] = [
      ['changed', changed, { kind: 'altered', number: 7 }],
      ['left out', entries.filter((_, index) => index !== 9), { kind: 'missing', number: 10 }],
      [
        'no JSON',
        entries.map((line, index) => (index === 4 ? line.slice(1) : line)),
        { kind: 'unreadable', number: 5 },
      ],
      ['cut off', entries.slice(0, 12), { kind: 'cut-off' }],
    ]
    for (const [name, altered, fault] of cases) {
      const path = join(place, 'altered.jsonl.gz')
      await writeFile(path, gzipSync(`${[header, ...altered].join('\n')}\n`))
      const { status, verdict } = await verify('--export', path, '--key', key)
      expect([name, status, verdict.fault]).toEqual([name, 1, expect.objectContaining(fault)])
    }
  })

  test('does not take another key, nor a journal without one, for proof', async () => {
    const path = await exportTo('keys.jsonl')
    const other = join(place, 'other.json')
    await writeFile(other, JSON.stringify(createTestKey().publicKey))
    expect(await verify('--export', path, '--key', other)).toMatchObject({
      status: 1,
      verdict: { fault: { kind: 'checkpoint' } },
    })
    expect((await verify('--export', path)).status).toBe(64)
    await writeFile(other, '{"kty":"oct"}')
    const { status, errors } = await verify('--export', path, '--key', other)
    expect([status, errors]).toEqual([expect.any(Number), expect.stringContaining('Ed25519')])
    expect(status).not.toBe(0)
  })

  test('says of an export without checkpoints that nothing covers it, and of a selection that it is no chain', async () => {
    const [, ...entries] = (await readFile(await exportTo('bare.jsonl'), 'utf8')).trimEnd().split('\n')
    const bare = join(place, 'bare.jsonl')
    await writeFile(bare, entries.join('\n'))
    expect(await verify('--export', bare, '--key', key)).toMatchObject({
      status: 2,
      verdict: { status: 'uncovered', coveredThrough: 0 },
    })
    const more = ['--checkpoints', join(data, 'checkpoints', 'checkpoints.jsonl')]
    expect((await verify('--export', bare, '--key', key, ...more)).verdict.coveredThrough).toBeGreaterThan(0)
    const selection = await exportTo('selection.jsonl', '--person')
    expect(await readFile(selection, 'utf8')).not.toContain(bsn)
    expect(await verify('--export', selection, '--key', key)).toMatchObject({ status: 2, output: '' })
  })

  test.each([
    [['--export', 'a', '--data', 'b'], 64],
    [['--export', '/does/not/exist'], 69],
    [['--data', '/does/not/exist'], 69],
    [['--node', 'http://127.0.0.1:1'], 69],
  ])('refuses %j', async (words, expected) => {
    const { status, output } = await verify(...words)
    expect([status, output]).toEqual([expected, ''])
  })

  test('of a stopped node changes nothing, and names the entry when a byte of the journal was flipped', async () => {
    await node.stop()
    const { status, verdict, output } = await verify('--data', data)
    expect([output, status, verdict.status]).toEqual([output, 0, 'intact'])
    expect((await verify('--data', data)).verdict).toEqual(verdict)

    const files = join(data, 'store', 'level')
    const name = (await readdir(files)).find((file) => file.endsWith('.log')) ?? ''
    const bytes = await readFile(join(files, name))
    const turned = Buffer.from(bytes)
    turned.writeUInt8(turned.readUInt8(turned.length >> 1) ^ 1, turned.length >> 1)
    await writeFile(join(files, name), turned)
    const flipped = await verify('--data', data)
    expect([flipped.status, flipped.verdict.status]).toEqual([1, 'altered'])
    expect(flipped.verdict.fault?.number).toBeGreaterThan(1)
    expect(flipped.verdict.fault?.number).toBeLessThanOrEqual(verdict.last)
    await writeFile(join(files, name), bytes)
  })

  test('says after which entry a node that was killed is not covered', async () => {
    await start()
    await node.kill()
    const { status, verdict } = await verify('--data', data)
    expect([status, verdict.status]).toEqual([2, 'uncovered'])
    expect(verdict.coveredThrough).toBeLessThan(verdict.last)
  })
})

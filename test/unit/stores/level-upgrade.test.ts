import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { silentLog } from '../../../node/kernel/log.js'
import { packageFile } from '../../../node/kernel/package-root.js'
import type { Collection, Store, Value } from '../../../node/stores/contracts.js'
import { createLevelPlace, openLevelStore } from '../../../node/stores/level.js'
import { upgradeLevel } from '../../../node/stores/level-upgrade.js'
import { createMemoryBytes } from '../../../node/stores/memory.js'
import { openOrderedStore } from '../../../node/stores/ordered-store.js'
import type { Change, OrderedBytes } from '../../../node/stores/ordered-bytes.js'
import { verifyChain } from '../../support/chain.js'
import { rejectionOf } from '../../support/refusals.js'

const clock = createFixedClock(Date.parse('2026-05-01T09:00:00Z'))
const farOff = Date.parse('2101-01-01T00:00:00Z')
const everything = { from: Buffer.of(0), to: Buffer.of(255) }
const formatKey = Buffer.from('f')

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-upgrade-'))
})

afterEach(() => rm(directory, { recursive: true }))

/** The files of a store that the first version wrote; never made again with a newer one. */
async function restoreOldStore(): Promise<void> {
  const text = await readFile(packageFile('test', 'unit', 'stores', 'level-format-1.json'), 'utf8')
  for (const [name, content] of Object.entries(JSON.parse(text) as Record<string, string>)) {
    await mkdir(dirname(join(directory, name)), { recursive: true })
    await writeFile(join(directory, name), Buffer.from(content, 'base64'))
  }
}

const open = (): Promise<Store> => openLevelStore({ directory, clock, log: silentLog })

async function entriesOf(bytes: OrderedBytes): Promise<readonly string[]> {
  const found: string[] = []
  for await (const { key, value } of bytes.scan(everything))
    found.push(`${key.toString('hex')} ${value.toString('hex')}`)
  return found
}

/** An old store with `count` entries and claims, in memory. */
async function makeOldBytes(count: number): Promise<ReturnType<typeof createMemoryBytes>> {
  const memory = createMemoryBytes()
  const changes: Change[] = []
  for (let number = 1; number <= count; number += 1) {
    const journal = Buffer.alloc(9, 'j')
    journal.writeBigUInt64BE(BigInt(number), 1)
    changes.push({ key: journal, value: Buffer.from(JSON.stringify({ number })) })
    const claim = Buffer.concat([Buffer.from('c'), Buffer.of(0, 6), Buffer.from(String(number).padStart(6, '0'))])
    const expiry = Buffer.concat([Buffer.from('x'), Buffer.alloc(8), claim])
    expiry.writeBigUInt64BE(BigInt(farOff), 1)
    changes.push({ key: claim, value: Buffer.from(String(farOff)) }, { key: expiry, value: Buffer.alloc(0) })
  }
  await memory.bytes.apply(changes)
  return memory
}

describe('a level store of the first version', () => {
  test('opens with everything that was stored in it, and with a chain', async () => {
    await restoreOldStore()
    for (let opened = 0; opened < 2; opened += 1) {
      const store = await open()
      const notes: Collection<Value> = { name: 'notes', indexes: { author: () => undefined } }
      expect((await store.records.list(notes, { limit: 10 })).items).toEqual([
        { key: ['a'], value: { text: 'één ✓ 🙂', author: 'jan' }, version: 2 },
        { key: ['a', 'b'], value: [1.5, null, true], version: 1 },
        { key: ['soon gone'], value: 'until 2100', version: 1 },
      ])
      const found = await store.records.list(notes, { index: { name: 'author', value: 'jan' }, limit: 10 })
      expect(found.items.map((item) => item.key)).toEqual([['a']])
      expect(await store.claims.claim(['nonce'], farOff)).toBe(false)
      expect((await verifyChain(store.journal)).map(({ value }) => value)).toEqual([
        { event: 'first' },
        'second',
        { '1': [1e21, 0.1], '2': 'één', '10': 0, text: '🙂' },
      ])
      await store.close()
    }
    const store = await open()
    // An expired claim and an expired record.
    expect(await store.sweep(10)).toBe(2)
    expect(await store.claims.claim(['spent'], farOff)).toBe(true)
    expect(await store.journal.append('fourth')).toBe(4)
    await verifyChain(store.journal)
    await store.close()
  })

  test('becomes the same however often the upgrade was interrupted', async () => {
    const whole = await makeOldBytes(3500)
    await upgradeLevel(whole.bytes, silentLog)
    const interrupted = await makeOldBytes(3500)
    let isDone = false
    let attempts = 0
    while (!isDone) {
      attempts += 1
      let writes = 0
      const apply = async (changes: readonly Change[]) => {
        // Each attempt gets one write further than nothing at all.
        if (writes === 1) throw new Error('killed')
        writes += 1
        await interrupted.bytes.apply(changes)
      }
      isDone = await upgradeLevel({ ...interrupted.bytes, apply }, silentLog).then(
        () => true,
        () => false,
      )
    }
    expect(attempts).toBeGreaterThan(5)
    expect(await entriesOf(interrupted.bytes)).toEqual(await entriesOf(whole.bytes))
    const store = await openOrderedStore({ place: whole.place, clock, log: silentLog })
    expect(await verifyChain(store.journal)).toHaveLength(3500)
    expect(await store.claims.claim(['000001'], farOff)).toBe(false)
    expect(await store.claims.claim(['003500'], farOff)).toBe(false)
    expect(await store.claims.claim(['003501'], farOff)).toBe(true)
  })

  test('with an entry that is missing is not turned into one that looks whole', async () => {
    const { bytes } = await makeOldBytes(5)
    const key = Buffer.alloc(9, 'j')
    key.writeBigUInt64BE(3n, 1)
    await bytes.apply([{ key, value: undefined }])
    const before = await entriesOf(bytes)
    expect(await rejectionOf(upgradeLevel(bytes, silentLog))).toMatchObject({
      code: 'store.damaged',
      notes: ['Entry 3 of the audit journal is missing.'],
    })
    expect(await entriesOf(bytes)).toEqual(before)
  })
})

describe('a level store of a newer version', () => {
  test('is refused', async () => {
    await (await open()).close()
    const place = createLevelPlace(directory, silentLog)
    const bytes = await place.open()
    expect(bytes.getSync(formatKey)?.toString('hex')).toBe('00000002')
    await bytes.apply([{ key: formatKey, value: Buffer.of(0, 0, 0, 3) }])
    await bytes.close()
    for (let attempt = 0; attempt < 2; attempt += 1) {
      expect(await rejectionOf(open())).toMatchObject({
        code: 'config.invalid',
        notes: [expect.stringContaining('has format 3; this version of bronnet knows 2')],
      })
    }
  })
})

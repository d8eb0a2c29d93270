import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { systemClock } from '../../../node/kernel/clock.js'
import { silentLog } from '../../../node/kernel/log.js'
import { randomHex } from '../../../node/kernel/random.js'
import { put } from '../../../node/stores/contracts.js'
import type { Store } from '../../../node/stores/contracts.js'
import { createLevelPlace, openLevelStore } from '../../../node/stores/level.js'
import { refusalOf } from '../../contracts/backend.js'
import { rejectionOf } from '../../support/refusals.js'
import { expectWhole, writeAndKill, type Told } from '../../support/killed-writer.js'

const batches = { name: 'batches' }
const loader = fileURLToPath(new URL('../../support/ts-loader.mjs', import.meta.url))

let parent: string
let directory: string
const open = (): Promise<Store> => openLevelStore({ directory, clock: systemClock, log: silentLog })

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'bronnet-level-'))
  directory = join(parent, 'deeper', 'store')
})

afterEach(() => rm(parent, { recursive: true }))

describe('the directory of a level store', () => {
  test('is made for its owner only', async () => {
    await (await open()).close()
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
  })

  test('is open once at a time, and the refusal says what to do', async () => {
    const first = await open()
    await expect(open()).rejects.toMatchObject({ code: 'store.locked', notes: [expect.stringContaining('Stop')] })
    await first.write([put(batches, ['a'], 1)])
    await first.close()
    const second = await open()
    expect(await second.records.get(batches, ['a'])).toMatchObject({ value: 1 })
    await second.close()
  })

  test('is never called damaged because another process is merging tables in it', async () => {
    const first = await open()
    const outcomes: unknown[] = []
    let goesOn = true
    const writing = (async () => {
      for (let number = 0; goesOn; number += 1) {
        // Much that is written over: LevelDB merges tables all the time.
        await first.write([put(batches, [String(number % 50)], randomHex(100_000))])
      }
    })()
    for (let attempt = 0; attempt < 40; attempt += 1) outcomes.push(await refusalOf(open()))
    goesOn = false
    await writing
    expect(new Set(outcomes)).toEqual(new Set(['store.locked']))
    await first.close()
  })

  test('that must be there already is not made', async () => {
    const opening = openLevelStore({ directory, clock: systemClock, log: silentLog, options: { mustExist: true } })
    expect((await rejectionOf(opening)).code).toBe('config.invalid')
    await expect(stat(directory)).rejects.toThrow('ENOENT')
    await (await open()).close()
    await (
      await openLevelStore({ directory, clock: systemClock, log: silentLog, options: { mustExist: true } })
    ).close()
  })

  test('with something else in the place of one of its files is refused, and whole when that is gone', async () => {
    const first = await open()
    await first.write([put(batches, ['a'], 1)])
    await first.close()
    for (const name of ['newest-write', join('level', 'CURRENT')]) {
      const file = join(directory, name)
      await rename(file, `${file}.away`)
      await mkdir(file)
      expect((await rejectionOf(open())).code).toBe('store.unavailable')
      await rm(file, { recursive: true })
      await rename(`${file}.away`, file)
      const again = await open()
      expect(await again.records.get(batches, ['a'])).toMatchObject({ value: 1 })
      await again.close()
    }
  })

  test('that cannot be made is refused', async () => {
    directory = join(loader, 'store')
    await expect(open()).rejects.toMatchObject({ code: 'store.unavailable' })
  })
})

describe('the bytes of a level store', () => {
  test('that were closed give nothing, and never say that a key is not there', async () => {
    const key = Buffer.from('k')
    const bytes = await createLevelPlace(directory, silentLog).open()
    await bytes.apply([{ key, value: Buffer.from('value') }])
    expect(bytes.getSync(key)?.toString()).toBe('value')
    await bytes.close()
    expect(() => bytes.getSync(key)).toThrow('not open')
    const entries = bytes.scan({ from: key, to: Buffer.from('l') })[Symbol.asyncIterator]()
    await expect(entries.next()).rejects.toThrow('not open')
  })
})

describe('kill -9', () => {
  test('loses no acknowledged batch, tears none and leaves the chain whole', async () => {
    const told: Told[] = []
    for (const round of [1, 2, 3]) {
      told.push(await writeAndKill(directory, round, 700))
      const store = await open()
      expect(await expectWhole(store, told)).toBeGreaterThan(round * 700)
      expect(await store.claims.claim([`never ${round}`], systemClock.now() + 3_600_000)).toBe(true)
      await store.close()
    }
  }, 60_000)
})

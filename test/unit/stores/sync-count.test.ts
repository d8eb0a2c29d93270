import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { ClassicLevel } from 'classic-level'
import { packageFile } from '../../../node/kernel/package-root.js'
import { append, claim, put } from '../../../node/stores/contracts.js'
import { openTestStore } from '../../support/open-test-store.js'
import { startPostgres } from '../../support/postgres.js'

const writes = 100
let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-sync-'))
})

afterEach(() => rm(directory, { recursive: true }))

/** Collects what is asked of LevelDB with each batch; LevelDB itself does the work as always. */
function watchLevel(): { readonly asked: unknown[]; restore(): void } {
  const asked: unknown[] = []
  const original = ClassicLevel.prototype.batch
  const watched = function (this: unknown, ...given: unknown[]): unknown {
    if (given.length > 0) asked.push('batch that is not chained')
    const batch = Reflect.apply(original, this, given) as { write(options: unknown): Promise<void> }
    const write = batch.write.bind(batch)
    batch.write = (options) => {
      asked.push(options)
      return write(options)
    }
    return batch
  }
  Object.assign(ClassicLevel.prototype, { batch: watched })
  return { asked, restore: () => Object.assign(ClassicLevel.prototype, { batch: original }) }
}

describe('every acknowledged write on level', () => {
  test('is one that LevelDB was told to sync', async () => {
    const { asked, restore } = watchLevel()
    try {
      const store = await openTestStore(join(directory, 'store'))
      asked.length = 0
      for (let number = 0; number < writes; number += 1) {
        await store.write([put({ name: 'a' }, [`${number}`], 1), claim([`${number}`], 9e12), append(number)])
      }
      await store.check()
      await store.sweep(10)
      await store.close()
      expect(asked).toEqual(Array.from({ length: writes + 1 }, () => ({ sync: true })))
    } finally {
      restore()
    }
  })

  const tracer = spawnSync('strace', ['-V']).status === 0
  const reason = 'there is no strace'
  if (!tracer) process.stderr.write(`SKIPPED: counting fdatasync (${reason})\n`)
  const traced = tracer ? test : test.skip

  traced(`is synced by the system before it is acknowledged${tracer ? '' : ` (${reason})`}`, () => {
    const words = ['-f', '-c', '-e', 'trace=fdatasync,fsync', '-o', join(directory, 'calls'), process.execPath]
    const child = ['--import', packageFile('test', 'support', 'ts-loader.mjs')]
    const writer = [packageFile('test', 'support', 'serial-writer.ts'), join(directory, 'store'), String(writes)]
    const { status, stderr } = spawnSync('strace', [...words, ...child, ...writer], { encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const calls = readFileSync(join(directory, 'calls'), 'utf8')
    const synced = [...calls.matchAll(/^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+).*\b(?:fdatasync|fsync)$/gm)]
    const count = synced.reduce((sum, [, number]) => sum + Number(number), 0)
    expect(count).toBeGreaterThanOrEqual(writes)
    // And not a multiple of it: opening and closing need a few.
    expect(count).toBeLessThan(writes + 30)
  })
})

describe('every acknowledged write on PostgreSQL', () => {
  test('is synced by the server', async () => {
    const server = await startPostgres()
    const url = await server.createSchema()
    const synced = async (): Promise<number> =>
      Number((await server.run(`select sum(fsyncs) as count from pg_stat_io where object = 'wal'`))[0]?.['count'])
    const store = await openTestStore(url.reveal())
    const before = await synced()
    for (let number = 0; number < writes; number += 1) {
      await store.write([put({ name: 'a' }, [`${number}`], 1), append(number)])
    }
    // A connection tells what it has done at the latest when it ends.
    await store.close()
    while ((await server.run(`select 1 from pg_stat_activity where application_name = 'bronnet'`)).length > 0);
    expect((await synced()) - before).toBeGreaterThanOrEqual(writes)
    await server.destroy()
  }, 60_000)
})

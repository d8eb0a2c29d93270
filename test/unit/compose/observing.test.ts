import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openObserved, type Observed } from '../../../node/compose/observing.js'
import { checkConfiguration } from '../../../node/config.js'
import { systemClock } from '../../../node/kernel/clock.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { silentLog } from '../../../node/kernel/log.js'
import { append, put } from '../../../node/stores/contracts.js'
import type { ConfigurationInput } from '../../../schemas/configuration.js'
import { decision, question } from '../policy/example.js'

let directory: string
let opened: Observed | undefined

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-observing-'))
})

afterEach(async () => {
  await opened?.release()
  opened = undefined
  await rm(directory, { recursive: true })
})

async function open(tracing: ConfigurationInput['tracing'] = {}): Promise<Observed> {
  const { configuration } = checkConfiguration({
    strictmode: false,
    url: 'http://localhost:8080',
    storage: { url: 'memory:' },
    keys: { directory: join(directory, 'keys'), passphrase: 'alleen voor deze test' },
    tracing,
  })
  opened = await openObserved({ configuration, clock: systemClock, log: silentLog, version: '1.2.3' })
  return opened
}

async function countOf(observed: Observed, metric: string, labels: string): Promise<number> {
  const text = await observed.metrics.text()
  return Number(new RegExp(`^${metric}\\{${labels}\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0)
}

describe('what a node does within requests', () => {
  test('is counted: writes, claims and entries, and those that fail by their code', async () => {
    const observed = await open()
    const { store } = observed
    const things = { name: 'things' }
    await store.write([put(things, ['a'], 1, { expected: 'absent' }), append({ a: 1 })])
    await store.claims.claim(['once'], systemClock.now() + 1000)
    await store.journal.append({ b: 1 })
    await expect(store.write([put(things, ['a'], 2, { expected: 'absent' })])).rejects.toThrow()
    expect(await countOf(observed, 'bronnet_store_write_duration_seconds_count', 'outcome="good"')).toBe(3)
    expect(await countOf(observed, 'bronnet_store_write_duration_seconds_count', 'outcome="store.conflict"')).toBe(1)
    expect(await store.journal.read({ after: 0, limit: 10 })).toHaveLength(2)
  })

  test('is counted: calls to others that are refused, by their code', async () => {
    const observed = await open()
    const calling = observed.outbound.request({ method: 'GET', url: 'https://127.0.0.1/' })
    await expect(calling).rejects.toMatchObject({ code: 'outbound.refused' })
    expect(await countOf(observed, 'bronnet_outbound_duration_seconds_count', 'outcome="outbound.refused"')).toBe(1)
  })

  test.each([
    ['permitted', [decision('A-1.v1'), decision('B-1.v1')]],
    ['refused', [decision('A-1.v1'), decision('B-1.v1', ['wie: no'])]],
  ])('is counted: decisions that are %s', async (outcome, decisions) => {
    const observed = await open()
    const decide = observed.observeDecide(() => Promise.resolve(decisions))
    expect(await decide([question(), question()])).toBe(decisions)
    expect(await countOf(observed, 'bronnet_decision_duration_seconds_count', `outcome="${outcome}"`)).toBe(1)
  })

  test('is counted: jobs that fail', async () => {
    const observed = await open()
    const run = (): Promise<void> => Promise.reject(new NodeError('store.unavailable'))
    observed.background.every({ job: 'example', intervalMilliseconds: 60_000, run })
    await expect(observed.background.runNow('example')).rejects.toThrow()
    expect(await countOf(observed, 'bronnet_job_failures_total', 'job="example"')).toBe(1)
  })
})

describe('traces', () => {
  test('are not there unless a collector is named', async () => {
    expect((await open()).tracer).toBeUndefined()
    await opened?.release()
    expect((await open({ url: 'http://127.0.0.1:9/v1/traces' })).tracer).toBeDefined()
  })

  test('take the headers of a file', async () => {
    const headersFile = join(directory, 'headers')
    await writeFile(headersFile, 'Authorization: Bearer geheim\n\nx-scope: node\n')
    expect((await open({ url: 'http://127.0.0.1:9/v1/traces', headersFile })).tracer).toBeDefined()
  })

  test.each([
    ['that is not there', undefined, /cannot be read$/],
    ['with a line that is no header', 'Bearer geheim\n', /has a line that is not `name: value`$/],
  ])('stop the start for a file %s, without telling what is in it', async (_, text, words) => {
    const headersFile = join(directory, 'headers')
    if (text !== undefined) await writeFile(headersFile, text)
    const opening = open({ url: 'http://127.0.0.1:9/v1/traces', headersFile })
    await expect(opening).rejects.toMatchObject({ code: 'config.invalid', notes: [expect.stringMatching(words)] })
    await opening.catch((cause: unknown) => expect(JSON.stringify(cause)).not.toContain('geheim'))
  })
})

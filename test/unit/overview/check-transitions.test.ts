import { beforeEach, describe, expect, test } from '@jest/globals'
import { silentLog } from '../../../node/kernel/log.js'
import { createCheckTransitions, hasDueTransition } from '../../../node/overview/transition/check-transitions.js'
import type { TransitionReading } from '../../../node/overview/transition/read-transition.js'
import {
  transitionChecks,
  transitionKey,
  type TransitionCheck,
} from '../../../node/overview/transition/transition-records.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { put, type Collection, type Operation } from '../../../node/stores/contracts.js'
import { createNodeParts, type NodeParts } from '../../support/node-parts.js'

const told: Collection<{ readonly days: number }> = { name: 'test-told' }
const gap = { start: '2027-01-01', end: '2027-01-10', days: 10, toewijzingen: ['een'] } as const
const looked = (changes: Partial<Extract<TransitionReading, { kind: 'looked' }>> = {}): TransitionReading => ({
  kind: 'looked',
  gap,
  zorgkantoor: '5999',
  goesOn: true,
  ...changes,
})

let parts: NodeParts
let reading: TransitionReading | NodeError
let asked: number

beforeEach(async () => {
  parts = createNodeParts()
  reading = looked()
  asked = 0
  const now = parts.clock.now()
  const check: TransitionCheck = {
    party: 'gemeente',
    source: 'toewijzingsregister',
    clientID: 'aaaaaaaa-0000-4000-8000-000000000001',
    recordID: 'WlzIndicatie/6f2f0b0e-6f0c-4a57-9d0a-1c1f0a7d9b11',
    state: 'due',
    since: now,
    dueAt: now,
    failures: 0,
  }
  await parts.store.write([put(transitionChecks, transitionKey(check), check)])
})

async function run(write?: (operations: readonly Operation[]) => Promise<never>): Promise<void> {
  const check = createCheckTransitions({
    ...parts,
    log: silentLog,
    readTransition: () => {
      asked += 1
      return reading instanceof NodeError ? Promise.reject(reading) : Promise.resolve(reading)
    },
    tellGap: ({ gap: { days, start } }) => Promise.resolve([put(told, [start], { days })]),
  })
  await parts.leases.attempt(['test'], (lease) => check(write === undefined ? lease : { signal: lease.signal, write }))
}

const found = async (): Promise<TransitionCheck | undefined> =>
  (await parts.store.records.list(transitionChecks, { limit: 1 })).items[0]?.value
const messages = async (): Promise<number> => (await parts.store.records.list(told, { limit: 10 })).items.length

describe('a case with an indicatie', () => {
  test('is told of its gap in the batch that remembers it, and then watched', async () => {
    await run()
    expect(await found()).toMatchObject({ state: 'watched', failures: 0, toldAt: parts.clock.now() })
    expect(await messages()).toBe(1)
    expect(await hasDueTransition(parts)).toBe(false)
  })

  test('is neither told of nor watched when that batch cannot be written, and is looked at again', async () => {
    await expect(run(() => Promise.reject(new NodeError('store.unavailable')))).rejects.toMatchObject({
      code: 'store.unavailable',
    })
    expect([await messages(), (await found())?.state]).toEqual([0, 'due'])
    await run()
    expect([await messages(), (await found())?.state]).toEqual([1, 'watched'])
  })

  test.each<[string, TransitionReading | NodeError]>([
    ['is not reached', { kind: 'unreachable', reasons: [] }],
    ['refuses', { kind: 'refused', reasons: [] }],
    ['cannot be asked', new NodeError('source.unavailable')],
  ])('is tried again, later and later, when the source %s', async (_what, failing) => {
    reading = failing
    const waits: number[] = []
    for (let turn = 0; turn < 3; turn += 1) {
      await run()
      const { dueAt = 0 } = (await found()) ?? {}
      waits.push((dueAt - parts.clock.now()) / 1000)
      expect(await hasDueTransition(parts)).toBe(false)
      parts.clock.move(waits.at(-1) ?? 0)
    }
    expect(waits).toEqual([5, 30, 120])
    reading = looked()
    await run()
    expect([await messages(), (await found())?.failures, (await found())?.lastError]).toEqual([1, 0, undefined])
  })

  test('is not told the same twice, and is told other days', async () => {
    await run()
    const again = async (): Promise<void> => {
      const check = await found()
      if (check !== undefined)
        await parts.store.write([put(transitionChecks, transitionKey(check), { ...check, state: 'due' })])
      await run()
    }
    await again()
    expect([await messages(), asked]).toEqual([1, 2])
    reading = looked({ gap: { ...gap, start: '2026-12-21', days: 21 } })
    await again()
    expect(await messages()).toBe(2)
  })

  test('is watched while the indicatie is still to begin, and forgotten after that', async () => {
    reading = looked({ gap: undefined })
    await run()
    expect((await found())?.state).toBe('watched')
    const check = await found()
    if (check !== undefined)
      await parts.store.write([put(transitionChecks, transitionKey(check), { ...check, state: 'due' })])
    reading = looked({ gap: undefined, goesOn: false })
    await run()
    expect(await found()).toBeUndefined()
    expect(await messages()).toBe(0)
  })
})

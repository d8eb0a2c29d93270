import { describe, expect, test } from '@jest/globals'
import { createLanes } from '../../../../node/discovery/index/lanes.js'

/** Work that ends when it is told. */
function createGate(): { readonly work: () => Promise<void>; open(): void; readonly started: boolean } {
  let open: () => void = () => undefined
  let started = false
  const waiting = new Promise<void>((resolve) => (open = resolve))
  return {
    get started() {
      return started
    },
    work() {
      started = true
      return waiting
    },
    open,
  }
}
const limits = { total: 4, perHost: 2, doubtful: 1 }
const good = { doubtful: false }
const doubtful = { doubtful: true }
const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('work at many hosts', () => {
  test('is done side by side up to a limit', async () => {
    const lanes = createLanes(limits)
    const gates = Array.from({ length: 5 }, createGate)
    const all = gates.map((gate, place) => lanes.run(`h${String(place)}`, good, gate.work))
    expect(gates.map(({ started }) => started)).toEqual([true, true, true, true, false])
    gates[0]?.open()
    await all[0]
    await pause()
    expect(gates[4]?.started).toBe(true)
    for (const gate of gates) gate.open()
    await Promise.all(all)
  })

  test('at one host takes its own places only, however much there is', async () => {
    const lanes = createLanes(limits)
    const slow = Array.from({ length: 20 }, createGate)
    const other = createGate()
    const all = slow.map((gate) => lanes.run('traag', good, gate.work))
    all.push(lanes.run('vlot', good, other.work))
    expect(slow.filter(({ started }) => started)).toHaveLength(2)
    expect(other.started).toBe(true)
    for (const gate of [...slow, other]) gate.open()
    await Promise.all(all)
    expect(slow.every(({ started }) => started)).toBe(true)
  })

  test('of hosts in doubt never takes all places', async () => {
    const lanes = createLanes(limits)
    const bad = Array.from({ length: 4 }, createGate)
    const fine = Array.from({ length: 3 }, createGate)
    const all = [
      ...bad.map((gate, place) => lanes.run(`slecht${String(place)}`, doubtful, gate.work)),
      ...fine.map((gate, place) => lanes.run(`goed${String(place)}`, good, gate.work)),
    ]
    expect(bad.filter(({ started }) => started)).toHaveLength(1)
    expect(fine.every(({ started }) => started)).toBe(true)
    for (const gate of [...bad, ...fine]) gate.open()
    await Promise.all(all)
  })

  test('that fails says so to who asked, and makes place', async () => {
    const lanes = createLanes({ total: 1, perHost: 1, doubtful: 1 })
    const failing = lanes.run('a', good, () => Promise.reject(new Error('stuk')))
    const next = lanes.run('a', good, () => Promise.resolve('goed'))
    await expect(failing).rejects.toThrow('stuk')
    expect(await next).toBe('goed')
  })
})

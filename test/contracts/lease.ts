import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { silentLog } from '../../node/kernel/log.js'
import { put } from '../../node/stores/contracts.js'
import { createLeases } from '../../node/stores/lease.js'
import type { Lease, Leases } from '../../node/stores/lease.js'
import { refusalOf, useStore } from './backend.js'
import type { Backend } from './backend.js'

const things = { name: 'things' }
const name = ['job', 'one']

/** One holder at a time, takeover, and no write by a holder that was overtaken. */
export function leaseContract(backend: Backend): void {
  describe(`leases on ${backend.name}`, () => {
    const subject = useStore(backend)
    const times = { leaseMilliseconds: 10_000, askAgainMilliseconds: 1, patienceMilliseconds: 20_000 }
    /** What one process has; two of them stand for two processes. */
    const createProcess = (changes: Partial<typeof times> = {}): Leases =>
      createLeases({ store: subject.store, clock: subject.clock, log: silentLog, times: { ...times, ...changes } })

    /** A holder that does not give the lease back until it is told to. */
    async function hold(leases: Leases): Promise<{ readonly lease: Lease; release(): Promise<boolean> }> {
      let release = (): void => {}
      const held = new Promise<void>((resolve) => (release = resolve))
      let running: Promise<boolean> = Promise.resolve(false)
      const lease = await new Promise<Lease>((resolve, reject) => {
        running = leases.attempt(name, async (acquired) => {
          resolve(acquired)
          await held
        })
        running.catch(reject)
      })
      return {
        lease,
        release() {
          release()
          return running
        },
      }
    }

    test('a lease is held by one, and free again when it is given back', async () => {
      const [first, second] = [createProcess(), createProcess()]
      const held = await hold(first)
      expect(await second.attempt(name, async () => {})).toBe(false)
      expect(await first.attempt(name, async () => {})).toBe(false)
      expect(await second.attempt(['job', 'two'], async () => {})).toBe(true)
      expect(await held.release()).toBe(true)
      expect(await second.attempt(name, async () => {})).toBe(true)
    })

    test('a lease that is asked for by many at the same moment is given to one', async () => {
      let running = 0
      let most = 0
      const processes = Array.from({ length: 8 }, () => createProcess())
      const work = async (): Promise<void> => {
        most = Math.max(most, (running += 1))
        await setImmediate()
        running -= 1
      }
      await Promise.all(processes.flatMap((leases) => [leases.take(name, work), leases.take(name, work)]))
      expect(most).toBe(1)
    })

    test('each holder has a higher number than the one before', async () => {
      const numbers: number[] = []
      for (const leases of [createProcess(), createProcess()]) {
        await leases.take(name, async (lease) => numbers.push(lease.number))
      }
      expect(numbers).toEqual([1, 2])
    })

    test('a lease is given back when the work fails, and the failure is told', async () => {
      const leases = createProcess()
      const work = () => Promise.reject(new Error('failed work'))
      await expect(leases.take(name, work)).rejects.toThrow('failed work')
      expect(await createProcess().attempt(name, async () => {})).toBe(true)
    })

    test('a holder that died is followed once its lease has ended, and not before', async () => {
      await hold(createProcess({ leaseMilliseconds: 10_000 }))
      subject.clock.move(9.999)
      expect(await createProcess().attempt(name, async () => {})).toBe(false)
      subject.clock.move(0.001)
      expect(await createProcess().attempt(name, async () => {})).toBe(true)
    })

    test('whoever has waited in vain is told', async () => {
      await hold(createProcess())
      const waiting = createProcess({ patienceMilliseconds: 20 }).take(name, async () => {})
      expect(await refusalOf(waiting)).toBe('store.conflict')
    })

    test('a write renews the lease', async () => {
      const { lease } = await hold(createProcess())
      subject.clock.move(9)
      expect(await lease.write([put(things, ['a'], 1)])).toEqual({ versions: [1], numbers: [] })
      subject.clock.move(9)
      expect(await createProcess().attempt(name, async () => {})).toBe(false)
    })

    test('a holder that lets time pass keeps its lease by renewing it', async () => {
      const { lease } = await hold(createProcess({ leaseMilliseconds: 30 }))
      subject.clock.move(60)
      const until = async (): Promise<number> =>
        (await subject.store.records.get<{ readonly until: number }>({ name: 'leases' }, name))?.value.until ?? 0
      // Renewed by a timer.
      while ((await until()) <= subject.clock.now()) await setImmediate()
      expect(await createProcess().attempt(name, async () => {})).toBe(false)
      expect(lease.signal.aborted).toBe(false)
    })

    test('a holder that was overtaken writes nothing any more and is told', async () => {
      const first = await hold(createProcess())
      subject.clock.move(11)
      const second = await hold(createProcess())
      expect(await refusalOf(first.lease.write([put(things, ['a'], 'first')]))).toBe('store.conflict')
      expect(first.lease.signal.aborted).toBe(true)
      await second.lease.write([put(things, ['a'], 'second')])
      expect(await refusalOf(first.lease.write([put(things, ['a'], 'first')]))).toBe('store.conflict')
      expect(await subject.store.records.get(things, ['a'])).toMatchObject({ value: 'second', version: 1 })
      // Giving back what is lost takes nothing from the next.
      await first.release()
      expect(await createProcess().attempt(name, async () => {})).toBe(false)
      expect(second.lease.signal.aborted).toBe(false)
    })

    test('a conflict of the batch itself does not lose the lease', async () => {
      const { lease } = await hold(createProcess())
      const wrong = put(things, ['a'], 1, { expected: 7 })
      expect(await refusalOf(lease.write([wrong]))).toBe('store.conflict')
      expect(await refusalOf(lease.write([put(things, ['b'], undefined)]))).toBe('store.bad_input')
      expect(lease.signal.aborted).toBe(false)
      expect(await lease.write([put(things, ['a'], 1)])).toMatchObject({ versions: [1] })
    })

    test('writes of one holder at the same moment are all done', async () => {
      const { lease } = await hold(createProcess())
      await Promise.all(Array.from({ length: 20 }, (_, number) => lease.write([put(things, [`${number}`], number)])))
      expect((await subject.store.records.list(things, { limit: 100 })).items).toHaveLength(20)
    })
  })
}

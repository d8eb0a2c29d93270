import { describe, expect, test } from '@jest/globals'
import { append, claim, put, remove } from '../../node/stores/contracts.js'
import type { Collection, Operation } from '../../node/stores/contracts.js'
import { refusalOf, useStore } from './backend.js'
import type { Backend } from './backend.js'

const orders: Collection<{ readonly state: string }> = { name: 'orders', indexes: { state: (order) => order.state } }

/** All or nothing across records, claims and the journal. */
export function batchContract(backend: Backend): void {
  describe(`batches on ${backend.name}`, () => {
    const subject = useStore(backend)
    const later = () => subject.clock.now() + 60_000

    const everything = (name: string): readonly Operation[] => [
      put(orders, [name], { state: 'sent' }),
      put(orders, [name, 'line'], { state: 'sent' }),
      claim([name], later()),
      append({ sent: name }),
    ]

    /** What is stored: all keys, the number of entries, and whether the claim is free. */
    async function state(name: string) {
      const list = await subject.store.records.list(orders, { limit: 100 })
      const sent = await subject.store.records.list(orders, { index: { name: 'state', value: 'sent' }, limit: 100 })
      return {
        keys: list.items.map((item) => item.key.join('/')),
        sent: sent.items.length,
        head: (await subject.store.journal.head()).number,
        claimed: !(await subject.store.claims.claim([name], later())),
      }
    }

    test('a batch does all its operations', async () => {
      expect(await subject.store.write(everything('a'))).toEqual({ versions: [1, 1], numbers: [1] })
      expect(await state('a')).toEqual({ keys: ['a', 'a/line'], sent: 2, head: 1, claimed: true })
    })

    test.each<[string, string, () => Operation]>([
      ['a conflict', 'store.conflict', () => put(orders, ['there'], { state: 'x' }, { expected: 'absent' })],
      ['a removal of another version', 'store.conflict', () => remove(orders, ['there'], { expected: 9 })],
      ['a taken claim', 'store.claimed', () => claim(['taken'], later())],
      ['a bad value', 'store.bad_input', () => append(Number.NaN)],
      ['a bad key', 'store.bad_input', () => remove(orders, [])],
    ])('a batch with %s does nothing, wherever it stands in the batch', async (_, code, makeOperation) => {
      await subject.store.write([put(orders, ['there'], { state: 'new' }), claim(['taken'], later())])
      const operations = everything('a')
      for (let position = 0; position <= operations.length; position += 1) {
        const batch = [...operations.slice(0, position), makeOperation(), ...operations.slice(position)]
        expect(await refusalOf(subject.store.write(batch))).toBe(code)
      }
      expect(await state('a')).toEqual({ keys: ['there'], sent: 0, head: 0, claimed: false })
    })

    test('a later operation of a batch sees what an earlier one did', async () => {
      const written = await subject.store.write([
        put(orders, ['a'], { state: 'new' }, { expected: 'absent' }),
        put(orders, ['a'], { state: 'sent' }, { expected: 1 }),
        put(orders, ['b'], { state: 'new' }),
        remove(orders, ['b'], { expected: 1 }),
        remove(orders, ['b'], { expected: 'absent' }),
      ])
      expect(written).toEqual({ versions: [1, 2, 1], numbers: [] })
      expect(await state('a')).toMatchObject({ keys: ['a'], sent: 1 })
    })

    test('an empty batch does nothing', async () => {
      expect(await subject.store.write([])).toEqual({ versions: [], numbers: [] })
    })

    test('parallel batches over the same records are done one after the other', async () => {
      const counters: Collection<number> = { name: 'counters' }
      const increase = async (): Promise<void> => {
        const current = await subject.store.records.get(counters, ['total'])
        const expected = current?.version ?? 'absent'
        const attempt = [put(counters, ['total'], (current?.value ?? 0) + 1, { expected }), append('increase')]
        if ((await refusalOf(subject.store.write(attempt))) === 'store.conflict') await increase()
      }
      await Promise.all(Array.from({ length: 25 }, increase))
      expect(await subject.store.records.get(counters, ['total'])).toMatchObject({ value: 25, version: 25 })
      expect((await subject.store.journal.head()).number).toBe(25)
    })

    test('of parallel batches with the same claim one is done, whole', async () => {
      const batches = Array.from({ length: 8 }, (_, caller) =>
        refusalOf(
          subject.store.write([put(orders, [`${caller}`], { state: 'sent' }), append(caller), claim(['a'], later())]),
        ),
      )
      const refused = (await Promise.all(batches)).filter((code) => code === 'store.claimed')
      expect(refused).toHaveLength(7)
      expect(await state('a')).toMatchObject({ sent: 1, head: 1, claimed: true })
    })

    test('a batch of a thousand operations is done', async () => {
      const many = Array.from({ length: 1000 }, (_, number) => put(orders, [`${number}`], { state: 'new' }))
      expect((await subject.store.write(many)).versions).toHaveLength(1000)
      const page = await subject.store.records.list(orders, { limit: 1000 })
      expect(page.items).toHaveLength(1000)
      expect(page.next).toBeUndefined()
    })

    const restart = backend.survivesRestart ? test : test.skip

    restart('a batch is there as a whole after a restart', async () => {
      await subject.store.write(everything('a'))
      await subject.reopen()
      expect(await state('a')).toEqual({ keys: ['a', 'a/line'], sent: 2, head: 1, claimed: true })
    })
  })
}

import { beforeEach, describe, expect, test } from '@jest/globals'
import { createFixedClock } from '../../../node/kernel/clock.js'
import type { OpenedStore, StoredItem } from '../../../node/stores/contents.js'
import { append, put } from '../../../node/stores/contracts.js'
import { fillStore, requireFilled } from '../../../node/stores/filling.js'
import { createMemoryStore } from '../../../node/stores/memory.js'
import { rejectionOf } from '../../support/refusals.js'

const clock = createFixedClock(0)
const nothing = { number: 9, hash: 'f'.repeat(64) }

let origin: OpenedStore
let target: OpenedStore

beforeEach(async () => {
  origin = createMemoryStore({ clock })
  target = createMemoryStore({ clock })
  await origin.write([put({ name: 'things' }, ['a'], 1), append('first'), append('second')])
})

/** The entries of `origin` from `after` on, as an export of its journal has them. */
async function later(after: number) {
  const [head, entries] = [await origin.journal.head(), await origin.journal.read({ after, limit: 100 })]
  async function* items(): AsyncGenerator<StoredItem> {
    for (const entry of entries) yield { kind: 'entry', ...entry }
  }
  return { head, items }
}

describe('a store that is filled', () => {
  test('goes on with entries that follow on those of the source', async () => {
    const source = await origin.contents.snapshot()
    await origin.journal.append('third')
    await fillStore({ kind: 'restore', source, target, more: await later(2), onProgress: () => {} })
    expect(await target.journal.head()).toEqual(await origin.journal.head())
    await requireFilled(target.records)
  })

  test('is not taken for whole when the source, or what follows on it, ends in another way', async () => {
    const source = await origin.contents.snapshot()
    const fill = (changes: Partial<Parameters<typeof fillStore>[0]>) =>
      rejectionOf(fillStore({ kind: 'restore', source, target, onProgress: () => {}, ...changes }))
    const refusals = [
      await fill({ source: { ...source, items: () => source.items(), head: nothing } }),
      await fill({ target: createMemoryStore({ clock }), more: { ...(await later(2)), head: nothing } }),
    ]
    expect(refusals.map(({ code }) => code)).toEqual(['store.damaged', 'store.damaged'])
    expect((await rejectionOf(requireFilled(target.records))).code).toBe('config.invalid')
  })

  test('is read back: what the target lost is found', async () => {
    const source = await origin.contents.snapshot()
    const { load } = target.contents
    const lossy: OpenedStore = {
      ...target,
      contents: {
        ...target.contents,
        load: (start, items) =>
          load(
            start,
            items.filter(({ kind }) => kind !== 'entry'),
          ),
      },
    }
    const filling = fillStore({ kind: 'copy', source, target: lossy, onProgress: () => {} })
    expect((await rejectionOf(filling)).code).toBe('store.damaged')
  })
})

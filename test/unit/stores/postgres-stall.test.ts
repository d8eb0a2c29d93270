import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { Client } from 'pg'
import type { Secret } from '../../../node/kernel/secret.js'
import { append, put } from '../../../node/stores/contracts.js'
import type { Store } from '../../../node/stores/contracts.js'
import { refusalOf } from '../../contracts/backend.js'
import { verifyChain } from '../../support/chain.js'
import { openTestStore } from '../../support/open-test-store.js'
import { startPostgres, type PostgresServer } from '../../support/postgres.js'

const things = { name: 'things', indexes: { same: () => 'same' } }
let server: PostgresServer
let url: Secret
let store: Store

beforeAll(async () => {
  server = await startPostgres()
}, 60_000)

afterAll(() => server.destroy())

beforeEach(async () => {
  url = await server.createSchema()
  store = await openTestStore(url.reveal())
})

/** Runs `work` while another session has the journal locked, as an operator or a backup might. */
async function whileLocked(work: () => Promise<void>): Promise<void> {
  const session = new Client({ connectionString: url.reveal() })
  await session.connect()
  await session.query('begin; lock table journal in access exclusive mode; lock table head in access exclusive mode')
  try {
    await work()
  } finally {
    await session.end()
  }
}

describe('a journal that is locked by somebody else', () => {
  test('makes writes and checks unavailable at once instead of piling them up, and reads go on', async () => {
    await store.write([put(things, ['kept'], 1), append('before')])
    await whileLocked(async () => {
      const hanging = [store.journal.append('hanging'), store.claims.claim(['a'], 9e12), store.check()]
      expect(await Promise.all(hanging.map(refusalOf))).toEqual(hanging.map(() => 'store.unavailable'))
      // Not after waiting again.
      const late = Array.from({ length: 50 }, () => refusalOf(store.journal.append('late')))
      expect(new Set(await Promise.all(late))).toEqual(new Set(['store.unavailable']))
      expect(await store.records.get(things, ['kept'])).toMatchObject({ value: 1 })
    })
    while ((await refusalOf(store.journal.append('after'))) !== 'fulfilled') await setTimeout(10)
    const values = (await verifyChain(store.journal)).map(({ value }) => value)
    expect(values).not.toContain('late')
    expect(values.at(-1)).toBe('after')
    await store.close()
  })
})

describe('a batch of thousands of operations', () => {
  test('is done as a whole, and what comes meanwhile is done after it', async () => {
    const many = Array.from({ length: 5_000 }, (_, number) => put(things, [`${number}`], { number }))
    const [large, ...small] = await Promise.all([
      store.write([...many, append('large')]),
      ...Array.from({ length: 20 }, (_, number) => store.journal.append(number)),
    ])
    expect(large.versions).toHaveLength(5_000)
    expect(small).toHaveLength(20)
    expect(await refusalOf(store.write([...many, put(things, ['0'], 1, { expected: 7 })]))).toBe('store.conflict')
    expect(await store.records.get(things, ['4999'])).toMatchObject({ version: 1 })
    await store.close()
  })
})

import { afterEach, describe, expect, test } from '@jest/globals'
import { createReadCatalogue } from '../../../../node/catalogue/read-catalogue.js'
import {
  createReadingPool,
  findReadingWorker,
  type ReadingPool,
} from '../../../../node/discovery/index/reading-pool.js'
import { exampleDocument } from '../../../support/catalogue-documents.js'
import { rejectionOf } from '../../../support/refusals.js'

const entry = new URL('../../../support/reading-worker.mjs', import.meta.url)
const settings = { loopback: false }
const text = JSON.stringify(exampleDocument())
let pool: ReadingPool

afterEach(() => pool.close())

describe('a pool of threads that read catalogues', () => {
  test('reads what this thread would', async () => {
    pool = createReadingPool({ settings, entry })
    const here = await createReadCatalogue(settings)(text, 'application/ld+json')
    expect(here.conforms).toBe(true)
    expect(await pool.read(text, 'application/ld+json')).toEqual(here)
  })

  test('says why it does not understand', async () => {
    pool = createReadingPool({ settings, entry })
    expect((await rejectionOf(pool.read('<html>', 'application/ld+json'))).code).toBe('catalogue.malformed')
    expect((await pool.read(text, 'application/ld+json')).conforms).toBe(true)
  })

  test.each(['firstMilliseconds', 'documentMilliseconds'] as const)(
    'gives up on a document that takes too long (%s), and reads the next in a new thread',
    async (limit) => {
      pool = createReadingPool({ settings, entry, limits: { threads: 1, [limit]: 1 } })
      const first = pool.read(text, 'application/ld+json')
      if (limit === 'documentMilliseconds') expect((await first).conforms).toBe(true)
      const slow = limit === 'documentMilliseconds' ? pool.read(text, 'application/ld+json') : first
      expect((await rejectionOf(slow)).code).toBe('catalogue.too_slow')
      if (limit === 'documentMilliseconds') expect((await pool.read(text, 'application/ld+json')).conforms).toBe(true)
    },
  )

  test('reads more documents than it has threads', async () => {
    pool = createReadingPool({ settings, entry, limits: { threads: 2 } })
    const many = await Promise.all(Array.from({ length: 6 }, () => pool.read(text, 'application/ld+json')))
    expect(new Set(many.map(({ digest }) => digest)).size).toBe(1)
  })

  test('goes on after its threads have ended for want of work', async () => {
    pool = createReadingPool({ settings, entry, limits: { idleMilliseconds: 1 } })
    await pool.read(text, 'application/ld+json')
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect((await pool.read(text, 'application/ld+json')).conforms).toBe(true)
  })

  test('refuses once it is closed, also what was waiting', async () => {
    pool = createReadingPool({ settings, entry, limits: { threads: 1 } })
    const under = [rejectionOf(pool.read(text, 'application/ld+json')), rejectionOf(pool.read(text, 'text/turtle'))]
    await pool.close()
    expect((await Promise.all(under)).map(({ code }) => code)).toEqual(['internal.stopping', 'internal.stopping'])
    expect((await rejectionOf(pool.read(text, 'application/ld+json'))).code).toBe('internal.stopping')
  })

  test('is not to be had where the program runs from its sources', () => {
    pool = createReadingPool({ settings, entry })
    expect(findReadingWorker()).toBeUndefined()
  })
})

import { LRUCache } from 'lru-cache'
import type { ReadCatalogue } from '../../node/catalogue/read-catalogue.js'
import {
  createReadingHere,
  createReadingPool,
  findReadingWorker,
  type ReadingPool,
} from '../../node/discovery/index/reading-pool.js'

/**
 * What reads catalogues for all nodes of a region: they live in one process and read the same ones. Each node still checks
 * for itself who signed what it read.
 */
export function createSharedReading(): ReadingPool {
  const settings = { loopback: true }
  const entry = findReadingWorker()
  const pool = entry === undefined ? createReadingHere(settings) : createReadingPool({ settings, entry })
  const kept = new LRUCache<string, Promise<ReadCatalogue>>({ max: 50 })
  return {
    read(text, mediaType) {
      const key = `${mediaType} ${text}`
      const known = kept.get(key)
      if (known !== undefined) return known
      const read = pool.read(text, mediaType)
      kept.set(key, read)
      read.catch(() => kept.delete(key))
      return read
    },
    close: () => pool.close(),
  }
}

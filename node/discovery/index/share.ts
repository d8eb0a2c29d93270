import { LRUCache } from 'lru-cache'
import type { CatalogueDataset } from '../../catalogue/catalogue.js'

const maxShared = 20_000

/**
 * Gives datasets of which the parts that were seen before are the same objects in memory: of thousands of catalogues that
 * are made of one template only what differs takes place, and what follows from a part is worked out once.
 */
export function createShare(): (dataset: CatalogueDataset) => CatalogueDataset {
  const seen = new LRUCache<string, object>({ max: maxShared })

  function share<T extends object>(part: T): T {
    const text = JSON.stringify(part)
    const known = seen.get(text)
    // Equal to what came in: it has the same text.
    if (known !== undefined) return known as T
    seen.set(text, part)
    return part
  }

  return (dataset) => ({
    ...dataset,
    title: share(dataset.title),
    description: share(dataset.description),
    keywords: share(dataset.keywords),
    themes: share(dataset.themes),
    conformsTo: share(dataset.conformsTo),
    purposes: share(dataset.purposes),
    legalBases: share(dataset.legalBases),
    legislation: share(dataset.legislation),
    spatial: share(dataset.spatial),
    roles: share(dataset.roles),
  })
}

import { LRUCache } from 'lru-cache'

const maxShared = 50_000
/** Longer parts are seldom the same. */
const maxLength = 4_096

/**
 * Returns values of which the parts that were seen before are the same objects in memory: of thousands of catalogues that
 * are made of one template only what differs takes place. Values are plain data and are not changed afterwards.
 */
export function createShare(): <T>(value: T) => T {
  const seen = new LRUCache<string, object>({ max: maxShared })

  function share(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value
    const text = JSON.stringify(value)
    if (text.length > maxLength) return shareMembers(value)
    const known = seen.get(text)
    if (known !== undefined) return known
    const shared = shareMembers(value)
    seen.set(text, shared)
    return shared
  }

  function shareMembers(value: object): object {
    if (Array.isArray(value)) return value.map(share)
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, share(member)]))
  }

  return <T>(value: T): T => share(value) as T // Equal to what came in.
}

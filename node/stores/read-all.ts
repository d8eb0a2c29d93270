import type { Collection, Key, Records, Stored } from './contracts.js'

const pageSize = 1000

/**
 * Every record of a collection, or every one under `prefix`, in the order of `Records.list`. Holds them all in memory;
 * records that others write meanwhile may or may not be among them.
 * @throws `store.unavailable`, `store.bad_input`
 */
export async function readAll<T>(
  records: Pick<Records, 'list'>,
  collection: Collection<T>,
  prefix?: Key,
): Promise<readonly Stored<T>[]> {
  const found: Stored<T>[] = []
  const where = prefix === undefined ? {} : { prefix }
  let after: string | undefined
  do {
    const page = await records.list(collection, {
      ...where,
      limit: pageSize,
      ...(after === undefined ? {} : { after }),
    })
    found.push(...page.items)
    after = page.next
  } while (after !== undefined)
  return found
}

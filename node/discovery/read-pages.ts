import { badAnswer, type ListPage } from './fetch-page.js'
import type { ListedEntry } from './examine.js'

/** Where a reading is and where it must end. */
export interface ReadFrom {
  /** The page that was fetched already. */
  readonly first: ListPage
  readonly seed: string
  /** Through which number the list was read before `first`. */
  readonly after: number
  readonly fetchAfter: (timestamp: number) => Promise<ListPage | 'unchanged'>
  readonly maxPages: number
}

/** Why the pages ended, with the page that said so. */
export type PagesEnd =
  | { readonly kind: 'whole'; readonly page: ListPage }
  /** The list has another seed: nothing of `page` was given. */
  | { readonly kind: 'anew'; readonly page: ListPage }
  | { readonly kind: 'endless' }

/**
 * The entries of one page after the other, as long as they are of the list with this seed. What comes next is on its way
 * while a page is looked at. Returns why it ended.
 * @throws what `fetchAfter` throws, `outbound.bad_answer` for a list that goes back
 */
export async function* readPages(from: ReadFrom): AsyncGenerator<readonly ListedEntry[], PagesEnd> {
  const { seed, fetchAfter, maxPages } = from
  let page = from.first
  let reached = from.after
  for (let pages = 0; pages < maxPages; pages += 1) {
    if (page.seed !== seed) return { kind: 'anew', page }
    if (page.timestamp < reached) throw badAnswer('the list went back to a lower number')
    reached = page.timestamp
    const next = page.isLast ? undefined : fetchAfter(reached)
    next?.catch(() => undefined) // Waited for below, unless nobody asks for more.
    yield page.entries
    if (next === undefined) return { kind: 'whole', page }
    const fetched = await next
    if (fetched === 'unchanged') throw badAnswer('a page that was not had before is said to be unchanged')
    page = fetched
  }
  return { kind: 'endless' }
}

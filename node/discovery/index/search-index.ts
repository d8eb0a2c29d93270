import { createHash } from 'node:crypto'
import { toRfc3339, type Clock, type Instant } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import { formatSearchCursor, parseSearchCursor, type SearchCursor } from './cursor.js'
import type { Found } from './engine.js'
import { facetsForFilter, filterNames, type FilterName } from './facets.js'
import { freshnessOfList, type Freshness } from '../freshness.js'
import { worst } from './freshness.js'
import type { LiveIndex } from './live-index.js'
import type { ThingsByKind } from './things.js'
import { wordsOf } from './words.js'

export type IndexKind = keyof ThingsByKind

/** What is asked of the index. */
export interface IndexQuery {
  readonly q?: string | undefined
  readonly filters: Readonly<Partial<Record<FilterName, string | undefined>>>
  readonly cursor?: string | undefined
  readonly limit: number
}

/** How fresh the copy of one discovery list is. */
export interface ListFreshness {
  readonly service: string
  readonly asOf: Instant | undefined
  readonly freshness: Freshness
}

/** What was found, and how far it may be believed. */
export interface IndexAnswer<T> {
  readonly seed: string
  readonly sequence: number
  /** When the list that was read longest ago was read; `undefined` when one was never read. */
  readonly asOf: Instant | undefined
  readonly freshness: Freshness
  readonly lists: readonly ListFreshness[]
  readonly total: number
  readonly found: readonly T[]
  readonly next: string | undefined
}

const maxWords = 8

/**
 * Searches the index in memory; makes no call out.
 *
 * All words and filters must hold. The pages of one search belong together: what is there all along shows once, what came
 * since the first page does not show, and what left is gone at once.
 * @throws `request.bad_parameters`, `discovery.index_gone` when a cursor is of more than ten minutes ago or of another
 *   index, `store.unavailable`
 */
export interface SearchIndex {
  find<K extends IndexKind>(kind: K, query: IndexQuery): Promise<IndexAnswer<ThingsByKind[K]>>
  lists(): Promise<readonly ListFreshness[]>
}

export function createSearchIndex(deps: {
  readonly clock: Clock
  readonly live: LiveIndex
  readonly services: readonly string[]
  /** When a list was last read to its end. */
  readonly readAt: (service: string) => Promise<Instant | undefined>
}): SearchIndex {
  const { clock, live, services } = deps

  const lists = async (): Promise<readonly ListFreshness[]> =>
    Promise.all(
      services.map(async (service) => {
        const asOf = await deps.readAt(service)
        return { service, asOf, freshness: freshnessOfList(asOf, clock.now()) }
      }),
    )

  async function readCursor(text: string, search: string): Promise<SearchCursor> {
    const cursor = parseSearchCursor(text)
    if (cursor.search !== search) {
      throw new NodeError('request.bad_parameters', { notes: ['cursor: it is of another search'] })
    }
    // Another replica of the node may be ahead.
    if (cursor.seed !== live.seed || cursor.sequence > live.sequence) await live.follow()
    if (cursor.seed !== live.seed || cursor.sequence < live.horizon) throw new NodeError('discovery.index_gone')
    return cursor
  }

  return {
    lists,
    async find(kind, { q = '', filters, cursor: cursorText, limit }) {
      await live.ready()
      const words = wordsOf(q)
      if (words.length > maxWords) {
        throw new NodeError('request.bad_parameters', { notes: [`q: at most ${String(maxWords)} words`] })
      }
      if (q !== '' && words.length === 0) throw new NodeError('request.bad_parameters', { notes: ['q: holds no word'] })
      const named = filterNames.flatMap((name) => {
        const value = filters[name]
        return value === undefined ? [] : [{ name, value }]
      })
      const search = digestOf([kind, words, named])
      const cursor = cursorText === undefined ? undefined : await readCursor(cursorText, search)
      const { seed, sequence } = cursor ?? live
      const { found, total, more } = live.engines[kind].find({
        words,
        facets: named.map(({ name, value }) => facetsForFilter(name, value)),
        now: clock.now(),
        limit,
        ...(cursor === undefined ? {} : { asOf: cursor.sequence, after: cursor.after }),
      })
      const read = await lists()
      const times = read.map(({ asOf }) => asOf)
      return {
        seed,
        sequence,
        asOf: times.reduce(
          (oldest, at) => (oldest === undefined || at === undefined ? undefined : Math.min(oldest, at)),
          times[0],
        ),
        freshness: worst(read.map(({ freshness }) => freshness)),
        lists: read,
        total,
        found: found.map(({ item }) => item),
        next: more ? nextCursor({ seed, sequence, search }, found.at(-1)) : undefined,
      }
    },
  }
}

function nextCursor(about: Omit<SearchCursor, 'after'>, last: Found<unknown> | undefined): string | undefined {
  return last === undefined
    ? undefined
    : formatSearchCursor({ ...about, after: { score: last.score, order: last.order } })
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 24)
}

/** RFC 3339, or nothing. */
export function shownTime(at: Instant | undefined): string | undefined {
  return at === undefined ? undefined : toRfc3339(at)
}

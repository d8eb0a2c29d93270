import { isDeepStrictEqual } from 'node:util'
import { LRUCache } from 'lru-cache'
import type { Instant } from '../../kernel/clock.js'
import { createBags, type Bags } from './bags.js'

/** Something that can be found. */
export interface Findable {
  /** What people may look for, and how much it counts. */
  readonly texts: readonly { readonly text: string; readonly weight: number }[]
  /** What filters ask for, made with `facet`. */
  readonly facets: readonly string[]
  /** Its place among equals: ascending, and different for each. */
  readonly order: string
  /** From then on it is not found. */
  readonly expiresAt: Instant
}

/** Where a page ended. */
export interface Position {
  readonly score: number
  readonly order: string
}

export interface EngineQuery {
  /** Folded words, all of which must be found. */
  readonly words: readonly string[]
  /** One facet of each group must be there. */
  readonly facets: readonly (readonly string[])[]
  readonly now: Instant
  readonly limit: number
  /** The state of the index to look at; the newest unless given. */
  readonly asOf?: number
  /** Begins behind this. */
  readonly after?: Position
}

export interface Found<T> extends Position {
  readonly item: T
}

export interface EngineAnswer<T> {
  readonly found: readonly Found<T>[]
  /** How many there are, on all pages. */
  readonly total: number
  readonly more: boolean
}

/**
 * Finds things by words and facets, in memory.
 *
 * What was replaced stays visible for a while to who looks at an earlier state, so that pages of one search belong
 * together. What was taken out is gone at once, for everybody.
 */
export interface Engine<T extends Findable> {
  /** Puts `items` in the place of all that `owner` has, as of `seq`. */
  put(owner: string, items: readonly T[], seq: number): void
  /** Takes out all that `owner` has, also for who looks at an earlier state. */
  take(owner: string): void
  find(query: EngineQuery): EngineAnswer<T>
  /** Forgets what was replaced up to and including `seq`. */
  forget(seq: number): void
  readonly size: number
}

interface Slot<T> {
  item: T
  readonly owner: string
  readonly born: number
  /** Set when something else is there in its place. */
  replaced: number | undefined
}

export const facet = (name: string, value: string): string => `${name}\0${value}`

export function createEngine<T extends Findable>(): Engine<T> {
  const slots: (Slot<T> | undefined)[] = []
  const free: number[] = []
  const owned = new Map<string, Set<number>>()
  const byFacet = new Map<string, Set<number>>()
  const bags = createBags()
  const scoresOf = createWordScores(bags)
  let present = 0

  function add(owner: string, item: T, seq: number): void {
    const place = free.pop() ?? slots.length
    slots[place] = { item, owner, born: seq, replaced: undefined }
    present += 1
    getOrAdd(owned, owner).add(place)
    for (const name of item.facets) getOrAdd(byFacet, name).add(place)
    for (const { text, weight } of item.texts) bags.add(text, place, weight)
  }

  function remove(place: number): void {
    const slot = slots[place]
    if (slot === undefined) return
    if (slot.replaced === undefined) present -= 1
    for (const name of slot.item.facets) removeFrom(byFacet, name, place)
    for (const { text } of slot.item.texts) bags.remove(text, place)
    removeFrom(owned, slot.owner, place)
    slots[place] = undefined
    free.push(place)
  }

  /** Places that have one facet of every group; `undefined` when all do. */
  function havingFacets(groups: EngineQuery['facets']): ReadonlySet<number> | undefined {
    const sets = groups.map((group) => union(group.map((name) => byFacet.get(name))))
    const [smallest, ...others] = sets.sort((a, b) => a.size - b.size)
    if (smallest === undefined || others.length === 0) return smallest
    return new Set([...smallest].filter((place) => others.every((set) => set.has(place))))
  }

  return {
    get size() {
      return present
    },
    put(owner, items, seq) {
      const before = [...(owned.get(owner) ?? [])].filter((place) => slots[place]?.replaced === undefined)
      const left = new Set(before)
      for (const item of items) {
        const same = before.find((place) => left.has(place) && isSame(slots[place]?.item, item))
        if (same === undefined) add(owner, item, seq)
        else {
          left.delete(same)
          const slot = slots[same]
          if (slot !== undefined) slot.item = item
        }
      }
      for (const place of left) {
        const slot = slots[place]
        if (slot === undefined) continue
        slot.replaced = seq
        present -= 1
      }
    },
    take(owner) {
      for (const place of [...(owned.get(owner) ?? [])]) remove(place)
    },
    forget(seq) {
      for (const [place, slot] of slots.entries()) {
        if (slot?.replaced !== undefined && slot.replaced <= seq) remove(place)
      }
    },
    find(query) {
      const { limit, after, now, asOf } = query
      const having = havingFacets(query.facets)
      const scored = query.words.length === 0 ? undefined : scoresOf(query.words, slots.length)
      const best: Found<T>[] = []
      let last: Found<T> | undefined
      let total = 0
      let behind = 0
      const look = (place: number): void => {
        const slot = slots[place]
        const score = scored === undefined ? 0 : (scored.scores[place] ?? 0)
        if (slot === undefined || (scored !== undefined && score === 0)) return
        const { item, born, replaced } = slot
        if (item.expiresAt <= now) return
        const isThere =
          asOf === undefined ? replaced === undefined : born <= asOf && (replaced === undefined || replaced > asOf)
        if (!isThere) return
        total += 1
        const { order } = item
        if (after !== undefined && !comesBefore(after.score, after.order, score, order)) return
        behind += 1
        // Nearly all end here, so nothing is made for them.
        if (last !== undefined && !comesBefore(score, order, last.score, last.order)) return
        insert(best, { item, score, order }, limit)
        if (best.length === limit) last = best.at(-1)
      }
      if (having !== undefined) having.forEach(look)
      else if (scored !== undefined) scored.places.forEach(look)
      else for (let place = 0; place < slots.length; place += 1) look(place)
      scored?.forget()
      return { found: best, total, more: behind > best.length }
    },
  }
}

interface Scored {
  /** By place, 0 where a word is not found at all. */
  readonly scores: Float32Array
  /** Where the first word is found. */
  readonly places: readonly number[]
  /** Gives the memory back for the next search. */
  forget(): void
}

/** The best that each word does at each place, summed up. */
function createWordScores(bags: Bags): (words: readonly string[], places: number) => Scored {
  /** As long as nothing changes a word is looked for once. */
  const known = new LRUCache<string, ReadonlyMap<number, number>>({ max: 200 })
  let version = bags.version
  let total = new Float32Array(0)
  let one = new Float32Array(0)

  function find(word: string): ReadonlyMap<number, number> {
    const best = new Map<number, number>()
    for (const { places, quality } of bags.matching(word)) {
      for (const [place, weight] of places) best.set(place, Math.max(weight * quality, best.get(place) ?? 0))
    }
    known.set(word, best)
    return best
  }

  /** Writes what a word does into `scores`, and returns where. */
  function score(word: string, scores: Float32Array): readonly number[] {
    const found = known.get(word) ?? find(word)
    found.forEach((best, place) => {
      scores[place] = best
    })
    return [...found.keys()]
  }

  return ([first = '', ...others], places) => {
    if (version !== bags.version) known.clear()
    version = bags.version
    if (total.length < places) {
      total = new Float32Array(2 * places)
      one = new Float32Array(2 * places)
    }
    const touched = score(first, total)
    for (const word of others) {
      const also = score(word, one)
      for (const place of touched) {
        const more = one[place] ?? 0
        total[place] = more === 0 ? 0 : (total[place] ?? 0) + (total[place] === 0 ? 0 : more)
      }
      for (const place of also) one[place] = 0
    }
    return {
      scores: total,
      places: touched,
      forget() {
        for (const place of touched) total[place] = 0
      },
    }
  }
}

/** True when what has the first score and order comes before what has the second. */
function comesBefore(score: number, order: string, otherScore: number, otherOrder: string): boolean {
  return score === otherScore ? order < otherOrder : score > otherScore
}

/** Keeps the `limit` first, in order. */
function insert<T>(best: Found<T>[], candidate: Found<T>, limit: number): void {
  let low = 0
  for (let high = best.length; low < high;) {
    const middle = (low + high) >>> 1
    const there = best[middle]
    if (there !== undefined && comesBefore(there.score, there.order, candidate.score, candidate.order)) low = middle + 1
    else high = middle
  }
  best.splice(low, 0, candidate)
  if (best.length > limit) best.pop()
}

/** The same to who searches; when it ends does not matter. */
function isSame(before: Findable | undefined, after: Findable): boolean {
  return before !== undefined && isDeepStrictEqual({ ...before, expiresAt: 0 }, { ...after, expiresAt: 0 })
}

function union(sets: readonly (ReadonlySet<number> | undefined)[]): ReadonlySet<number> {
  const there = sets.filter((set) => set !== undefined)
  return there.length === 1 && there[0] !== undefined ? there[0] : new Set(there.flatMap((set) => [...set]))
}

function getOrAdd(map: Map<string, Set<number>>, key: string): Set<number> {
  const known = map.get(key) ?? new Set<number>()
  map.set(key, known)
  return known
}

function removeFrom(map: Map<string, Set<number>>, key: string, place: number): void {
  const set = map.get(key)
  set?.delete(place)
  if (set?.size === 0) map.delete(key)
}

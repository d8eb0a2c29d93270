import { stemOf, wordsOf } from './words.js'

/** Places where a text that matches stands, with the weight it has there, and how well it matches. */
export interface Match {
  readonly places: ReadonlyMap<number, number>
  readonly quality: number
}

/**
 * Texts and where they stand. One text is taken apart once, wherever and however often it stands: catalogues that are
 * made of one template share nearly all of theirs.
 */
export interface Bags {
  /** Another number once anything has changed. */
  readonly version: number
  add(text: string, place: number, weight: number): void
  remove(text: string, place: number): void
  /**
   * The texts with the word itself or another form of it, with a word that begins so, and, from four letters on, with a
   * word that has it inside: Dutch joins its words.
   * @param word folded
   */
  matching(word: string): readonly Match[]
}

interface Bag {
  readonly words: readonly string[]
  readonly places: Map<number, number>
}

interface VocabularyEntry {
  readonly stem: string
  readonly bags: Set<Bag>
}

const qualities = { whole: 4, form: 3, beginning: 2, inside: 1 } as const
const minInsideLength = 4
const minBeginningLength = 2

export function createBags(): Bags {
  const byText = new Map<string, Bag>()
  const vocabulary = new Map<string, VocabularyEntry>()
  let version = 0

  function createBag(text: string): Bag {
    const bag: Bag = { words: wordsOf(text), places: new Map() }
    for (const word of bag.words) {
      const entry = vocabulary.get(word)
      if (entry === undefined) vocabulary.set(word, { stem: stemOf(word), bags: new Set([bag]) })
      else entry.bags.add(bag)
    }
    return bag
  }

  function removeBag(text: string, bag: Bag): void {
    byText.delete(text)
    for (const word of bag.words) {
      const entry = vocabulary.get(word)
      entry?.bags.delete(bag)
      if (entry?.bags.size === 0) vocabulary.delete(word)
    }
  }

  return {
    get version() {
      return version
    },
    add(text, place, weight) {
      const bag = byText.get(text) ?? createBag(text)
      byText.set(text, bag)
      bag.places.set(place, Math.max(weight, bag.places.get(place) ?? 0))
      version += 1
    },
    remove(text, place) {
      const bag = byText.get(text)
      bag?.places.delete(place)
      version += 1
      if (bag?.places.size === 0) removeBag(text, bag)
    },
    matching(word) {
      const stem = stemOf(word)
      const best = new Map<Bag, number>()
      for (const [candidate, { stem: candidateStem, bags }] of vocabulary) {
        const quality = qualityOf(word, stem, candidate, candidateStem)
        if (quality === 0) continue
        for (const bag of bags) best.set(bag, Math.max(quality, best.get(bag) ?? 0))
      }
      return [...best].map(([{ places }, quality]) => ({ places, quality }))
    },
  }
}

function qualityOf(word: string, stem: string, candidate: string, candidateStem: string): number {
  if (candidate === word) return qualities.whole
  if (candidateStem === stem) return qualities.form
  if (word.length >= minBeginningLength && candidate.startsWith(word)) return qualities.beginning
  const isInside = [word, stem].some((part) => part.length >= minInsideLength && candidate.includes(part))
  return isInside ? qualities.inside : 0
}

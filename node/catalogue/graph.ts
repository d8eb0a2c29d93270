import type { Statement, Term } from './statements.js'
import { rdfType } from './vocabulary.js'

/** Texts by language, '' for a text without one. Of several in one language the first in order counts. */
export type Texts = Readonly<Record<string, string>>

/** Statements by what they are about. A thing is its IRI, or `_:` and a name that holds in this document only. */
export interface Graph {
  /** Things of a class, in order. */
  ofClass(iri: string): readonly string[]
  /** Names and other things that `thing` points at, in order. */
  things(thing: string, property: string): readonly string[]
  /** What `things` gives, without the things that have no name. */
  names(thing: string, property: string): readonly string[]
  /** Texts in order, in every language. */
  values(thing: string, property: string): readonly string[]
  texts(thing: string, property: string): Texts
}

export function createGraph(statements: readonly Statement[]): Graph {
  const about = new Map<string, Map<string, Term[]>>()
  const byClass = new Map<string, string[]>()
  for (const { subject, predicate, object } of statements) {
    const properties = getOrAdd(about, thingOf(subject), () => new Map<string, Term[]>())
    getOrAdd<Term[]>(properties, predicate.value, () => []).push(object)
    if (predicate.value === rdfType) getOrAdd<string[]>(byClass, thingOf(object), () => []).push(thingOf(subject))
  }
  const objects = (thing: string, property: string) => about.get(thing)?.get(property) ?? []
  const things = (thing: string, property: string) =>
    objects(thing, property)
      .filter(({ termType }) => termType !== 'Literal')
      .map(thingOf)
      .sort()
  const literals = (thing: string, property: string) =>
    objects(thing, property)
      .filter((term) => term.termType === 'Literal')
      .sort((a, b) => (a.value < b.value ? -1 : 1))
  return {
    ofClass: (iri) => [...(byClass.get(iri) ?? [])].sort(),
    things,
    names: (thing, property) => things(thing, property).filter((name) => !name.startsWith('_:')),
    values: (thing, property) => [...new Set(literals(thing, property).map(({ value }) => value))],
    texts: (thing, property) =>
      Object.fromEntries(
        literals(thing, property)
          .reverse()
          .map(({ language, value }) => [language, value]),
      ),
  }
}

function thingOf({ termType, value }: Term): string {
  return termType === 'BlankNode' ? `_:${value}` : value
}

function getOrAdd<V>(map: Map<string, V>, key: string, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

import type { CodeList, CodeRelation, ConceptMap, OwnCodes } from '../../../schemas/codes.js'
import { NodeError } from '../../kernel/errors.js'

/** What a code is in the shared words of a concept map. */
export interface SharedConcept {
  readonly map: string
  /** Version of the map, with that of an organisation's own codes when those were needed: `1.0.0` or `1.0.0+2026.1.0`. */
  readonly version: string
  readonly concept: string
  readonly text: string
  readonly relation: CodeRelation
}

/** What a code means. */
export interface CodeMeaning {
  readonly list: string
  readonly code: string
  readonly text: string
  /** Empty for a code that no concept map knows: it stays what it is, and is counted as unmapped. */
  readonly concepts: readonly SharedConcept[]
}

/** A code of some list that stands for a concept too. */
export interface Counterpart {
  readonly list: string
  readonly code: string
  readonly text: string
  readonly relation: CodeRelation
}

/** Code lists and concept maps, ready to be looked up. */
export interface CodeBook {
  readonly lists: ReadonlyMap<string, CodeList>
  readonly maps: ReadonlyMap<string, ConceptMap>
  /** Returns what the code means; `undefined` when the list does not have it, or is not there. Ended codes are explained too. */
  explain(list: string, code: string): CodeMeaning | undefined
  /** The codes of all lists that stand for the concept, in the order of the lists. */
  counterparts(map: string, concept: string): readonly Counterpart[]
  /** True when a concept map has codes of the list, so that a code of it without a concept is one that was forgotten. */
  isMapped(list: string): boolean
}

/**
 * Makes the book of code lists and concept maps, with the codes of one organisation when it has its own.
 *
 * Everything is looked up once, here: `explain` only finds. A code can stand for several concepts.
 * @throws `config.invalid` when two lists or maps have one name, when a mapping names a list, a code or a concept that is
 *   not there or names the same twice, or when own codes take the name of a list of the network
 */
export function createCodeBook(contents: {
  readonly lists: readonly CodeList[]
  readonly maps: readonly ConceptMap[]
  readonly own?: readonly OwnCodes[]
}): CodeBook {
  const own = contents.own ?? []
  const lists = indexById([...contents.lists, ...own.map(({ list }) => list)], 'code list')
  const maps = indexById(contents.maps, 'concept map')
  const concepts = new Map<string, SharedConcept[]>()
  for (const map of maps.values()) {
    for (const mapping of map.mappings) addConcept(concepts, lists, map, map.version, mapping)
  }
  for (const { version, map: name, list, mappings } of own) {
    const map = maps.get(name)
    if (map === undefined) throw invalid(`own codes ${list.id} name a concept map ${name} that is not there`)
    const versions = `${map.version}+${version}`
    for (const mapping of mappings) addConcept(concepts, lists, map, versions, { list: list.id, ...mapping })
  }
  const meanings = new Map<string, CodeMeaning>()
  const counterparts = new Map<string, Counterpart[]>()
  const mapped = new Set<string>()
  for (const list of lists.values()) {
    for (const [code, { text }] of Object.entries(list.codes)) {
      const key = keyOf(list.id, code)
      const stands = concepts.get(key) ?? []
      meanings.set(key, Object.freeze({ list: list.id, code, text, concepts: stands }))
      if (stands.length > 0) mapped.add(list.id)
      for (const { map, concept, relation } of stands) {
        const place = keyOf(map, concept)
        counterparts.set(place, [...(counterparts.get(place) ?? []), { list: list.id, code, text, relation }])
      }
    }
  }
  return {
    lists,
    maps,
    explain: (list, code) => meanings.get(keyOf(list, code)),
    counterparts: (map, concept) => counterparts.get(keyOf(map, concept)) ?? [],
    isMapped: (list) => mapped.has(list),
  }
}

function addConcept(
  concepts: Map<string, SharedConcept[]>,
  lists: ReadonlyMap<string, CodeList>,
  map: ConceptMap,
  version: string,
  mapping: ConceptMap['mappings'][number],
): void {
  const { list, code, concept, relation } = mapping
  const text = Object.hasOwn(map.concepts, concept) ? map.concepts[concept] : undefined
  if (!Object.hasOwn(lists.get(list)?.codes ?? {}, code))
    throw invalid(`${map.id} maps ${list} ${code}, which is not there`)
  if (text === undefined) throw invalid(`${map.id} has no concept ${concept}`)
  const key = keyOf(list, code)
  const known = concepts.get(key) ?? []
  if (known.some((other) => other.map === map.id && other.concept === concept)) {
    throw invalid(`${map.id} maps ${list} ${code} to ${concept} twice`)
  }
  concepts.set(key, [...known, { map: map.id, version, concept, text, relation }])
}

function indexById<T extends { readonly id: string }>(items: readonly T[], kind: string): ReadonlyMap<string, T> {
  const byId = new Map<string, T>()
  for (const item of items) {
    if (byId.has(item.id)) throw invalid(`two of one ${kind}: ${item.id}`)
    byId.set(item.id, item)
  }
  return byId
}

/** No list, code, map and concept has a space. */
function keyOf(list: string, code: string): string {
  return `${list} ${code}`
}

function invalid(detail: string): NodeError {
  return new NodeError('config.invalid', { detail })
}

import { NodeError } from '../../kernel/errors.js'
import type { AnswerPlan } from '../graphql/query-plan.js'
import type { SelectedField } from '../graphql/selection.js'
import type { CodeBook, CodeMeaning, Counterpart, SharedConcept } from './code-book.js'

/** What a code is in the words of a concept map, with the codes of other lists that stand for the same. */
export interface ExplainedConcept extends SharedConcept {
  readonly counterparts: readonly Counterpart[]
}

export interface ExplainedList {
  readonly name: string
  readonly version: string
  readonly codes: Readonly<Record<string, { readonly text: string; readonly concepts: readonly ExplainedConcept[] }>>
}

/** What the codes in an answer mean. Holds nothing that does not follow from the answer. */
export interface ExplainedCodes {
  /** The lists of the codes at a place, by the names in the answer from the root field on, without numbers of items. */
  readonly fields: Readonly<Record<string, readonly string[]>>
  /** The lists with the codes that occur. A code that no list has is not here: it stays what it is. */
  readonly lists: Readonly<Record<string, ExplainedList>>
}

/** Says what the codes in the `data` of an answer mean. */
export type ExplainCodes = (selected: readonly SelectedField[], data: string) => ExplainedCodes

export interface ExplainCodesDeps {
  readonly book: CodeBook
  /** The code lists of the values of a field, by `Type.field`. */
  readonly coded: ReadonlyMap<string, readonly string[]>
  /** Told the list of each code of an answer that has no meaning, or no concept although others of its list have. */
  readonly countUnmapped: (list: string) => void
}

/**
 * Makes what explains the codes of the answers of one source, from the text that leaves and nothing else: so it cannot
 * say more than the answer does, whatever was narrowed.
 * @throws `config.invalid` when a field names a list that is not there, or lists of one field have a code in common
 */
export function createExplainCodes({ book, coded, countUnmapped }: ExplainCodesDeps): ExplainCodes {
  for (const [field, lists] of coded) requireLists(book, field, lists)
  return (selected, data) => {
    const fields = new Map<string, readonly string[]>()
    const meanings = new Map<string, CodeMeaning>()
    const unmapped = new Map<string, string>()
    for (const { path, lists, codes } of collectCodes(selected, coded, JSON.parse(data))) {
      const used = new Set<string>()
      for (const code of codes) {
        const meaning = findMeaning(book, lists, code)
        const list = meaning?.list ?? lists[0] ?? ''
        const key = `${list} ${code}`
        if (meaning === undefined || (meaning.concepts.length === 0 && book.isMapped(list))) unmapped.set(key, list)
        if (meaning === undefined) continue
        meanings.set(key, meaning)
        used.add(list)
      }
      if (used.size > 0) fields.set(path, [...used])
    }
    for (const list of unmapped.values()) countUnmapped(list)
    return { fields: Object.fromEntries(fields), lists: describeLists(book, [...meanings.values()]) }
  }
}

/** The part of an answer that explains its codes: empty unless its request asked that. */
export function codesPart(
  plan: Pick<AnswerPlan, 'asksCodes' | 'selected'>,
  data: string,
  explain: ExplainCodes | undefined,
): { readonly codes?: ExplainedCodes } {
  return plan.asksCodes === true && explain !== undefined ? { codes: explain(plan.selected, data) } : {}
}

function findMeaning(book: CodeBook, lists: readonly string[], code: string): CodeMeaning | undefined {
  for (const list of lists) {
    const meaning = book.explain(list, code)
    if (meaning !== undefined) return meaning
  }
  return undefined
}

function describeLists(book: CodeBook, meanings: readonly CodeMeaning[]): ExplainedCodes['lists'] {
  const byList = new Map<string, CodeMeaning[]>()
  for (const meaning of meanings) byList.set(meaning.list, [...(byList.get(meaning.list) ?? []), meaning])
  const described = Array.from(byList, ([id, known]) => {
    const { name = '', version = '' } = book.lists.get(id) ?? {}
    const codes = known.map(({ code, text, concepts }) => {
      return [code, { text, concepts: concepts.map((concept) => withCounterparts(book, id, concept)) }] as const
    })
    return [id, { name, version, codes: Object.fromEntries(codes) }] as const
  })
  return Object.fromEntries(described)
}

function withCounterparts(book: CodeBook, own: string, concept: SharedConcept): ExplainedConcept {
  const counterparts = book.counterparts(concept.map, concept.concept).filter(({ list }) => list !== own)
  return { ...concept, counterparts }
}

/** The codes at one place of an answer. */
interface FoundCodes {
  readonly path: string
  readonly lists: readonly string[]
  readonly codes: Set<string>
}

/** Goes through an answer along what was selected. */
function collectCodes(
  selected: readonly SelectedField[],
  coded: ReadonlyMap<string, readonly string[]>,
  answer: unknown,
): readonly FoundCodes[] {
  const found = new Map<string, FoundCodes>()
  const visit = (fields: readonly SelectedField[], above: string, value: unknown): void => {
    if (Array.isArray(value)) return value.forEach((item) => visit(fields, above, item))
    if (typeof value !== 'object' || value === null) return
    const members = value as Readonly<Record<string, unknown>> // An object: looked at just now.
    for (const { key, name, parent, fields: below } of fields) {
      const path = above === '' ? key : `${above}.${key}`
      const member = Object.hasOwn(members, key) ? members[key] : undefined
      if (below !== undefined) visit(below, path, member)
      const lists = coded.get(`${parent}.${name}`)
      if (lists === undefined) continue
      const place = found.get(path) ?? { path, lists, codes: new Set() }
      for (const code of [member].flat()) if (typeof code === 'string') place.codes.add(code)
      found.set(path, place)
    }
  }
  visit(selected, '', answer)
  return [...found.values()]
}

function requireLists(book: CodeBook, field: string, ids: readonly string[]): void {
  const seen = new Set<string>()
  for (const id of ids) {
    const list = book.lists.get(id)
    if (list === undefined) throw invalid(`${field} has the codes of ${id}, a list that is not there`)
    for (const code of Object.keys(list.codes)) {
      if (seen.has(code)) throw invalid(`${field} has several lists with the code ${code}`)
      seen.add(code)
    }
  }
}

function invalid(note: string): NodeError {
  return new NodeError('config.invalid', { notes: [`codes: ${note}`] })
}

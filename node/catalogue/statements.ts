import { NodeError } from '../kernel/errors.js'
import { rdfLangString, xsdString } from './vocabulary.js'

/** A name: an absolute IRI. */
export interface NamedNode {
  readonly termType: 'NamedNode'
  readonly value: string
}
/** A thing without a name; `value` holds within one document only. */
export interface BlankNode {
  readonly termType: 'BlankNode'
  readonly value: string
}
/** A text, with its language in lower case, or '' when it has none. */
export interface Literal {
  readonly termType: 'Literal'
  readonly value: string
  readonly language: string
  readonly datatype: NamedNode
}
export type Term = NamedNode | BlankNode | Literal

/** One statement of the default graph, in the shape that RDF libraries share. @see RDF/JS data model */
export interface Statement {
  readonly subject: NamedNode | BlankNode
  readonly predicate: NamedNode
  readonly object: Term
  readonly graph: { readonly termType: 'DefaultGraph'; readonly value: '' }
}

/** How much a catalogue document may hold. Its cost grows with each of these. */
export const mostOfDocument = {
  bytes: 256 * 1024,
  statements: 10_000,
  /** Things that something is said about. */
  things: 2_000,
  /** Things without a name: what makes putting statements in order expensive. */
  blankNodes: 512,
  /** Statements that mention one and the same thing without a name. */
  mentions: 64,
} as const

const defaultGraph = { termType: 'DefaultGraph', value: '' } as const
const iriPattern = /^[a-zA-Z][a-zA-Z0-9+.-]*:[^\u0000-\u0020<>"{}|\\^`\u007f]{1,2040}$/
const languagePattern = /^[a-z]{2,8}(?:-[a-z0-9]{1,8}){0,4}$/
/** A half of a pair alone, or U+0000: what not every store and parser takes. */
const forbiddenText = /[\p{Surrogate}\0]/u

/** What a library gives for a statement; looked at before it is believed. */
export interface ForeignTerm {
  readonly termType: string
  readonly value: string
  readonly language?: string
  readonly direction?: string | null
  readonly datatype?: { readonly value: string }
}
export interface ForeignQuad {
  readonly subject: ForeignTerm
  readonly predicate: ForeignTerm
  readonly object: ForeignTerm
  readonly graph: ForeignTerm
}

/**
 * The statements of a document, each once, in plain values.
 *
 * Refuses named graphs, statements about statements, names that are not absolute IRIs, text directions, and more than
 * `mostOfDocument`.
 * @throws `catalogue.malformed`, `catalogue.too_large`
 */
export function parseStatements(quads: Iterable<ForeignQuad>): readonly Statement[] {
  const statements = new Map<string, Statement>()
  const things = new Set<string>()
  for (const quad of quads) {
    if (quad.graph.termType !== 'DefaultGraph') throw malformed('a named graph')
    const subject = parseTerm(quad.subject)
    const predicate = parseTerm(quad.predicate)
    if (subject.termType === 'Literal' || predicate.termType !== 'NamedNode')
      throw malformed('a statement about a text')
    const statement = { subject, predicate, object: parseTerm(quad.object), graph: defaultGraph }
    statements.set(keyOf(statement), statement)
    if (statements.size > mostOfDocument.statements) throw tooLarge('statements')
    if (things.add(subject.value).size > mostOfDocument.things) throw tooLarge('things')
  }
  checkBlankNodes(statements.values())
  return [...statements.values()]
}

function parseTerm(term: ForeignTerm): Term {
  switch (term.termType) {
    case 'NamedNode':
      if (!iriPattern.test(term.value) || forbiddenText.test(term.value))
        throw malformed('a name that is no absolute IRI')
      return { termType: 'NamedNode', value: term.value }
    case 'BlankNode':
      return { termType: 'BlankNode', value: term.value.replace(/^_:/, '') }
    case 'Literal': {
      const { value, direction, datatype } = term
      if (forbiddenText.test(value)) throw malformed('a text with a character that is not accepted')
      if (direction !== undefined && direction !== null && direction !== '') throw malformed('a text with a direction')
      const language = (term.language ?? '').toLowerCase()
      if (language === '') return createLiteral(value, { datatype: datatype?.value ?? xsdString })
      if (!languagePattern.test(language)) throw malformed('a language that is none')
      return createLiteral(value, { language })
    }
    default:
      throw malformed('a term that is neither a name nor a text')
  }
}

/** A text with a language, or of a datatype. */
function createLiteral(value: string, kind: { readonly language: string } | { readonly datatype: string }): Literal {
  const [language, datatype] = 'language' in kind ? [kind.language, rdfLangString] : ['', kind.datatype]
  if (!iriPattern.test(datatype)) throw malformed('a datatype that is no absolute IRI')
  return { termType: 'Literal', value, language, datatype: { termType: 'NamedNode', value: datatype } }
}

/** One text per statement, so that the same statement twice counts once. */
function keyOf({ subject, predicate, object }: Statement): string {
  const last = object.termType === 'Literal' ? [object.language, object.datatype.value] : []
  return JSON.stringify([subject.termType, subject.value, predicate.value, object.termType, object.value, ...last])
}

function checkBlankNodes(statements: Iterable<Statement>): void {
  const mentions = new Map<string, number>()
  for (const { subject, object } of statements) {
    for (const { termType, value } of [subject, object]) {
      if (termType !== 'BlankNode') continue
      const count = (mentions.get(value) ?? 0) + 1
      if (count > mostOfDocument.mentions) throw tooLarge('statements about one thing without a name')
      mentions.set(value, count)
      if (mentions.size > mostOfDocument.blankNodes) throw tooLarge('things without a name')
    }
  }
}

/** The document does not say anything that can be understood; `what` is ours and holds nothing of it. */
export function malformed(what: string, cause?: unknown): NodeError {
  return new NodeError('catalogue.malformed', { detail: what, notes: [`the document has ${what}`], cause })
}

/** The document would cost too much to read. */
export function tooLarge(what: string, cause?: unknown): NodeError {
  return new NodeError('catalogue.too_large', { detail: what, notes: [`the document has too many ${what}`], cause })
}

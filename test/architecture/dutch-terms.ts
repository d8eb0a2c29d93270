import ts from 'typescript'
import { z } from 'zod'

const line = z
  .string()
  .min(1)
  .max(160)
  .regex(/^[^\n]+$/)

/** The form of `schemas/glossary.json`. */
export const glossarySchema = z.strictObject({
  terms: z.array(
    z.strictObject({
      term: line.describe('spelled as in its standard, without diacritics'),
      gloss: line,
      source: line.describe('standard or law, and the section or type'),
      neverWrite: z.array(line).describe('wrong in code, comments and data, in every case and joined in every way'),
    }),
  ),
  falseFriends: z.array(
    z.strictObject({
      identifier: line.describe('wrong as a whole identifier'),
      write: line,
      allowedIn: z.array(line).describe('paths that begin like this may use it'),
    }),
  ),
  dutchStems: z.array(line).describe('regular expressions: a word of an identifier that matches must be in a term'),
})

export type Glossary = z.infer<typeof glossarySchema>

export interface TermFault {
  /** Counted from 1. */
  readonly line: number
  readonly text: string
  readonly reason: string
}

interface Word {
  readonly text: string
  readonly start: number
  readonly end: number
}

/**
 * Finds the words that the glossary says nobody may write, wherever they stand in a text.
 *
 * Case does not matter, nor how the words are joined: `careOffice`, `care_office`, `Care offices` are the same.
 */
export function findNeverWritten(text: string, { terms }: Glossary): readonly TermFault[] {
  const words = splitWords(text)
  return terms.flatMap(({ term, neverWrite }) =>
    neverWrite.flatMap((wrong) =>
      findPhrase(words, splitWords(wrong), 's').map(([first]) => ({
        line: text.slice(0, first?.start).split('\n').length,
        text: wrong,
        reason: `write ${term}`,
      })),
    ),
  )
}

/**
 * Finds the identifiers of a TypeScript text that hold a Dutch word which is in no term and not in `published`, and the
 * identifiers that mean something else in Dutch than in English.
 *
 * @param published words that a published schema spells, in lower case
 */
export function findUnlistedIdentifiers(
  path: string,
  text: string,
  glossary: Glossary,
  published: ReadonlySet<string>,
): readonly TermFault[] {
  const stems = glossary.dutchStems.map((stem) => new RegExp(stem))
  const terms = glossary.terms.map(({ term }) => splitWords(term))
  return findIdentifiers(path, text).flatMap(({ name, line }) => {
    const friend = glossary.falseFriends.find(({ identifier }) => identifier === name)
    if (friend !== undefined && !friend.allowedIn.some((allowed) => path.startsWith(allowed))) {
      return [{ line, text: name, reason: `write ${friend.write}` }]
    }
    const words = splitWords(name)
    const listed = new Set(terms.flatMap((term) => findPhrase(words, term).flat()))
    return words
      .filter((word) => !listed.has(word) && !published.has(word.text) && stems.some((stem) => stem.test(word.text)))
      .map((word) => ({ line, text: name, reason: `${word.text} is not in the glossary` }))
  })
}

/** The words of a text in lower case: `wlzIndicatie-ID` has three. */
export function splitWords(text: string): readonly Word[] {
  return Array.from(text.matchAll(/\p{Lu}?\p{Ll}+|\p{Lu}+(?!\p{Ll})/gu), ({ 0: word, index }) => ({
    text: word.toLowerCase(),
    start: index,
    end: index + word.length,
  }))
}

/** Where the words of `phrase` follow each other with at most one character between them. */
function findPhrase(words: readonly Word[], phrase: readonly Word[], plural = ''): readonly (readonly Word[])[] {
  const last = phrase.length - 1
  const isHere = (at: number) =>
    phrase.every(({ text }, index) => {
      const word = words[at + index]
      const before = words[at + index - 1]
      if (word === undefined || (index > 0 && before !== undefined && word.start - before.end > 1)) return false
      return word.text === text || (index === last && word.text === text + plural)
    })
  return words.flatMap((_, at) => (isHere(at) ? [words.slice(at, at + phrase.length)] : []))
}

function findIdentifiers(path: string, text: string): readonly { readonly name: string; readonly line: number }[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false, ts.ScriptKind.TS)
  const found: { name: string; line: number }[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source))
      found.push({ name: node.text, line: line + 1 })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

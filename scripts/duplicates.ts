import ts from 'typescript'
import type { TreeFile } from './layers/rooms.js'

/** The same code in two places. */
export interface Duplicate {
  readonly first: DuplicatePlace
  readonly second: DuplicatePlace
  readonly tokens: number
}

/** Lines are counted from 1; both are part of the duplicate. */
export interface DuplicatePlace {
  readonly path: string
  readonly fromLine: number
  readonly toLine: number
}

export interface DuplicateLimits {
  /** A shorter stretch is no duplicate. */
  readonly minTokens: number
  readonly minLines: number
}

interface Token {
  readonly word: number
  readonly line: number
  readonly endLine: number
}

interface TokenFile {
  readonly path: string
  readonly tokens: readonly Token[]
}

interface Position {
  readonly file: TokenFile
  readonly index: number
}

/**
 * Finds code that stands in two places: the same words in the same order, whatever the layout and the comments.
 *
 * Import and export lists are left out, since two files may well need the same things. Code that was copied and then
 * renamed is not found.
 */
export function findDuplicates(files: readonly TreeFile[], limits: DuplicateLimits): readonly Duplicate[] {
  const words = new Map<string, number>()
  const seen = new Map<string, Position>()
  const duplicates: Duplicate[] = []
  for (const { path, text } of files) {
    const file = { path, tokens: readTokens(text, words) }
    let index = 0
    while (index + limits.minTokens <= file.tokens.length) {
      const key = windowKey(file.tokens, index, limits.minTokens)
      const earlier = seen.get(key)
      const found = earlier === undefined ? undefined : compare(earlier, { file, index }, limits)
      if (earlier === undefined) seen.set(key, { file, index })
      if (found !== undefined) duplicates.push(found)
      index += found?.tokens ?? 1
    }
  }
  return duplicates
}

/** The longest equal stretch from both positions, when it is long enough. */
function compare(first: Position, second: Position, limits: DuplicateLimits): Duplicate | undefined {
  const a = first.file.tokens.slice(first.index)
  const b = second.file.tokens.slice(second.index)
  // Within one file a stretch must not run into its own copy.
  const most = first.file === second.file ? second.index - first.index : Math.min(a.length, b.length)
  let tokens = 0
  while (tokens < most && a[tokens]?.word === b[tokens]?.word) tokens += 1
  const duplicate = { first: placeOf(first, tokens), second: placeOf(second, tokens), tokens }
  const { fromLine, toLine } = duplicate.second
  return tokens >= limits.minTokens && toLine - fromLine + 1 >= limits.minLines ? duplicate : undefined
}

function placeOf({ file, index }: Position, tokens: number): DuplicatePlace {
  const fromLine = file.tokens[index]?.line ?? 0
  return { path: file.path, fromLine, toLine: file.tokens[index + tokens - 1]?.endLine ?? fromLine }
}

function windowKey(tokens: readonly Token[], index: number, length: number): string {
  return String.fromCodePoint(...tokens.slice(index, index + length).map(({ word }) => word))
}

/** The leaves of the syntax tree, each as the number of its text in `words`. */
function readTokens(text: string, words: Map<string, number>): readonly Token[] {
  const source = ts.createSourceFile('file.ts', text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS)
  const tokens: Token[] = []
  const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line + 1
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isJSDoc(node)) return
    const children = node.getChildren(source)
    if (children.length > 0) {
      children.forEach(visit)
      return
    }
    const content = node.getText(source)
    if (content === '') return
    const word = words.get(content) ?? words.size + 1
    words.set(content, word)
    tokens.push({ word, line: lineOf(node.getStart(source)), endLine: lineOf(node.end) })
  }
  visit(source)
  return tokens
}

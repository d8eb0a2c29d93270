/**
 * The words of a line as a shell would give them to a program: quotes are taken off, and what is redirected is left out.
 * `<id>` stands for a word.
 */
export function wordsOf(line: string): readonly string[] {
  const tokens = Array.from(line.matchAll(/\s*(?:"([^"]*)"|'([^']*)'|(<[a-z]+>|[^\s"'<>]+)|(>>?|<))/g))
  if (tokens.map(([token]) => token).join('') !== line.trimEnd()) throw new Error(`not a plain line: ${line}`)
  const words: string[] = []
  let redirects = false
  for (const [, double, single, plain, redirect] of tokens) {
    if (redirect !== undefined) redirects = true
    else if (redirects) redirects = false
    else words.push(double ?? single ?? plain ?? '')
  }
  return words
}

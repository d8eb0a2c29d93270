/**
 * The word that somebody most likely meant: the one that the fewest slips lead to, of those that at most a third of its
 * letters are off and at most three; `undefined` when none is so near. A slip is a letter too much, too few or another.
 */
export function findNearest(word: string, known: readonly string[]): string | undefined {
  const near = known
    .map((candidate) => ({ candidate, slips: countSlips(word.toLowerCase(), candidate) }))
    .filter(({ candidate, slips }) => slips <= Math.min(3, Math.ceil(candidate.length / 3)))
    .sort((a, b) => a.slips - b.slips)
  return near[0]?.candidate
}

/** The words of a mistake go on with this. */
export function didYouMean(word: string | undefined): string {
  return word === undefined ? '' : `; did you mean ${word}?`
}

/** Levenshtein’s distance, row by row. */
function countSlips(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1]
    for (const [at, other] of [...to].entries()) {
      const replaced = (row[at] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(replaced, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}

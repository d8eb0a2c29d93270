/** Words are found in texts of at most this length; what follows is not looked at. */
const maxTextLength = 20_000
const maxWordLength = 64
const wordPattern = /[\p{L}\p{N}]+/gu
const marks = /\p{M}/gu
/** What is left of a word has this many letters or more. */
const minStemLength = 3

/** Text without case and diacritics: `Cliënten` and `clienten` are one. */
export function foldText(text: string): string {
  return text.normalize('NFKD').replace(marks, '').toLowerCase().replaceAll('ß', 'ss').replaceAll('ĳ', 'ij')
}

/** The words of a text, folded, each once, in order of appearance. */
export function wordsOf(text: string): readonly string[] {
  const words = foldText(text.slice(0, maxTextLength)).match(wordPattern) ?? []
  return [...new Set(words.map((word) => word.slice(0, maxWordLength)))]
}

/**
 * The part that the forms of one Dutch word share: `indicaties` and `indicatie`, `gemeenten` and `gemeente`, `huizen` and
 * `huis`. Takes off regular endings of plurals and adjectives only; it is no dictionary, and two words can share a stem.
 *
 * @param word folded
 */
export function stemOf(word: string): string {
  if (!/^[a-z]{4,}$/.test(word)) return word
  return shortenVowel(closeEnd(withoutEnding(word)))
}

/** An s after two vowels belongs to the word, as in huis and reis; not after -ie. */
const pluralInS = /^(.*(?:[^aeijous]|[^aeiou][aeiou]|ie))s$/

function withoutEnding(word: string): string {
  const shortened = /^(.*[^aeiou])(?:en|e)$/.exec(word)?.[1] ?? pluralInS.exec(word)?.[1]
  return shortened !== undefined && shortened.length >= minStemLength && /[aeiouy]/.test(shortened) ? shortened : word
}

/** How a consonant is written when nothing follows: once, and not as v or z. */
function closeEnd(word: string): string {
  const single = /([^aeiou])\1$/.test(word) ? word.slice(0, -1) : word
  if (single.endsWith('v')) return `${single.slice(0, -1)}f`
  return single.endsWith('z') ? `${single.slice(0, -1)}s` : single
}

/** A long vowel is written twice in a closed syllable and once in an open one: `naam`, `namen`. */
function shortenVowel(word: string): string {
  return word.replace(/([aeou])\1([^aeiou])$/, '$1$2')
}

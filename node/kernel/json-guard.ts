import { isUtf8 } from 'node:buffer'
import { NodeError } from './errors.js'

/** How much structure a JSON text may have. The length of the whole text is limited where it is read. */
export interface JsonLimits {
  /** Levels of arrays and objects inside each other; `[[1]]` has two. */
  readonly depth: number
  /** Object members and array elements, in the whole text together. */
  readonly members: number
  /** Length of one string or member name, unescaped, in bytes of UTF-8. */
  readonly stringBytes: number
}

/** What a text may have when its reader does not say otherwise. */
const defaultJsonLimits: JsonLimits = { depth: 64, members: 10_000, stringBytes: 256 * 1024 }

/**
 * Returns what `JSON.parse` makes of `text`, after making sure that every parser and store understands it the same way.
 *
 * Refuses duplicate member names within one object (compared unescaped), the member name `__proto__`, U+0000 and lone
 * surrogates in strings, numbers beyond the range of a double, which would become infinite, and more structure than
 * `limits`. Does not check the shape of the value, and numbers are rounded to doubles: pass on the original bytes where
 * the digits matter.
 * @throws `json.malformed` | `json.too_deep` | `json.too_large` | `json.duplicate_member` | `json.forbidden_text`
 * @see RFC 8259 sections 4, 8.2 and 9; RFC 7493 (I-JSON) sections 2.1 to 2.3
 */
export function parseGuardedJson(text: string, limits: Partial<JsonLimits> = {}): unknown {
  const isPlain = isPlainText(text) && text.length <= (limits.stringBytes ?? defaultJsonLimits.stringBytes)
  const names = scan(text, isPlain, { ...defaultJsonLimits, ...limits })
  const value = parse(text)
  // Where no name is escaped, of two that are the same one is gone.
  if (isPlain && countNames(value) !== names) throw new NodeError('json.duplicate_member')
  return value
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message quotes the text, which may hold personal data: it is not kept as the cause.
    throw new NodeError('json.malformed')
  }
}

/**
 * How many members the objects in what a parser made have, all together. Members that every object inherits, which are
 * there only when somebody put them there, count too, so that nothing is accepted then.
 */
function countNames(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') count += countNames(item)
    return count
  }
  const members = value as Readonly<Record<string, unknown>> // A parser made it.
  for (const name in members) {
    count += 1
    const member = members[name]
    if (typeof member === 'object') count += countNames(member)
  }
  return count
}

/**
 * Returns the text of `bytes` when they are well-formed UTF-8 without a byte order mark.
 *
 * @throws `json.malformed`
 * @see RFC 8259 section 8.1: "MUST be encoded using UTF-8", "MUST NOT add a byte order mark"
 */
export function decodeUtf8(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new NodeError('json.malformed', { detail: 'not UTF-8' })
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  if (text.startsWith('\ufeff')) throw new NodeError('json.malformed', { detail: 'byte order mark' })
  return text
}

/** What is left of a string of printable ASCII, of which escapes stand for one character of ASCII each, and its last quote. */
const simplePattern = /[ !#-[\]-~]*(?:\\["\\/bfnrt][ !#-[\]-~]*)*"/y
const numberPattern = /-?[0-9.]+(?:[eE][+-]?[0-9]+)?/y
/** The largest double has 309 digits. */
const leastDigitsOfInfinity = 300
const quote = 0x22
const comma = 0x2c
const minus = 0x2d
const digitZero = 0x30
const digitNine = 0x39
const backslash = 0x5c
const letterU = 0x75
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d
/** Stands for the names of an object whose names are only counted. */
const unseen = new Set<string>()

/**
 * Walks once over `text` and returns how many member names it has. Is exact for every text that `JSON.parse` accepts; a
 * text that it does not accept may pass here, because `JSON.parse` follows. In a plain text names are only counted.
 */
function scan(text: string, isPlain: boolean, limits: JsonLimits): number {
  // One entry for each open array (`null`) or object (the names seen in it).
  const open: (Set<string> | null)[] = []
  let nameCount = 0
  let names: Set<string> | null | undefined
  let members = 0
  let expectName = false
  let expectFirstElement = false

  const countMember = (): void => {
    members += 1
    if (members > limits.members) throw new NodeError('json.too_large', { detail: `over ${limits.members} members` })
  }

  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (isWhitespace(unit)) continue
    if (expectFirstElement) {
      expectFirstElement = false
      if (unit !== closeBracket) countMember()
    }
    switch (unit) {
      case quote: {
        const end = isPlain ? endOfPlainString(text, at) : scanString(text, at, limits.stringBytes)
        if (expectName && names) {
          if (!isPlain) addName(names, text.slice(at + 1, end))
          nameCount += 1
          countMember()
          expectName = false
        }
        at = end
        break
      }
      case openBrace:
      case openBracket:
        if (open.length === limits.depth)
          throw new NodeError('json.too_deep', { detail: `over ${limits.depth} levels` })
        names = unit === openBracket ? null : isPlain ? unseen : new Set()
        open.push(names)
        expectName = unit === openBrace
        expectFirstElement = unit === openBracket
        break
      case closeBrace:
      case closeBracket:
        open.pop()
        names = open.at(-1)
        break
      case comma:
        if (names) expectName = true
        else countMember()
        break
      default:
        if (unit === minus || isDigit(unit)) at = endOfNumber(text, at)
    }
  }
  return nameCount
}

/**
 * Whether strings in `text` need no look inside: there is not a single escape or letter outside ASCII, nor the name that is
 * forbidden. Control characters may stand between strings only, or else the parser refuses them.
 */
function isPlainText(text: string): boolean {
  const isAscii = Buffer.byteLength(text) === text.length
  return isAscii && !text.includes('\\') && !text.includes('\0') && !text.includes('__proto__')
}

/** Returns where the number that begins at `start` has its last digit, after making sure that a double can hold it. */
function endOfNumber(text: string, start: number): number {
  let end = start + 1
  while (isDigit(text.charCodeAt(end))) end += 1
  // As most are: whole, and far from the largest.
  if (end - start < leastDigitsOfInfinity && !isNumberPart(text.charCodeAt(end))) return end - 1
  numberPattern.lastIndex = start
  const number = numberPattern.exec(text)?.[0] ?? text.charAt(start)
  if (Math.abs(Number(number)) === Infinity) throw new NodeError('json.malformed', { detail: 'a number too large' })
  return start + number.length - 1
}

function isDigit(unit: number): boolean {
  return unit >= digitZero && unit <= digitNine
}

/** What can go on after the digits of a number that is not whole. */
function isNumberPart(unit: number): boolean {
  return unit === 0x2e || unit === 0x65 || unit === 0x45
}

function isWhitespace(unit: number): boolean {
  return unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09
}

/** Adds a name as it stands between its quotes. */
function addName(names: Set<string>, escaped: string): void {
  const name = escaped.includes('\\') ? unescapeName(escaped) : escaped
  if (name === '__proto__') throw new NodeError('json.forbidden_text', { detail: 'member named __proto__' })
  if (names.has(name)) throw new NodeError('json.duplicate_member')
  names.add(name)
}

function unescapeName(escaped: string): string {
  try {
    return String(JSON.parse(`"${escaped}"`))
  } catch {
    throw new NodeError('json.malformed')
  }
}

/** So far names and most values go. */
const nearby = 32

function endOfPlainString(text: string, start: number): number {
  // Looking here costs less than asking for it, unless it is far away.
  for (let at = start + 1; at <= start + nearby; at += 1) if (text.charCodeAt(at) === quote) return at
  const end = text.indexOf('"', start + 1)
  if (end < 0) throw new NodeError('json.malformed', { detail: 'string without end' })
  return end
}

/** Returns where the string that opens at `start` closes, after checking what it holds once it is unescaped. */
function scanString(text: string, start: number, maxBytes: number): number {
  // What needs no look at its letters one by one: tokens, names, most values, and queries with their line ends.
  simplePattern.lastIndex = start + 1
  if (simplePattern.test(text) && simplePattern.lastIndex - start - 2 <= maxBytes) return simplePattern.lastIndex - 1
  let bytes = 0
  let afterHighSurrogate = false
  let at = start + 1
  while (at < text.length) {
    let unit = text.charCodeAt(at)
    let width = 1
    if (unit === quote) {
      if (afterHighSurrogate) throw loneSurrogate()
      return at
    }
    if (unit === backslash) {
      const isNumbered = text.charCodeAt(at + 1) === letterU
      // The short escapes all stand for one ASCII character; which one does not matter here.
      unit = isNumbered ? hexUnit(text, at + 2) : 0x20
      width = isNumbered ? 6 : 2
    }
    if (unit === 0) throw new NodeError('json.forbidden_text', { detail: 'U+0000' })
    const isLowSurrogate = unit >= 0xdc00 && unit <= 0xdfff
    if (isLowSurrogate !== afterHighSurrogate) throw loneSurrogate()
    afterHighSurrogate = unit >= 0xd800 && unit <= 0xdbff
    bytes += unit < 0x80 ? 1 : unit < 0x800 || isLowSurrogate || afterHighSurrogate ? 2 : 3
    if (bytes > maxBytes) throw new NodeError('json.too_large', { detail: `string over ${maxBytes} bytes` })
    at += width
  }
  throw new NodeError('json.malformed', { detail: 'string without end' })
}

function loneSurrogate(): NodeError {
  return new NodeError('json.forbidden_text', { detail: 'lone surrogate' })
}

/** The code unit of four hexadecimal digits. */
function hexUnit(text: string, at: number): number {
  const digits = text.slice(at, at + 4)
  if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw new NodeError('json.malformed', { detail: 'broken escape' })
  return Number.parseInt(digits, 16)
}

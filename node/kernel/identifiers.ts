import { inspect } from 'node:util'
import { NodeError } from './errors.js'

/** AGB code of a zorgaanbieder (care provider): 8 digits, leading zeros count. Made only by `parseAgb`. */
export type Agb = string & { readonly __agb: true }
/** UZOVI number of a zorgverzekeraar or zorgkantoor (insurer, or regional office for long-term care): 4 digits. */
export type Uzovi = string & { readonly __uzovi: true }
/** Number in the Handelsregister (trade register): 8 digits, leading zeros count. Made only by `parseKvk`. */
export type Kvk = string & { readonly __kvk: true }
/** UZI register abonneenummer of a zorgaanbieder: always 8 digits once parsed. Made only by `parseUra`. */
export type Ura = string & { readonly __ura: true }
/** Organisatie-identificatienummer: 20 positions. Made only by `parseOin`. */
export type Oin = string & { readonly __oin: true }
/** CBS code of a gemeente (municipality): 4 digits, leading zeros count. Made only by `parseGemeentecode`. */
export type Gemeentecode = string & { readonly __gemeentecode: true }

/**
 * A burgerservicenummer (national person number) of the right form.
 *
 * Prints, inspects and serialises as `bsn:***`; `reveal` is the only way to the digits, so that every use can be found.
 * Only `parseBsn` makes one. Does not say that the number was ever issued.
 */
export class Bsn {
  readonly #digits: string

  private constructor(digits: string) {
    this.#digits = digits
  }

  /**
   * The same as `parseBsn`.
   *
   * @throws `identifier.malformed`
   */
  static parse(text: unknown): Bsn {
    if (typeof text !== 'string' || !isBsnShaped(text)) throw malformed('bsn')
    return new Bsn(text)
  }

  /** True for a real `Bsn`, whatever the type says: a cast can lie. */
  static is(value: unknown): value is Bsn {
    return typeof value === 'object' && value !== null && #digits in value
  }

  /** The nine digits. Never put them in a log, an error, a URL or an audit line. */
  reveal(): string {
    return this.#digits
  }

  /** True when both are the same number. */
  equals(other: Bsn): boolean {
    return this.#digits === other.#digits
  }

  toString(): string {
    return 'bsn:***'
  }

  toJSON(): string {
    return 'bsn:***'
  }

  [inspect.custom](): string {
    return 'bsn:***'
  }
}

/**
 * Returns the BSN when `text` is nine ASCII digits that pass the 11-test.
 *
 * Eight digits are refused: padding is for a form on a screen, not for an API. Does not check that it was issued.
 * @throws `identifier.malformed`
 */
export function parseBsn(text: unknown): Bsn {
  return Bsn.parse(text)
}

/**
 * Returns the AGB code when `text` is eight digits. There is no check digit; ask the register whether it exists.
 *
 * @throws `identifier.malformed`
 */
export function parseAgb(text: unknown): Agb {
  // A brand has no value of its own: the cast is what parsing means here, as in the functions below.
  return checkForm('agb', text, /^[0-9]{8}$/) as Agb
}

/**
 * Returns the UZOVI number when `text` is four digits. Does not check that it was issued.
 *
 * @throws `identifier.malformed`
 */
export function parseUzovi(text: unknown): Uzovi {
  return checkForm('uzovi', text, /^[0-9]{4}$/) as Uzovi
}

/**
 * Returns the KvK number when `text` is eight digits. Does not check that it was issued.
 *
 * @throws `identifier.malformed`
 */
export function parseKvk(text: unknown): Kvk {
  return checkForm('kvk', text, /^[0-9]{8}$/) as Kvk
}

/**
 * Returns the URA padded with zeros to eight digits when `text` is one to eight digits, so that two spellings of one
 * number compare equal. Does not check that it was issued.
 *
 * @throws `identifier.malformed`
 */
export function parseUra(text: unknown): Ura {
  return checkForm('ura', text, /^[0-9]{1,8}$/).padStart(8, '0') as Ura
}

/**
 * Returns the OIN when `text` is a known prefix of 8, a main number of 8 or 9 that fits the prefix, and zeros up to 20
 * positions. A main number taken from another register than those with digits only may hold capitals. Does not check
 * that it was issued; `isTestOin` tells the prefix for tests.
 *
 * @throws `identifier.malformed` also for the prefix that is not assigned (00000005)
 * @see Logius OIN-stelsel, "Samenstelling OIN"
 */
export function parseOin(text: unknown): Oin {
  const oin = checkForm('oin', text, /^[0-9]{8}[0-9A-Z]{9}000$/)
  const mainNumber = oinMainNumbers.get(oin.slice(0, 8))
  if (mainNumber === undefined || !mainNumber(oin.slice(8, 17))) throw malformed('oin')
  return oin as Oin
}

/** True for an OIN with the prefix that is set aside for tests; a production network refuses those. */
export function isTestOin(oin: Oin): boolean {
  return oin.startsWith('00000099')
}

/**
 * Returns the gemeentecode when `text` is four digits. Does not check that the gemeente exists.
 *
 * @throws `identifier.malformed`
 */
export function parseGemeentecode(text: unknown): Gemeentecode {
  return checkForm('gemeentecode', text, /^[0-9]{4}$/) as Gemeentecode
}

/** Every kind of identifier the node knows, with its parser. Closed: another kind is refused where it is named. */
export const identifierKinds = {
  agb: parseAgb,
  uzovi: parseUzovi,
  kvk: parseKvk,
  ura: parseUra,
  oin: parseOin,
  gemeentecode: parseGemeentecode,
  bsn: parseBsn,
} as const

/** The name of a kind in `identifierKinds`. */
export type IdentifierKind = keyof typeof identifierKinds

/** True for nine ASCII digits that pass the 11-test, other than nine zeros. One in eleven numbers of nine digits does. */
export function isBsnShaped(text: string): boolean {
  return /^[0-9]{9}$/.test(text) && text !== '000000000' && passesElevenTest(text)
}

/**
 * True when `text` holds a number that `isBsnShaped`, also in full-width or other compatibility digits.
 *
 * A number is a run of exactly nine digits without a hexadecimal letter beside it, so that UUIDs and hashes do not
 * match by chance. Does not see a number that is written with spaces or points between its digits.
 */
export function containsBsnShaped(text: string): boolean {
  const numbers = text.normalize('NFKC').match(numbersOfNine)
  return numbers?.some(isBsnShaped) ?? false
}

/** As `containsBsnShaped`, also for digits with spaces, points or dashes between them: for what may name no person at all. */
export function containsPersonNumber(text: string): boolean {
  return containsBsnShaped(text) || containsBsnShaped(joinDigits(text))
}

/** Digits with a space, point or dash between them, joined. Those of names with letters, as UUIDs are, stay apart. */
function joinDigits(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/(?<![\p{L}\p{N}:/#-])\d[\d .\-]*\d(?![\p{L}\p{N}])/gu, (run) => run.replace(/[ .-]/g, ''))
}

/**
 * `text` with `•••` for every number that `containsBsnShaped` would find, and otherwise as it is. Text with such a number
 * comes back in compatibility form (NFKC).
 */
export function redactBsnShaped(text: string): string {
  if (!mayHoldBsnShaped(text) || !containsBsnShaped(text)) return text
  return text.normalize('NFKC').replace(numbersOfNine, (number) => (isBsnShaped(number) ? '•••' : number))
}

/** False for text that surely holds nothing that `redactBsnShaped` would take away; true for some other text too. */
export function mayHoldBsnShaped(text: string): boolean {
  if (text.length < 9) return false
  // With a byte for each character all is ASCII, and asking that costs a tenth of looking for it.
  const isAscii = Buffer.byteLength(text) === text.length
  return isAscii ? numberOfNine.test(text) : nineDigits.test(text)
}

/** `text` with `•••` for every run of six or more digits, of any script: for notes that leave the node. */
export function redactNumbers(text: string): string {
  return text.replace(/\p{Nd}{6,}/gu, '•••')
}

const numbersOfNine = /(?<![0-9a-f])[0-9]{9}(?![0-9a-f])/gi
/** As `numbersOfNine`, without its memory of where it was. */
const numberOfNine = new RegExp(numbersOfNine.source, 'i')
/** Digits of any script and any form; a circled digit is a number (No) and no decimal digit (Nd). */
const nineDigits = /[\p{Nd}\p{No}]{9}/u
const digits9 = /^[0-9]{9}$/
const digits8 = /^[0-9]{8}0$/
const anyMainNumber = (): boolean => true

/** What the nine positions after the prefix hold; a main number of eight is followed by one more zero. */
const oinMainNumbers: ReadonlyMap<string, (positions: string) => boolean> = new Map([
  ['00000001', isBsnShaped], // RSIN, which has the same 11-test
  ['00000002', (positions: string) => digits9.test(positions)], // fi-nummer
  ['00000003', (positions: string) => digits8.test(positions)], // KvK
  ['00000004', (positions: string) => digits9.test(positions)], // SubOIN
  ['00000006', anyMainNumber], // issued by Logius
  ['00000007', anyMainNumber], // BRIN
  ['00000008', anyMainNumber], // foreign registers
  ['00000009', (positions: string) => digits9.test(positions)], // UZI
  ['00000010', anyMainNumber], // TRR-BD
  ['00000099', anyMainNumber], // tests
])

function passesElevenTest(nineDigits: string): boolean {
  const sum = Array.from(nineDigits, Number).reduce((total, digit, index) => {
    const weight = index === 8 ? -1 : 9 - index
    return total + weight * digit
  }, 0)
  return sum % 11 === 0
}

function checkForm(kind: IdentifierKind, text: unknown, form: RegExp): string {
  if (typeof text !== 'string' || !form.test(text)) throw malformed(kind)
  return text
}

/** Names the kind and never the value: it may be a person's number, also when it was meant for something else. */
function malformed(kind: IdentifierKind): NodeError {
  const explanation = `not a well-formed ${kind}`
  return new NodeError('identifier.malformed', { detail: explanation, notes: [explanation] })
}

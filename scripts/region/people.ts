import type { Draw } from './draw.js'

/** A person who does not exist. */
export interface Person {
  readonly bsn: string
  readonly birthday: string
  readonly geslachtsnaam: string
  readonly voornamen: string
  /** Codelijst (code list) COD046. */
  readonly geslacht: string
}

const surnames = ['Fictief', 'Verzonnen', 'Bedacht', 'Voorbeeld', 'Testman', 'Denkbeeldig', 'Schijn', 'Papier'] as const
const names = ['Fedde', 'Puck', 'Sam', 'Noor', 'Bo', 'Jip', 'Mees', 'Lot', 'Kee', 'Tijl'] as const
const streets = ['Voorbeeldstraat', 'Fictielaan', 'Proefweg', 'Testplein'] as const
const places = ['Voorbeeldstad', 'Fictiedorp', 'Proefburg'] as const

/** How many numbers that start with 9999 pass the 11-test. */
const testNumbers = listTestNumbers()

/**
 * The BSN (national person number) of the person with this number, unique below ten million.
 *
 * The first ones are the numbers starting with 9999 that pass the 11-test, as test persons have. Where those end come
 * numbers that fail it: they cannot be the number of anybody.
 */
export function bsnOf(number: number): string {
  const known = testNumbers[number]
  if (known !== undefined) return known
  const digits = `99${String(number % 10_000_000).padStart(7, '0')}`
  return elevenTest(digits) ? `98${digits.slice(2)}` : digits
}

function listTestNumbers(): readonly string[] {
  return Array.from({ length: 100_000 }, (_, rest) => `9999${String(rest).padStart(5, '0')}`).filter(elevenTest)
}

function elevenTest(digits: string): boolean {
  const weights = [9, 8, 7, 6, 5, 4, 3, 2, -1]
  return weights.reduce((sum, weight, at) => sum + weight * Number(digits[at]), 0) % 11 === 0
}

export function drawPerson(draw: Draw, number: number): Person {
  return {
    bsn: bsnOf(number),
    birthday: draw.day('1930-01-01', 33_000),
    geslachtsnaam: draw.pick(surnames),
    voornamen: draw.pick(names),
    geslacht: draw.pick(['1', '2']),
  }
}

/** Names and an address for whoever is not the person itself. */
export function drawName(draw: Draw): { readonly geslachtsnaam: string; readonly voornamen: string } {
  return { geslachtsnaam: draw.pick(surnames), voornamen: draw.pick(names) }
}

export interface Address {
  readonly straatnaam: string
  readonly huisnummer: number
  readonly postcode: string
  readonly plaatsnaam: string
}

export function drawAddress(draw: Draw): Address {
  return {
    straatnaam: draw.pick(streets),
    huisnummer: 1 + draw.below(300),
    postcode: `${String(9900 + draw.below(100))}ZZ`,
    plaatsnaam: draw.pick(places),
  }
}

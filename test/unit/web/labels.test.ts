import { describe, expect, test } from '@jest/globals'
import { labelOf, lawLabel, roleLabel } from '../../../node/web/labels.js'

describe('a code in words', () => {
  test('is of the list that it comes from, in the language of the page', () => {
    const frequency = 'http://publications.europa.eu/resource/authority/frequency/DAILY'
    expect(labelOf(frequency, 'nl')).toBe('Elke dag')
    expect(labelOf(frequency, 'en')).toBe('Every day')
  })

  test.each(['https://elders.nl/lijst/1', 'constructor', '__proto__'])(
    'is itself when it is %s, of no list',
    (code) => {
      expect(labelOf(code, 'nl')).toBe(code)
    },
  )
})

test.each([
  ['https://catalogus.example/rol/zorgkantoor', 'Zorgkantoor'],
  ['https://catalogus.example/rol/ciz', 'CIZ'],
  ['WLZ_ZORGAANBIEDER', 'Wlz zorgaanbieder'],
  ['https://elders.nl/rol/zorgkantoor', 'https://elders.nl/rol/zorgkantoor'],
])('the role %s is shown as %s', (role, expected) => {
  expect(roleLabel(role)).toBe(expected)
})

test.each([
  ['https://wetten.overheid.nl/jci1.3:c:BWBR0035917&artikel=3.2.3', 'Wet langdurige zorg, artikel 3.2.3'],
  ['https://wetten.overheid.nl/BWBR0034925', 'Jeugdwet'],
  ['https://wetten.overheid.nl/jci1.3:c:BWBR0999999&artikel=1', 'BWBR0999999, artikel 1'],
  ['https://eur-lex.europa.eu/eli/reg/2016/679/oj', 'https://eur-lex.europa.eu/eli/reg/2016/679/oj'],
])('the law %s is shown as %s', (iri, expected) => {
  expect(lawLabel(iri)).toBe(expected)
})

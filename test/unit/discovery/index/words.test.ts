import { describe, expect, test } from '@jest/globals'
import { foldText, stemOf, wordsOf } from '../../../../node/discovery/index/words.js'

describe('folding', () => {
  test.each([
    ['Cliënten', 'clienten'],
    ['ZORG', 'zorg'],
    ['Ĳsselstein', 'ijsselstein'],
    ['Curaçao', 'curacao'],
  ])('%s is %s', (text, folded) => {
    expect(foldText(text)).toBe(folded)
  })
})

describe('words', () => {
  test('are letters and digits, each once', () => {
    expect(wordsOf('Wlz-indicaties: de Wlz, 2 indicaties')).toEqual(['wlz', 'indicaties', 'de', '2'])
  })

  test('of a text without letters there are none', () => {
    expect(wordsOf('— … !')).toEqual([])
  })
})

describe('a stem', () => {
  test.each([
    ['indicatie', 'indicaties'],
    ['gemeente', 'gemeenten'],
    ['voorziening', 'voorzieningen'],
    ['register', 'registers'],
    ['zorgaanbieder', 'zorgaanbieders'],
    ['huis', 'huizen'],
    ['brief', 'brieven'],
    ['naam', 'namen'],
    ['bed', 'bedden'],
    ['zorg', 'zorgen'],
    ['client', 'clienten'],
    ['medicatieoverzicht', 'medicatieoverzichten'],
  ])('is shared by %s and %s', (one, many) => {
    expect(stemOf(many)).toBe(stemOf(one))
  })

  test.each([
    ['zorg', 'zorgkantoor'],
    ['wmo', 'wlz'],
    ['les', 'lezing'],
  ])('is not shared by %s and %s', (one, other) => {
    expect(stemOf(one)).not.toBe(stemOf(other))
  })

  test('of a short word, and of a word with digits, is the word', () => {
    expect(['wlz', 'de', 'bgz', 'iwmo32', 'een'].map(stemOf)).toEqual(['wlz', 'de', 'bgz', 'iwmo32', 'een'])
  })
})

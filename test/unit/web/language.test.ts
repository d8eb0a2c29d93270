import { describe, expect, test } from '@jest/globals'
import { chooseLanguage, inLanguage, plainText } from '../../../node/web/language.js'
import { inPageLanguage } from '../../../node/web/page.js'

describe('the language of a page', () => {
  test.each([
    ['en', undefined, 'en'],
    ['nl', 'en', 'nl'],
    [undefined, undefined, 'nl'],
    [undefined, '*', 'nl'],
    [undefined, 'de', 'nl'],
    [undefined, 'en-GB,en;q=0.9', 'en'],
    [undefined, 'nl-NL,nl;q=0.9,en;q=0.8', 'nl'],
    [undefined, 'en;q=0.3, nl;q=0.7', 'nl'],
    [undefined, 'de, en;q=0.5', 'en'],
    [undefined, 'en;q=0', 'nl'],
    [undefined, 'en;q=onzin', 'nl'],
    ['fr', 'en', 'en'],
  ])('for taal=%s and Accept-Language: %s is %s', (wanted, accepted, expected) => {
    expect(chooseLanguage(wanted, accepted)).toBe(expected)
  })
})

describe('a text of a catalogue', () => {
  test.each([
    [{ nl: 'Zorg', en: 'Care' }, 'en', 'Care'],
    [{ nl: 'Zorg', en: 'Care' }, 'nl', 'Zorg'],
    [{ nl: 'Zorg' }, 'en', '<span lang="nl">Zorg</span>'],
    [{ fr: 'Soins <b>' }, 'nl', '<span lang="fr">Soins &lt;b&gt;</span>'],
    [{ '': 'Zorg' }, 'en', 'Zorg'],
    [{}, 'nl', ''],
  ] as const)('%j on a page in %s is shown as %s', (texts, language, expected) => {
    expect(inLanguage(texts, language).toString()).toBe(expected)
  })

  test('is plain where no markup can stand', () => {
    expect(plainText({ nl: 'Zorg' }, 'en')).toBe('Zorg')
  })
})

test('an address keeps its language from page to page', () => {
  expect(inPageLanguage('https://a.nl/catalogus', 'nl')).toBe('https://a.nl/catalogus')
  expect(inPageLanguage('https://a.nl/catalogus', 'en')).toBe('https://a.nl/catalogus?taal=en')
  expect(inPageLanguage('https://a.nl/catalogus?a=b#c', 'en')).toBe('https://a.nl/catalogus?a=b&taal=en#c')
})

import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { readTree } from '../../scripts/layers/tree.js'
import { findNeverWritten, findUnlistedIdentifiers, glossarySchema, splitWords } from './dutch-terms.js'

const glossary = glossarySchema.parse(JSON.parse(readFileSync('schemas/glossary.json', 'utf8')))
const folders = ['node', 'schemas', 'registry-client', 'scripts']
const texts = readTree('.', folders, ['.ts', '.mjs', '.md', '.json', '.graphql', '.html', '.css', '.yaml']).filter(
  ({ path }) => path !== 'schemas/glossary.json',
)
const nothingPublished = new Set<string>()

/** What a published register definition spells is right by definition. */
const published = new Set(
  readTree('.', ['schemas/sources'], ['.graphql']).flatMap(({ text }) => splitWords(text).map((word) => word.text)),
)

const example = {
  terms: [
    { term: 'zorgkantoor', gloss: 'a', source: 'b', neverWrite: ['careOffice', 'zorgKantoor'] },
    { term: 'wlzIndicatie', gloss: 'a', source: 'b', neverWrite: ['indication'] },
  ],
  falseFriends: [{ identifier: 'client', write: 'requester', allowedIn: ['node/http/routes/'] }],
  dutchStems: ['zorg', 'indicatie'],
}

describe('words that nobody may write', () => {
  test.each(['careOffice', 'CareOffices', 'care_office', 'a care office', 'parseCareOfficeCode', 'CARE_OFFICE'])(
    'finds %s',
    (text) => {
      expect(findNeverWritten(`\n${text}`, example)).toEqual([
        { line: 2, text: 'careOffice', reason: 'write zorgkantoor' },
      ])
    },
  )

  test('tells the joined word from its parts', () => {
    expect(findNeverWritten('zorgKantoor', example)).toHaveLength(1)
    expect(findNeverWritten('zorgkantoor Zorgkantoor ZORGKANTOOR', example)).toEqual([])
  })

  test.each(['contraindication', 'indicationless', 'care for the office', 'healthcare office'])(
    'leaves %s alone',
    (text) => {
      expect(findNeverWritten(text, example)).toEqual([])
    },
  )
})

describe('Dutch identifiers', () => {
  const reasonsFor = (text: string, path = 'node/policy/decide.ts') =>
    findUnlistedIdentifiers(path, text, example, nothingPublished).map(({ reason }) => reason)

  test.each(['zorgkantoor', 'parseZorgkantoorCode', 'readWlzIndicatie', 'zorgkantoorList'])('accepts %s', (name) => {
    expect(reasonsFor(`export const ${name} = 1`)).toEqual([])
  })

  test.each([
    ['zorgkantoren', 'zorgkantoren'],
    ['zorgaanbieder', 'zorgaanbieder'],
    ['indicatieWlz', 'indicatie'],
    ['parseZorgprofielList', 'zorgprofiel'],
  ])('refuses %s, which no term holds', (name, word) => {
    expect(reasonsFor(`export const a = { ${name}: 1 }`)).toEqual([`${word} is not in the glossary`])
  })

  test('looks at identifiers, not at texts and comments', () => {
    expect(reasonsFor(`// zorgaanbieder\nexport const kind = 'zorgaanbieder'`)).toEqual([])
  })

  test('accepts a word that a published schema spells', () => {
    const found = findUnlistedIdentifiers('a.ts', 'const zorgprofiel = 1', example, new Set(['zorgprofiel']))
    expect(found).toEqual([])
  })

  test('refuses a false friend as a whole identifier, where it is not allowed', () => {
    expect(reasonsFor('const client = 1')).toEqual(['write requester'])
    expect(reasonsFor('const clientId = 1')).toEqual([])
    expect(reasonsFor('const client = 1', 'node/http/routes/oauth.ts')).toEqual([])
  })
})

describe('the glossary', () => {
  test('lists each term once, in alphabetical order', () => {
    const terms = glossary.terms.map(({ term }) => term)
    expect(new Set(terms).size).toBe(terms.length)
    expect(terms).toEqual([...terms].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)))
  })

  test.each(glossary.terms)('does not forbid its own term $term, nor spell it with diacritics', ({ term }) => {
    expect(findNeverWritten(term, glossary)).toEqual([])
    expect(term).toMatch(/^[A-Za-z]+$/)
  })
})

describe('this repository', () => {
  test.each(folders)('%s has no word that nobody may write', (folder) => {
    const faults = texts
      .filter(({ path }) => path.startsWith(`${folder}/`))
      .flatMap(({ path, text }) => findNeverWritten(text, glossary).map((fault) => ({ path, ...fault })))
    expect(faults).toEqual([])
  })

  test.each(folders)('%s has no Dutch identifier that is not in the glossary', (folder) => {
    const faults = texts
      .filter(({ path }) => path.startsWith(`${folder}/`) && path.endsWith('.ts'))
      .flatMap(({ path, text }) =>
        findUnlistedIdentifiers(path, text, glossary, published).map((fault) => ({ path, ...fault })),
      )
    expect(faults).toEqual([])
  })
})

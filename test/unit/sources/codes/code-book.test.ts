import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { createCodeBook } from '../../../../node/sources/codes/code-book.js'
import { loadCodeFile, loadShippedCodes } from '../../../../node/sources/codes/load-codes.js'
import type { OwnCodes } from '../../../../schemas/codes.js'

const shipped = loadShippedCodes()
const from = '2026-01-01'

/** Two gemeenten that call the same help by codes of their own. */
function ownOf(gemeente: string, code: string): OwnCodes {
  return {
    version: '2026.1.0',
    map: 'zorgvorm',
    list: {
      id: `${gemeente}:producten`,
      name: 'Eigen producten',
      source: gemeente,
      version: '2026-01-01',
      codes: { [code]: { text: 'hulp thuis', from }, '99Z99': { text: 'iets anders', from } },
    },
    mappings: [{ code, concept: 'huishoudelijke-hulp', relation: 'equivalent' }],
  }
}

describe('the shipped lists and maps', () => {
  test('fit each other', () => {
    const book = createCodeBook(shipped)
    expect(book.lists.size).toBeGreaterThan(10)
    expect([...book.maps.keys()]).toEqual(['zorgvorm'])
  })

  test('every concept is used', () => {
    for (const map of shipped.maps) {
      const used = new Set(map.mappings.map(({ concept }) => concept))
      expect(Object.keys(map.concepts).filter((concept) => !used.has(concept))).toEqual([])
    }
  })

  test('say the same of one kind of help in Wmo, Jeugdwet and Wlz', () => {
    const book = createCodeBook(shipped)
    const conceptOf = (list: string, code: string) => book.explain(list, code)?.concepts.map(({ concept }) => concept)
    expect(conceptOf('WMO020', '03')).toEqual(['persoonlijke-verzorging'])
    expect(conceptOf('JZ020', '40')).toEqual(['persoonlijke-verzorging'])
    expect(conceptOf('COD732', '31')).toEqual(['persoonlijke-verzorging'])
  })
})

describe('explaining a code', () => {
  test('gives its text, its concept, and the version of the map', () => {
    expect(createCodeBook(shipped).explain('COD578', '4')).toEqual({
      list: 'COD578',
      code: '4',
      text: 'verblijf',
      concepts: [
        { map: 'zorgvorm', version: '1.0.0', concept: 'verblijf', text: 'Verblijf met zorg', relation: 'equivalent' },
      ],
    })
  })

  test('a code that no map knows has a text and no concept', () => {
    expect(createCodeBook(shipped).explain('COD260', '1')).toEqual({
      list: 'COD260',
      code: '1',
      text: 'ja',
      concepts: [],
    })
  })

  test('a code that ended is still explained', () => {
    expect(createCodeBook(shipped).explain('COD165', '4')?.text).toBe('transfer')
  })

  test.each([
    ['COD578', '3'],
    ['COD000', '1'],
    ['COD578', 'toString'],
    ['__proto__', 'constructor'],
  ])('%s %s is unknown', (list, code) => {
    expect(createCodeBook(shipped).explain(list, code)).toBeUndefined()
  })
})

describe('codes of an organisation', () => {
  test('two gemeenten with different codes give one concept', () => {
    const own = [ownOf('gm0000', '01A03'), ownOf('gm0001', 'HH-2')]
    const book = createCodeBook({ ...shipped, own })
    const first = book.explain('gm0000:producten', '01A03')
    const second = book.explain('gm0001:producten', 'HH-2')
    expect(first?.concepts).toEqual(second?.concepts)
    expect(first?.concepts).toMatchObject([{ concept: 'huishoudelijke-hulp', version: '1.0.0+2026.1.0' }])
  })

  test('a code of its own that it did not map has no concept', () => {
    const book = createCodeBook({ ...shipped, own: [ownOf('gm0000', '01A03')] })
    expect(book.explain('gm0000:producten', '99Z99')).toMatchObject({ text: 'iets anders', concepts: [] })
  })

  test.each<[string, (own: OwnCodes) => OwnCodes, string]>([
    ['a list of the network', (own) => ({ ...own, list: { ...own.list, id: 'WMO020' } }), 'two of one code list'],
    ['an unknown map', (own) => ({ ...own, map: 'zorgsoort' }), 'not there'],
    [
      'an unknown concept',
      (own) => ({ ...own, mappings: [{ code: '01A03', concept: 'x', relation: 'related' }] }),
      'no concept x',
    ],
    [
      'an unknown code',
      (own) => ({ ...own, mappings: [{ code: '77', concept: 'opvang', relation: 'related' }] }),
      'not there',
    ],
    [
      'a code that every object has',
      (own) => ({ ...own, mappings: [{ code: 'toString', concept: 'opvang', relation: 'related' }] }),
      'not there',
    ],
    ['one mapping twice', (own) => ({ ...own, mappings: [...own.mappings, ...own.mappings] }), 'twice'],
  ])('%s is refused', (_, change, detail) => {
    const own = [change(ownOf('gm0000', '01A03'))]
    expect(() => createCodeBook({ ...shipped, own })).toThrow(detail)
  })

  test('are read from a file, and a fault in it is named', () => {
    const directory = mkdtempSync(join(tmpdir(), 'codes-'))
    try {
      const good = join(directory, 'good.json')
      writeFileSync(good, JSON.stringify(ownOf('gm0000', '01A03')))
      expect(loadCodeFile(good)).toEqual({ own: ownOf('gm0000', '01A03') })

      const bad = join(directory, 'bad.json')
      writeFileSync(bad, JSON.stringify({ ...ownOf('gm0000', '01A03'), version: 'newest' }))
      expect(() => loadCodeFile(bad)).toThrow('bad.json at version')
      expect(() => loadCodeFile(join(directory, 'absent.json'))).toThrow('absent.json cannot be read')
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})

import { describe, expect, test } from '@jest/globals'
import {
  createEngine,
  facet,
  type Engine,
  type EngineQuery,
  type Findable,
} from '../../../../node/discovery/index/engine.js'

interface Thing extends Findable {
  readonly name: string
}
const thing = (name: string, changes: Partial<Thing> = {}): Thing => ({
  name,
  texts: [{ text: name, weight: 1 }],
  facets: [],
  order: name,
  expiresAt: 1000,
  ...changes,
})
const ask = (changes: Partial<EngineQuery> = {}): EngineQuery => ({
  words: [],
  facets: [],
  now: 0,
  limit: 10,
  ...changes,
})
const names = (engine: Engine<Thing>, query: Partial<EngineQuery>): readonly string[] =>
  engine.find(ask(query)).found.map(({ item }) => item.name)

function filled(...things: readonly Thing[]): Engine<Thing> {
  const engine = createEngine<Thing>()
  things.forEach((one, place) => engine.put(one.name, [one], place + 1))
  return engine
}

describe('words', () => {
  const engine = filled(
    thing('Indicatieregister Wlz'),
    thing('Wmo-voorzieningen'),
    thing('Patiëntsamenvatting'),
    thing('Indicatie'),
  )

  test.each([
    [['indicatie'], ['Indicatie', 'Indicatieregister Wlz']],
    [['indicaties'], ['Indicatie', 'Indicatieregister Wlz']],
    [['register'], ['Indicatieregister Wlz']],
    [['voorziening'], ['Wmo-voorzieningen']],
    [['patient'], ['Patiëntsamenvatting']],
    [['wlz', 'indicatie'], ['Indicatieregister Wlz']],
    [['wlz', 'wmo'], []],
    [['gist'], ['Indicatieregister Wlz']],
    [['gis'], []],
  ])('%j find %j', (words, found) => {
    expect(names(engine, { words })).toEqual(found)
  })

  test('count more where they weigh more', () => {
    const weighed = filled(
      thing('a', { texts: [{ text: 'zorg', weight: 1 }] }),
      thing('b', { texts: [{ text: 'zorg', weight: 4 }] }),
    )
    expect(names(weighed, { words: ['zorg'] })).toEqual(['b', 'a'])
  })

  test('of who left are not found', () => {
    const left = filled(thing('zorgkantoor'), thing('zorgaanbieder'))
    left.take('zorgkantoor')
    expect(names(left, { words: ['zorg'] })).toEqual(['zorgaanbieder'])
    left.take('zorgaanbieder')
    expect(names(left, { words: ['zorg'] })).toEqual([])
  })
})

describe('facets', () => {
  const engine = filled(
    thing('a', { facets: [facet('role', 'ciz'), facet('theme', 'heal')] }),
    thing('b', { facets: [facet('role', 'gemeente'), facet('theme', 'heal')] }),
  )

  test.each([
    [[[facet('theme', 'heal')]], ['a', 'b']],
    [[[facet('theme', 'heal')], [facet('role', 'ciz')]], ['a']],
    [[[facet('role', 'ciz'), facet('role', 'gemeente')]], ['a', 'b']],
    [[[facet('role', 'cak')]], []],
    [[[facet('role', 'heal')]], []],
  ])('%j', (facets, found) => {
    expect(names(engine, { facets })).toEqual(found)
  })
})

describe('what has expired', () => {
  test('is not found, nor counted', () => {
    const engine = filled(thing('a', { expiresAt: 5 }), thing('b'))
    expect(names(engine, { now: 4 })).toEqual(['a', 'b'])
    expect(engine.find(ask({ now: 5 }))).toMatchObject({ total: 1 })
  })
})

describe('pages', () => {
  const many = Array.from({ length: 25 }, (_, place) => thing(`d${String(place).padStart(2, '0')}`))

  function readPages(engine: Engine<Thing>, between: (page: number) => void = () => undefined): readonly string[] {
    const read: string[] = []
    let after: EngineQuery['after']
    for (let page = 0; ; page += 1) {
      const { found, more } = engine.find(ask({ asOf: 25, limit: 4, ...(after === undefined ? {} : { after }) }))
      read.push(...found.map(({ item }) => item.name))
      after = found.at(-1)
      if (!more) return read
      between(page)
    }
  }
  const all = many.map(({ name }) => name)

  test('show each thing once', () => {
    expect(readPages(filled(...many))).toEqual(all)
  })

  test('do not show what came after the first', () => {
    const engine = filled(...many)
    expect(readPages(engine, (page) => engine.put(`nieuw${page}`, [thing(`d10nieuw${page}`)], 26 + page))).toEqual(all)
  })

  test('show what was replaced since as it was', () => {
    const engine = filled(...many)
    expect(readPages(engine, () => engine.put('d20', [thing('anders')], 40))).toEqual(all)
    expect(names(engine, { limit: 100 })).toContain('anders')
  })

  test('do not show what was taken out since', () => {
    const engine = filled(...many)
    expect(readPages(engine, () => engine.take('d20'))).toEqual(all.filter((name) => name !== 'd20'))
  })

  test('do not show what was replaced and then taken out', () => {
    const engine = filled(...many)
    engine.put('d20', [thing('anders')], 40)
    engine.take('d20')
    expect(readPages(engine)).not.toContain('d20')
  })

  test('forget what was replaced, when told', () => {
    const engine = filled(...many)
    engine.put('d20', [thing('anders')], 40)
    engine.forget(40)
    expect(readPages(engine)).not.toContain('d20')
    expect(engine.size).toBe(25)
  })
})

describe('putting the same again', () => {
  test('changes nothing for who looks at an earlier state', () => {
    const engine = filled(thing('a'))
    engine.put('a', [thing('a', { expiresAt: 2000 })], 9)
    expect(names(engine, { asOf: 1 })).toEqual(['a'])
    expect(names(engine, { asOf: 1, now: 1500 })).toEqual(['a'])
  })
})

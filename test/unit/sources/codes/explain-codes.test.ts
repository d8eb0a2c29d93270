import { describe, expect, test } from '@jest/globals'
import { createFixedClock } from '../../../../node/kernel/clock.js'
import { createCodeBook } from '../../../../node/sources/codes/code-book.js'
import { createExplainCodes } from '../../../../node/sources/codes/explain-codes.js'
import { loadShippedCodes } from '../../../../node/sources/codes/load-codes.js'
import { loadRegisterDefinition } from '../../../../node/sources/register/definition.js'
import { createRegister } from '../../../../node/sources/register/register.js'
import { createUpstream } from '../../../../node/sources/upstream/upstream.js'
import type { Answer, DataSource } from '../../../../node/sources/data-source.js'
import { createMemoryStore } from '../../../../node/stores/memory.js'
import { permitFor } from '../../../support/permits.js'
import { refusalOf } from '../../../support/refusals.js'

const definition = loadRegisterDefinition('toewijzingsregister-1')
const book = createCodeBook(loadShippedCodes())
const unmapped: string[] = []
const explainCodes = createExplainCodes({
  book,
  coded: definition.codes,
  countUnmapped: (list) => unmapped.push(list),
})
const id = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`

/** One besluit with an assignment of each of these categories. */
async function registerOf(...categories: readonly string[]): Promise<DataSource> {
  const store = createMemoryStore({ clock: createFixedClock(0) })
  const register = createRegister({ name: 'toewijzingen', party: 'gm', definition, store, explainCodes })
  const dates = { ingangsdatum: '2026-01-01' }
  await register.loadSeed({
    client: [{ clientID: id(1), bsn: '999990019' }],
    besluit: [
      { besluitID: id(2), clientID: id(1), domein: 'WMO', gemeente: '0000', afgiftedatum: '2026-01-01', ...dates },
    ],
    toewijzing: categories.map((productcategorie, at) => ({
      toewijzingID: id(10 + at),
      besluitID: id(2),
      productcategorie,
      aanbieder: '41411111',
      vaststellingMoment: '2026-01-01T00:00:00Z',
      ...dates,
    })),
  })
  return register
}

function ask(source: DataSource, query: string, extensions: unknown, paths?: readonly string[]): Promise<Answer> {
  unmapped.length = 0
  const request = source.parse({ query, extensions })
  return source.read(permitFor(request, { party: source.party }, paths && { paths }), request)
}

const nested = '{ besluit { besluitID soort: toewijzing { toewijzingID categorie: productcategorie } } }'
const withCodes = { codes: true }

describe('the codes of an answer', () => {
  test('are explained beside it, by the names that the answer has, with versions and counterparts', async () => {
    const register = await registerOf('01', '40')
    const { data, codes } = await ask(register, nested, withCodes)
    expect(data).toBe((await ask(register, nested, undefined)).data)
    expect(codes?.fields).toEqual({ 'besluit.soort.categorie': ['WMO020', 'JZ020'] })
    expect(codes?.lists['WMO020']).toEqual({
      name: book.lists.get('WMO020')?.name,
      version: book.lists.get('WMO020')?.version,
      codes: {
        '01': {
          text: book.explain('WMO020', '01')?.text,
          concepts: [
            {
              map: 'zorgvorm',
              version: '1.0.0',
              concept: 'huishoudelijke-hulp',
              text: 'Hulp bij het huishouden',
              relation: 'equivalent',
              counterparts: [
                {
                  list: 'COD732',
                  code: '21',
                  text: book.explain('COD732', '21')?.text,
                  relation: 'equivalent',
                },
              ],
            },
          ],
        },
      },
    })
    expect(Object.keys(codes?.lists['JZ020']?.codes ?? {})).toEqual(['40'])
    expect(unmapped).toEqual([])
  })

  test.each([
    ['without extensions', undefined],
    ['with others', { tracing: true }],
    ['with codes switched off', { codes: false }],
  ])('are left alone %s', async (_, extensions) => {
    expect(await ask(await registerOf('01'), nested, extensions)).not.toHaveProperty('codes')
  })

  test('that are withheld are not explained', async () => {
    const register = await registerOf('01')
    const { data, codes } = await ask(register, nested, withCodes, ['besluitID', 'toewijzing.toewijzingID'])
    expect(data).not.toContain('01"')
    expect(codes).toEqual({ fields: {}, lists: {} })
  })

  test('that are not selected are not explained', async () => {
    const { codes } = await ask(await registerOf('01'), '{ toewijzing { toewijzingID } }', withCodes)
    expect(codes).toEqual({ fields: {}, lists: {} })
  })

  test('that no list has stay what they are, and are counted once for an answer by list', async () => {
    const { data, codes } = await ask(await registerOf('99', '99', '01'), nested, withCodes)
    expect(data.match(/"99"/g)).toHaveLength(2)
    expect(Object.keys(codes?.lists['WMO020']?.codes ?? {})).toEqual(['01'])
    expect(unmapped).toEqual(['WMO020'])
  })

  test('without a concept are counted where others of their list have one, and nowhere else', () => {
    const counted: string[] = []
    const [first] = loadShippedCodes().maps
    if (first === undefined) throw new Error('no map')
    const fewer = { ...first, mappings: first.mappings.filter(({ list, code }) => list !== 'WMO020' || code !== '01') }
    const explain = createExplainCodes({
      book: createCodeBook({ lists: loadShippedCodes().lists, maps: [fewer] }),
      coded: new Map([
        ['T.mapped', ['WMO020']],
        ['T.unmapped', ['COD260']],
      ]),
      countUnmapped: (list) => counted.push(list),
    })
    const leaf = (name: string) => ({ key: name, name, parent: 'T', arguments: [], fields: undefined })
    const root = { key: 't', name: 't', parent: 'Query', arguments: [], fields: [leaf('mapped'), leaf('unmapped')] }
    const codes = explain([root] as never, '{"t":[{"mapped":"01","unmapped":"1"}]}')
    expect(codes.lists['WMO020']?.codes['01']?.concepts).toEqual([])
    expect(codes.lists['COD260']?.codes['1']?.text).toBe('ja')
    expect(counted).toEqual(['WMO020'])
  })

  test('of a register elsewhere are explained as well', async () => {
    const source = createUpstream({
      name: 'toewijzingen',
      party: 'gm',
      definition,
      ask: () => Promise.resolve({ toewijzing: [{ toewijzingID: id(1), productcategorie: '31' }] }),
      explainCodes,
    })
    const { codes } = await ask(source, '{ toewijzing { toewijzingID productcategorie } }', withCodes)
    expect(codes?.fields).toEqual({ 'toewijzing.productcategorie': ['JZ020'] })
  })
})

describe('fields with codes', () => {
  const make = (field: string, ...lists: readonly string[]) =>
    refusalOf(() => createExplainCodes({ book, coded: new Map([[field, lists]]), countUnmapped: () => undefined }))

  test.each([
    ['a list that is not there', ['COD000'], 'COD000, a list that is not there'],
    ['lists with a code in common', ['COD260', 'COD998'], 'several lists with the code 1'],
  ])('cannot have %s', (_, lists, note) => {
    const { code, notes } = make('Toewijzing.productcategorie', ...lists)
    expect([code, notes.join()]).toEqual(['config.invalid', expect.stringContaining(note)])
  })

  test.each(['indicatieregister-2', 'bemiddelingsregister-1', 'leveringsregister-1', 'toewijzingsregister-1'])(
    'of %s have lists that are shipped',
    (name) => {
      const { codes: coded } = loadRegisterDefinition(name)
      expect(coded.size).toBeGreaterThan(0)
      expect(createExplainCodes({ book, coded, countUnmapped: () => undefined })).toBeDefined()
    },
  )
})

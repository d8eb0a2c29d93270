import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { createOpenSourceCodes } from '../../../node/access/source-codes.js'
import { loadRegisterDefinition } from '../../../node/sources/register/definition.js'
import { refusalOf } from '../../support/refusals.js'

const directory = mkdtempSync(join(tmpdir(), 'codes-'))
afterAll(() => rmSync(directory, { recursive: true }))

const write = (name: string, data: unknown): string => {
  const path = join(directory, name)
  writeFileSync(path, JSON.stringify(data))
  return path
}
const list = {
  id: 'gm0000:producten',
  name: 'Producten',
  source: 'een gemeente',
  version: '2026-01-01',
  codes: { '01A03': { text: 'hulp thuis', from: '2026-01-01' } },
}
const mappings = [{ code: '01A03', concept: 'huishoudelijke-hulp', relation: 'equivalent' }]
const own = write('own.json', { version: '2026.1.0', map: 'zorgvorm', list, mappings })
const mapData = {
  id: 'buurt',
  version: '1.0.0',
  name: 'Buurt',
  source: 'een gemeente',
  concepts: { thuis: 'In huis' },
  mappings: [{ list: list.id, code: '01A03', concept: 'thuis', relation: 'related' }],
}
const map = write('map.json', mapData)
const zorg = { list: 'COD578', code: '4', concept: 'thuis', relation: 'related' }

const definition = loadRegisterDefinition('toewijzingsregister-1')
const open = createOpenSourceCodes(() => undefined)
const fields = ['Toewijzing.productcode']
const selected = [
  {
    key: 'toewijzing',
    name: 'toewijzing',
    parent: 'Query',
    arguments: [],
    fields: [{ key: 'productcode', name: 'productcode', parent: 'Toewijzing', arguments: [], fields: undefined }],
  },
]
const data = '{"toewijzing":[{"productcode":"01A03"}]}'

describe('the codes of a source', () => {
  test('are those of the network, and those of its settings for the fields that these name', () => {
    const explain = open({ name: 't', codes: [{ file: own, fields }] }, definition)
    expect(explain(selected as never, data).lists[list.id]?.codes['01A03']).toMatchObject({
      text: 'hulp thuis',
      concepts: [{ version: '1.0.0+2026.1.0', counterparts: [{ list: 'COD732' }, { list: 'WMO020', code: '01' }] }],
    })
  })

  test('of one source mean nothing at another', () => {
    open({ name: 't', codes: [{ file: own, fields }] }, definition)
    expect(open({ name: 'u' }, definition)(selected as never, data)).toEqual({ fields: {}, lists: {} })
  })

  test('can have a concept map of their own', () => {
    const codes = [
      { file: write('list.json', list), fields },
      { file: map, fields: [] },
    ]
    const explained = open({ name: 't', codes }, definition)(selected as never, data)
    expect(explained.lists[list.id]?.codes['01A03']?.concepts).toMatchObject([{ map: 'buurt', concept: 'thuis' }])
  })

  test.each([
    ['a field that is not there', own, ['Toewijzing.product'], 'Toewijzing.product holds no codes'],
    ['a field that is no text', own, ['Toewijzing.volume'], 'Toewijzing.volume holds no codes'],
    [
      'a map for a field',
      write('list-map.json', { ...mapData, mappings: [zorg] }),
      fields,
      'a concept map is of no field',
    ],
    ['a file that is not there', 'absent.json', fields, 'absent.json cannot be read'],
  ])('are refused with %s', (_, file, wanted, detail) => {
    const refusal = refusalOf(() =>
      open(
        {
          name: 't',
          codes: [{ file, fields: wanted }],
        },
        definition,
      ),
    )
    expect(refusal.code).toBe('config.invalid')
    expect(`${refusal.message} ${refusal.notes.join()}`).toContain(detail)
  })
})

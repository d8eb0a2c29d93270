import { describe, expect, test } from '@jest/globals'
import { cutPage, readFilter, readToken, writeToken } from '../../../node/catalogue/dsp-page.js'
import { refusalOf } from '../../support/refusals.js'

const edc = 'https://w3id.org/edc/v0.0.1/ns/'

describe('the filter of a catalogue request', () => {
  test.each<[string, unknown, object]>([
    ['none', undefined, { offset: 0, limit: 100 }],
    ['an empty list', [], { offset: 0, limit: 100 }],
    ['an empty QuerySpec', {}, { offset: 0, limit: 100 }],
    ['a QuerySpec', { '@type': 'QuerySpec', offset: 5, limit: 50 }, { offset: 5, limit: 50 }],
    ['a QuerySpec in a list', [{ offset: 5, limit: 50 }], { offset: 5, limit: 50 }],
    [
      'a QuerySpec with prefixes',
      { '@type': 'edc:QuerySpec', 'edc:offset': 5, 'edc:limit': 2 },
      { offset: 5, limit: 2 },
    ],
    [
      'a QuerySpec with whole names and values',
      { '@type': [`${edc}QuerySpec`][0], [`${edc}offset`]: { '@value': 5 }, [`${edc}limit`]: { '@value': 2147483647 } },
      { offset: 5, limit: 2_147_483_647 },
    ],
    [
      'a QuerySpec that says nothing else',
      { offset: 0, limit: 10, sortOrder: 'ASC', sortField: null, filterExpression: [] },
      { offset: 0, limit: 10 },
    ],
  ])('may be %s', (_what, filter, page) => {
    expect(readFilter(filter)).toEqual(page)
  })

  test.each([
    ['two of them', [{}, {}]],
    ['a text', 'WHERE 1=1'],
    ['a selection', { filterExpression: [{ operandLeft: 'id', operator: '=', operandRight: 'x' }] }],
    ['an order', { sortField: 'id' }],
    ['something else', { offset: 0, keyword: 'wmo' }],
    ['an offset below zero', { offset: -1 }],
    ['half an offset', { offset: 0.5 }],
    ['a limit of nothing', { limit: 0 }],
    ['a text for a number', { limit: '10' }],
  ])('is refused when it is %s', (_what, filter) => {
    expect(refusalOf(() => readFilter(filter)).code).toBe('catalogue.filter_unsupported')
  })
})

describe('pages', () => {
  const all = Array.from({ length: 7 }, (_, index) => index)

  test.each([1, 2, 3, 7, 100])('of %i lead from each to the next, and back, over everything once', (limit) => {
    const seen: number[] = []
    let page: { readonly offset: number; readonly limit: number } | undefined = { offset: 0, limit }
    let last = page
    while (page !== undefined) {
      const cut: ReturnType<typeof cutPage<number>> = cutPage(all, page)
      seen.push(...cut.items)
      last = page
      page = cut.next
    }
    expect(seen).toEqual(all)
    let back: { readonly offset: number; readonly limit: number } | undefined = last
    let first = last
    while (back !== undefined) {
      first = back
      back = cutPage(all, back).previous
    }
    expect(first.offset).toBe(0)
  })

  test('beyond the end are empty, and lead back', () => {
    expect(cutPage(all, { offset: 1000, limit: 2 })).toEqual({ items: [], previous: { offset: 5, limit: 2 } })
    expect(cutPage([], { offset: 0, limit: 2 })).toEqual({ items: [] })
  })

  test('are of one version: a token of another is gone, and so is none', () => {
    const page = { offset: 2, limit: 3 }
    expect(readToken(writeToken('a', page), 'a')).toEqual(page)
    for (const token of [
      writeToken('b', page),
      '',
      'x',
      Buffer.from('[1,0,"a"]').toString('base64url'),
      Buffer.from('[-1,1,"a"]').toString('base64url'),
    ])
      expect(refusalOf(() => readToken(token, 'a')).code).toBe('catalogue.page_gone')
  })
})

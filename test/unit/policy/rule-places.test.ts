import { describe, expect, test } from '@jest/globals'
import type { Claims, Condition, NestedSelection } from '../../../node/policy/question.js'
import { and, asking, bezoek, compare, or, placesRule, reasons, root, selected, window } from './places.js'

describe('places', () => {
  test('everything that the rule names may be read', () => {
    expect(reasons(placesRule(), asking())).toEqual([])
  })

  test('less may be read', () => {
    expect(reasons(placesRule(), asking({ paths: ['dingID'], nested: [] }))).toEqual([])
  })

  test.each(['zaak.geheim', 'zaak.bezoek.mens.bsn', 'mens', 'soort', 'zaak.bezoek.zaak'])(
    'a field at %s may not, although it stands elsewhere',
    (path) => {
      expect(reasons(placesRule(), asking({ paths: [...selected, path] }))).toEqual([
        `wat: not allowed to read ${path}`,
      ])
    },
  )

  test('what is forbidden stays closed, with all below it', () => {
    const rule = placesRule({ forbidden: ['zaak.bezoek.mens'] })
    const paths = [...selected, 'zaak.bezoek.mens', 'zaak.bezoek.mens.naam']
    expect(reasons(rule, asking({ paths }))).toEqual([
      'wat: not allowed to read zaak.bezoek.mens, zaak.bezoek.mens.naam',
    ])
    expect(reasons(placesRule(), asking({ paths }))).toEqual([])
  })

  test('types and places must both allow it', () => {
    const rule = placesRule({ fields: { Ding: ['dingID', 'begin', 'eind', 'zaak'], Zaak: ['bezoek'] } })
    expect(reasons(rule, asking({ fields: ['Bezoek.soort', 'Ding.dingID', 'Ding.zaak', 'Zaak.bezoek'] }))).toEqual([
      'wat: not allowed to read Bezoek.soort',
    ])
  })
})

describe('a list with a window', () => {
  test.each<[string, readonly NestedSelection[]]>([
    ['without a where', []],
    ['with an order only', [bezoek(undefined)]],
    ['with a where on another list', [bezoek(window, 'zaak')]],
    ['with one end of the window', [bezoek(window.kind === 'and' ? window.of[0] : undefined)]],
    [
      'a day wider',
      [
        bezoek(
          and(
            window.kind === 'and' ? (window.of[0] ?? window) : window,
            compare('start', 'ngt', '2025-06-01', 'Bezoek'),
          ),
        ),
      ],
    ],
    ['or without it under an alias', [bezoek(window), bezoek(undefined)]],
    [
      'or with another where under an alias',
      [bezoek(window), bezoek(or(window, compare('soort', 'eq', 'x', 'Bezoek')))],
    ],
  ])('%s is refused', (_, nested) => {
    expect(reasons(placesRule(), asking({ nested }))).toContain(
      'wat: zaak.bezoek needs a where that is as narrow as the rule, or narrower',
    )
  })

  test.each<[string, Condition]>([
    ['narrower', and(window, compare('soort', 'eq', 'x', 'Bezoek'))],
    ['on one day', and(compare('start', 'eq', '2024-04-01', 'Bezoek'), compare('stop', 'eq', null, 'Bezoek'))],
  ])('%s may be read', (_, where) => {
    expect(reasons(placesRule(), asking({ nested: [bezoek(where)] }))).toEqual([])
  })

  test('that no window follows must begin before the own period ends', () => {
    const rule = placesRule({ nested: { 'zaak.bezoek': { overlaps: { start: 'start', end: 'stop' }, equals: {} } } })
    const until = (day: string) => [
      bezoek(and(compare('stop', 'gte', '2024-03-01', 'Bezoek'), compare('start', 'ngt', day, 'Bezoek'))),
    ]
    expect(reasons(rule, asking({ nested: until('2024-09-30') }))).toEqual([])
    expect(reasons(rule, asking({ nested: until('2024-10-01') }))).toEqual([
      'wat: zaak.bezoek needs a where that is as narrow as the rule, or narrower',
    ])
  })

  test('cannot be read when its time is over, and all else can', () => {
    expect(reasons(placesRule(), asking({}, '2025-05-31T21:59:59Z'))).toEqual([])
    expect(reasons(placesRule(), asking({}, '2025-05-31T22:00:00Z'))).toEqual([
      'wanneer: zaak.bezoek can no longer be read, because your own period ended too long ago',
    ])
    expect(reasons(placesRule(), asking({ nested: [], paths: ['dingID', 'zaak'] }, '2030-01-01T00:00:00Z'))).toEqual([])
  })

  test('begins at the day of establishing, when the request says it and it is earlier', () => {
    const rule = placesRule({
      filterRequired: ['dingID', 'begin', 'eind'],
      own: { start: 'begin', end: 'eind', established: 'vast', open: false },
      compare: { vast: ['eq'] },
    })
    const wider = and(
      or(compare('stop', 'eq', null, 'Bezoek'), compare('stop', 'gte', '2024-02-10', 'Bezoek')),
      compare('start', 'ngt', '2025-05-31', 'Bezoek'),
    )
    const nested = [bezoek(wider)]
    expect(reasons(rule, asking({ nested }))).toHaveLength(1)
    const where = and(...root, compare('vast', 'eq', '2024-02-10T10:00:00+01:00'))
    expect(reasons(rule, asking({ nested, where }))).toEqual([])
  })

  test.each<[string, Condition]>([
    ['a field that may not be read', compare('geheim', 'eq', 'x', 'Bezoek')],
    ['a part of a text', compare('soort', 'startsWith', 'x', 'Bezoek')],
    ['all but one', compare('soort', 'neq', 'x', 'Bezoek')],
    [
      'what lies behind it',
      {
        kind: 'relation',
        path: 'mens',
        field: 'Bezoek.mens',
        quantifier: 'is',
        where: compare('naam', 'eq', 'x', 'Mens'),
      },
    ],
    ['whether there is any', { kind: 'relation', path: 'mens', field: 'Bezoek.mens', quantifier: 'any', where: true }],
  ])('cannot be probed for %s', (_, probe) => {
    expect(reasons(placesRule(), asking({ nested: [bezoek(and(window, probe))] }))).toEqual([
      expect.stringMatching(/^wat: not allowed to filter on zaak\.bezoek\./),
    ])
  })

  test('is ordered by what may be read, and by nothing else', () => {
    const by = (path: string): NestedSelection => ({
      ...bezoek(window),
      order: [{ path, field: `Bezoek.${path}`, direction: 'ASC' }],
    })
    expect(reasons(placesRule(), asking({ nested: [by('soort')] }))).toEqual([])
    expect(reasons(placesRule(), asking({ nested: [by('geheim')] }))).toEqual([
      'wat: not allowed to order by zaak.bezoek.geheim',
    ])
  })
})

describe('a list that is in force on a day', () => {
  const rule = placesRule({
    own: undefined,
    filterRequired: ['dingID', 'begin'],
    nested: { 'zaak.bezoek': { inForceOn: { start: 'start', end: 'stop', day: 'begin' }, equals: {} } },
  })
  const on = (day: string): Condition =>
    and(
      compare('start', 'ngt', day, 'Bezoek'),
      or(compare('stop', 'gt', day, 'Bezoek'), compare('stop', 'eq', null, 'Bezoek')),
    )

  test('may be read as it was on that day, and on no other', () => {
    expect(reasons(rule, asking({ nested: [bezoek(on('2024-03-01'))] }))).toEqual([])
    expect(reasons(rule, asking({ nested: [bezoek(on('2024-03-02'))] }))).toHaveLength(1)
    expect(reasons(rule, asking({ nested: [bezoek(on('2024-02-29'))] }))).toHaveLength(1)
  })
})

describe('a list of own records', () => {
  const rule = placesRule({
    own: undefined,
    nested: { 'zaak.bezoek': { equals: { kantoor: 'requester.uzovi' } } },
    compare: { 'zaak.bezoek.kantoor': ['eq'] },
  })

  test('may be read with the own number, and with no other', () => {
    expect(reasons(rule, asking({ nested: [bezoek(compare('kantoor', 'eq', '5999', 'Bezoek'))] }))).toEqual([])
    expect(reasons(rule, asking({ nested: [bezoek(compare('kantoor', 'eq', '5998', 'Bezoek'))] }))).toHaveLength(1)
  })

  test('may not be read by who proved no number', () => {
    const claims: Claims = { organization_role: 'zorgkantoor' }
    const nested = [bezoek(compare('kantoor', 'eq', 'undefined', 'Bezoek'))]
    expect(reasons(rule, { ...asking({ nested }), claims })).toHaveLength(1)
  })
})

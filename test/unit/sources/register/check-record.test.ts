import { describe, expect, test } from '@jest/globals'
import { isObjectType } from 'graphql'
import { parseSourceSchema } from '../../../../node/sources/graphql/source-schema.js'
import { createRecordParser } from '../../../../node/sources/register/check-record.js'
import type { RegisterRecord } from '../../../../node/sources/register/check-record.js'
import { refusalOf } from '../../../support/refusals.js'

const schema = parseSourceSchema(`
  scalar UUID
  scalar Date
  scalar DateTime
  type Query { dossier: [Dossier!]! }
  type Dossier {
    id: UUID!
    naam: String
    jaar: Int
    open: Boolean
    dag: Date
    moment: DateTime
    deel: Deel
    delen: [Deel!]
    losse: [Deel]
    namen: [String!]!
  }
  type Deel { naam: String! dieper: Deel }
`)

const good = { id: '53089759-97a5-4a50-b1c9-bae97b8e73f0', namen: [] }

function parseDossier(value: unknown): RegisterRecord {
  const type = schema.getType('Dossier')
  if (!isObjectType(type)) throw new Error('not an object type')
  return createRecordParser(type)(value, 'dossier[0]')
}

function notesOf(value: unknown): readonly string[] {
  const refusal = refusalOf(() => parseDossier(value))
  expect(refusal.code).toBe('source.bad_record')
  return refusal.notes
}

describe('a record', () => {
  test('may have no more than what is required', () => {
    expect(parseDossier(good)).toBe(good)
  })

  test('may have everything', () => {
    const record = {
      ...good,
      naam: 'Voorbeeld',
      jaar: 2026,
      open: false,
      dag: '2026-02-28',
      moment: '2026-02-28T12:00:00+01:00',
      deel: { naam: 'a', dieper: { naam: 'b', dieper: null } },
      delen: [{ naam: 'c' }],
      losse: [null, { naam: 'd' }],
      namen: ['e'],
    }
    expect(parseDossier(record)).toBe(record)
  })

  test('may have null for what is not required', () => {
    const record = { ...good, naam: null, jaar: null, deel: null, delen: null, losse: null }
    expect(parseDossier(record)).toBe(record)
  })

  test.each([
    [null, 'dossier[0]: expected an object of type Dossier'],
    [[], 'dossier[0]: expected an object of type Dossier'],
    ['a', 'dossier[0]: expected an object of type Dossier'],
    [{ ...good, id: undefined }, 'dossier[0].id: expected UUID!'],
    [{ ...good, id: null }, 'dossier[0].id: expected UUID!'],
    [{ ...good, id: 'geheim' }, 'dossier[0].id: expected a UUID'],
    [{ ...good, naam: 1 }, 'dossier[0].naam: expected text'],
    [{ ...good, naam: 'a\u0000' }, 'dossier[0].naam: expected text'],
    [{ ...good, jaar: '2026' }, 'dossier[0].jaar: expected a whole number of 32 bits'],
    [{ ...good, open: 'ja' }, 'dossier[0].open: expected true or false'],
    [{ ...good, dag: '2026-02-29' }, 'dossier[0].dag: expected a date as YYYY-MM-DD'],
    [{ ...good, moment: '2026-02-28' }, 'dossier[0].moment: expected a date and time with a time zone'],
    [{ ...good, deel: 'geheim' }, 'dossier[0].deel: expected an object of type Deel'],
    [{ ...good, deel: {} }, 'dossier[0].deel.naam: expected String!'],
    [{ ...good, deel: { naam: 'a', dieper: { naam: 1 } } }, 'dossier[0].deel.dieper.naam: expected text'],
    [{ ...good, delen: { naam: 'a' } }, 'dossier[0].delen: expected a list'],
    [{ ...good, delen: [{ naam: 'a' }, null] }, 'dossier[0].delen[1]: expected Deel!'],
    [{ ...good, losse: [null, { naam: null }] }, 'dossier[0].losse[1].naam: expected String!'],
    [{ ...good, namen: null }, 'dossier[0].namen: expected [String!]!'],
    [{ ...good, namen: ['a', 2] }, 'dossier[0].namen[1]: expected text'],
    [{ ...good, extra: 'geheim' }, 'dossier[0]: Dossier has no member "extra"'],
    [{ ...good, __typename: 'Dossier' }, 'dossier[0]: Dossier has no member "__typename"'],
    [{ ...good, deel: { naam: 'a', toString: 'b' } }, 'dossier[0].deel: Deel has no member "toString"'],
  ])('is refused with the path of what is wrong: %j', (record, note) => {
    expect(notesOf(record)).toEqual([note])
  })

  test('is refused with all that is wrong, up to ten', () => {
    expect(notesOf({ ...good, naam: 1, jaar: 'a' })).toHaveLength(2)
    expect(notesOf({ ...good, namen: Array.from({ length: 30 }, () => 1) })).toHaveLength(10)
  })

  test('is refused without a long number that stands as a name', () => {
    expect(notesOf({ ...good, '999990019': 1 }).join()).not.toContain('999990019')
  })
})

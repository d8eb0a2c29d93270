import { describe, expect, test } from '@jest/globals'
import { createCursors } from '../../../../node/sources/fhir/cursor.js'
import { containsPersonNumber } from '../../../../node/kernel/identifiers.js'
import { createFixedClock } from '../../../../node/kernel/clock.js'
import { bsnOf, firstBsn } from '../../../support/fhir-example.js'
import { refusalOf } from '../../../support/refusals.js'

const clock = createFixedClock(Date.parse('2026-11-24T09:00:00Z'))
const key = Buffer.alloc(32, 1)
const cursors = createCursors({ clock, key, context: 'huisarts dossier' })
const place = {
  type: 'Condition',
  parameters: [['patient.identifier', bsnOf(firstBsn)] as [string, string]],
  template: 'problemen',
  patient: 'Patient/p-1',
  suffix: '?page=2',
  reader: 'did:web:a',
  page: 2,
}

describe('a cursor', () => {
  test('leads its reader to where the search goes on', () => {
    expect(cursors.read(cursors.write(place), 'did:web:a')).toMatchObject(place)
  })

  test('says nothing, and never holds digits that look like a number of a person', () => {
    for (let turn = 0; turn < 50; turn += 1) {
      const text = cursors.write(place)
      expect(text).toMatch(/^[A-Za-z0-9_-]+$/)
      expect(containsPersonNumber(text)).toBe(false)
    }
    expect(cursors.write(place)).not.toBe(cursors.write(place))
  })

  test.each<readonly [string, (text: string) => unknown]>([
    ['by another reader', (text) => cursors.read(text, 'did:web:b')],
    ['at another source', (text) => createCursors({ clock, key, context: 'ander' }).read(text, 'did:web:a')],
    [
      'at another node',
      (text) => createCursors({ clock, key: Buffer.alloc(32, 2), context: 'huisarts dossier' }).read(text, 'did:web:a'),
    ],
    ['when it was changed', (text) => cursors.read(`${text.slice(0, -2)}AA`, 'did:web:a')],
    ['when it is none', () => cursors.read('x', 'did:web:a')],
    ['when it is empty', () => cursors.read('', 'did:web:a')],
    ['when it is very long', () => cursors.read('x'.repeat(10_000), 'did:web:a')],
  ])('is refused %s', (_what, use) => {
    expect(refusalOf(() => use(cursors.write(place)))).toMatchObject({
      code: 'source.bad_request',
      notes: ['_page: begin the search again'],
    })
  })

  test('ends after a quarter of an hour', () => {
    const text = cursors.write(place)
    clock.move(899)
    expect(cursors.read(text, 'did:web:a').page).toBe(2)
    clock.move(1)
    expect(refusalOf(() => cursors.read(text, 'did:web:a')).code).toBe('source.bad_request')
  })

  test('is not made for a search without end', () => {
    expect(refusalOf(() => cursors.write({ ...place, page: 201 })).code).toBe('source.failed')
    expect(refusalOf(() => cursors.write({ ...place, suffix: 'x'.repeat(8000) })).code).toBe('source.failed')
  })
})

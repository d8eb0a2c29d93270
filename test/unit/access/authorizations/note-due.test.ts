import { expect, test } from '@jest/globals'
import { createNoteDue } from '../../../../node/access/authorizations/note-due.js'
import type { ChangeView } from '../../../../node/sources/register/change-view.js'
import type { RegisterChange } from '../../../../node/sources/register/change-log.js'
import { findPack } from '../../../support/pack-questions.js'

const { authorizations } = findPack('indicatieregister')
const nothing: ChangeView = {
  before: () => undefined,
  find: () => Promise.resolve(undefined),
  valuesAt: () => Promise.resolve([]),
  personOf: () => Promise.resolve(undefined),
}
const made = { sequence: 1, at: '2026-11-24T09:00:00.000Z', by: 'test', kind: 'created', key: '1' } as const

test('a change is noted for every rule about its type, and a change of another type for none', () => {
  const noteDue = createNoteDue(() => authorizations)
  const noted = (change: Pick<RegisterChange, 'type' | 'record'>) =>
    noteDue({ party: 'ciz', source: 'indicaties' } as Parameters<typeof noteDue>[0], [{ ...made, ...change }], nothing)
  const record = { initieelVerantwoordelijkZorgkantoor: '5999' }
  expect(noted({ type: 'WlzIndicatie', record })).toHaveLength(1)
  expect(noted({ type: 'Client', record })).toEqual([])
})

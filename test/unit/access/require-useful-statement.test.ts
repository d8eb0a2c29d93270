import { beforeAll, describe, expect, test } from '@jest/globals'
import {
  createRequireUsefulStatement,
  type RequireUsefulStatement,
} from '../../../node/access/require-useful-statement.js'
import { openServedSources } from '../../../node/access/served-sources.js'
import { packageFile } from '../../../node/kernel/package-root.js'
import { consentStatementSchema } from '../../../schemas/consent.js'
import { createNodeParts } from '../../support/node-parts.js'
import { refusalOf } from '../../support/refusals.js'
import { plainFace } from '../../support/source-face.js'

const statement = (changes: object = {}) =>
  consentStatementSchema.parse({ effect: 'permit', recipient: 'role:huisarts', from: '2026-01-01', ...changes })

let check: RequireUsefulStatement

beforeAll(async () => {
  const source = {
    name: 'register',
    kind: 'register',
    schema: 'indicatieregister-2',
    pack: 'indicatieregister',
  } as const
  const served = await openServedSources({
    ...createNodeParts(),
    policiesDirectory: packageFile('policies'),
    configured: [
      { subject: 'ciz', sources: [{ ...plainFace, ...source }] },
      { subject: 'zonder', sources: [] },
    ],
  })
  check = createRequireUsefulStatement(served)
})

describe('a statement', () => {
  test.each([
    ['of everything', {}],
    ['about one source', { source: 'register' }],
    ['about what a rule asks consent for', { source: 'register', operation: 'wlzIndicatie' }],
  ])('%s is taken where a rule asks for consent', (_what, changes) => {
    expect(() => check('ciz', statement(changes))).not.toThrow()
  })

  test.each([
    ['a source that is not there', { source: 'ander' }],
    ['what no rule asks consent for', { source: 'register', operation: 'onbekend' }],
    ['another purpose', { purpose: 'NIEUWSGIERIGHEID' }],
  ])('about %s is refused, with what is asked', (_what, changes) => {
    const { code, notes } = refusalOf(() => check('ciz', statement(changes)))
    expect([code, notes]).toEqual([
      'request.bad_parameters',
      [
        'statement: no rule here asks for such a consent',
        expect.stringMatching(/^source, operation and purpose of those that are asked: register wlzIndicatie [A-Z_]+/),
      ],
    ])
  })

  test('of a party that has no such rule is refused, and so is one about a source that is gone meanwhile', () => {
    const gone = createRequireUsefulStatement({ namesOf: () => ['register'], find: () => undefined })
    for (const refuse of [() => check('zonder', statement()), () => gone('ciz', statement())])
      expect(refusalOf(refuse).notes.at(-1)).toBe('no rule of this party rests on consent')
  })
})

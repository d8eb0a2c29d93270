import { describe, expect, test } from '@jest/globals'
import { compileRequirements } from '../../../../node/credentials/exchange/requirement.js'
import { presentationDefinitionSchema } from '../../../../schemas/presentation-exchange.js'
import type { Json } from '../../../support/credentials.js'
import { refusalOf } from '../../../support/refusals.js'

/** Descriptors a and b in the group x, c and d in y. */
const groups = { a: ['x'], b: ['x'], c: ['y'], d: ['y'] }

function compile(requirements: readonly Json[] | undefined, members: Readonly<Record<string, string[]>> = groups) {
  return compileRequirements(
    presentationDefinitionSchema.parse({
      id: 'definition',
      input_descriptors: Object.entries(members).map(([id, group]) => ({ id, group, constraints: {} })),
      submission_requirements: requirements,
    }),
  )
}

const take = (requirements: readonly Json[] | undefined, fitting: string): unknown => {
  const { taken, missing } = compile(requirements)(new Set(fitting))
  return missing.length > 0 ? 'missing' : taken.join('')
}

const x = { rule: 'all', from: 'x' }
const y = { rule: 'all', from: 'y' }
const oneOf = (from: string): Json => ({ rule: 'pick', count: 1, from })

describe('what must be answered', () => {
  test.each<[string, readonly Json[] | undefined, string, string]>([
    ['everything, when nothing else is said', undefined, 'abcd', 'abcd'],
    ['everything, when nothing else is said', undefined, 'abc', 'missing'],
    ['all of each group', [x, y], 'abcd', 'abcd'],
    ['all of each group', [x, y], 'acd', 'missing'],
    ['the first of a group', [oneOf('x'), y], 'abcd', 'acd'],
    ['the first that can be answered', [oneOf('x'), y], 'bcd', 'bcd'],
    ['one at least', [oneOf('x'), y], 'cd', 'missing'],
    ['both', [{ rule: 'pick', count: 2, from: 'x' }, oneOf('y')], 'abd', 'abd'],
    ['as many as there are from a minimum', [{ rule: 'pick', min: 1, from: 'x' }, oneOf('y')], 'abcd', 'abc'],
    ['a minimum', [{ rule: 'pick', min: 2, from: 'x' }, oneOf('y')], 'acd', 'missing'],
    ['not more than a maximum', [{ rule: 'pick', max: 1, from: 'x' }, oneOf('y')], 'abcd', 'ac'],
    ['nothing of a group with only a maximum', [{ rule: 'pick', max: 1, from: 'x' }, oneOf('y')], 'cd', 'c'],
    ['between two numbers', [{ rule: 'pick', min: 1, max: 2, from: 'x' }, oneOf('y')], 'bd', 'bd'],
    ['one group or the other', [{ rule: 'pick', count: 1, from_nested: [x, y] }], 'acd', 'cd'],
    ['the first group of two', [{ rule: 'pick', count: 1, from_nested: [x, y] }], 'abcd', 'ab'],
    ['one group or the other', [{ rule: 'pick', count: 1, from_nested: [x, y] }], 'ac', 'missing'],
    ['one of each, nested', [{ rule: 'all', from_nested: [oneOf('x'), oneOf('y')] }], 'bd', 'bd'],
    ['one of each, nested', [{ rule: 'all', from_nested: [oneOf('x'), oneOf('y')] }], 'ab', 'missing'],
    ['a descriptor once, also when two ask for it', [oneOf('x'), x, y], 'abcd', 'abcd'],
  ])('is %s', (_, requirements, fitting, expected) => {
    expect(take(requirements, fitting)).toBe(expected)
  })

  test('a descriptor can stand in two groups', () => {
    const requirement = compile([oneOf('x'), oneOf('y')], { a: ['x', 'y'], b: ['y'] })
    expect(requirement(new Set(['a'])).taken).toEqual(['a'])
  })

  test('is told by name and number when it is missing', () => {
    const requirement = compile([{ ...oneOf('x'), name: 'membership' }, y])
    expect(requirement(new Set(['c'])).missing).toEqual([
      'membership: 0 of the 1 needed from a, b',
      'y: 1 of the 2 needed from c, d',
    ])
  })
})

describe('a submission requirement', () => {
  const deep = (levels: number): Json =>
    levels === 1 ? { rule: 'all', from_nested: [x, y] } : { rule: 'all', from_nested: [deep(levels - 1)] }

  test.each<[string, readonly Json[]]>([
    ['for a group without descriptors', [x, y, { rule: 'all', from: 'z' }]],
    ['that leaves a descriptor out of reach', [x]],
    ['with neither from nor from_nested', [x, y, { rule: 'all' }]],
    ['with both', [x, y, { rule: 'all', from: 'x', from_nested: [y] }]],
    ['for all, with a number', [x, { ...y, count: 2 }]],
    ['for a pick without a number', [x, { rule: 'pick', from: 'y' }]],
    ['for more than there is', [x, { rule: 'pick', count: 3, from: 'y' }]],
    ['for at least more than there is', [x, { rule: 'pick', min: 3, from: 'y' }]],
    ['for a minimum above the maximum', [x, { rule: 'pick', min: 2, max: 1, from: 'y' }]],
    ['with a count and a minimum', [x, { rule: 'pick', count: 1, min: 1, from: 'y' }]],
    ['that nothing at all fulfils', [{ rule: 'pick', max: 4, from_nested: [x, y] }]],
    ['that is nested too deep', [deep(8)]],
    ['that is too much', [x, y, ...Array.from({ length: 30 }, () => ({ rule: 'all', from_nested: [x, y] }))]],
  ])('%s is refused', (_, requirements) => {
    const refusal = refusalOf(() => compile(requirements))
    expect([refusal.code, refusal.notes.length]).toEqual(['presentation.definition_unsupported', 1])
  })

  test('may be nested seven times', () => {
    expect(compile([deep(7)])(new Set('abcd')).missing).toEqual([])
  })
})

import { describe, expect, test } from '@jest/globals'
import { mutationsOf, type Mutation } from '../../../node/policy/mutations.js'
import { compileRule } from '../../../node/policy/rule.js'
import { question, type Changes } from './example.js'
import { and, asking, compare, or, placesRule, root } from './places.js'

const rule = compileRule(placesRule())
const mutate = (changes: Changes): readonly Mutation[] => mutationsOf(question(changes), rule)
const find = (changes: Changes, change: string) => mutate(changes).find((each) => each.change === change)?.question

describe('a question that is changed a little', () => {
  test('keeps the alternatives that stand beside the filter that is taken away', () => {
    const beside = or(compare('dingID', 'eq', '1'), compare('dingID', 'eq', '2'))
    const changed = find(asking({ where: and(...root, beside) }), 'without the filter dingID')
    expect(changed?.resource.where).toEqual(and(...root.slice(1), beside))
  })

  test('loses a filter that it names without a where', () => {
    const { resource } = question(asking())
    const changed = find({ resource: { ...resource, where: undefined } }, 'without the filter dingID')
    expect(changed?.resource.where).toBeUndefined()
    expect(changed?.resource.filters.map(({ path }) => path)).toEqual(['begin', 'eind'])
  })

  test('has a wider list for each list that is narrow, and none for one that is not', () => {
    const wider = (changes: Changes) => mutate(changes).filter(({ change }) => change.includes('the where of'))
    expect(wider(asking())).toHaveLength(2)
    expect(wider(asking({ nested: [] }))).toEqual([])
  })
})

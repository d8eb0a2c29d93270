import { describe, expect, test } from '@jest/globals'
import { fromWireDecision, toEvaluation, toQuestion, toWireDecision } from '../../../node/policy/evaluation.js'
import type { Reading } from '../../../node/policy/question.js'
import { decision, question } from './example.js'
import { asking } from './places.js'

const asked = question(asking())
const evaluation = toEvaluation(asked)
const now = Date.parse('2030-01-01T00:00:00Z')
const { party: _party, source: _source, ...reading } = asked.resource

const read = (
  changes: Partial<typeof evaluation>,
  readingOf: (request: unknown) => Reading | undefined = () => undefined,
) => toQuestion({ ...evaluation, ...changes }, { now, readingOf })

describe('an evaluation', () => {
  test('stands for the question that it was made of', () => {
    expect(read({})).toEqual(asked)
  })

  test('is about now where it names no time', () => {
    expect(read({ context: { scopes: ['ding:read'] } })?.context).toEqual({ scopes: ['ding:read'], time: now })
  })

  test('may hold a request in the language of the source instead of what is read', () => {
    const properties = { query: '{ ding { naam } }' }
    const resource = { ...evaluation.resource, properties }
    expect(read({ resource }, (request) => (request === properties ? reading : undefined))).toEqual(asked)
    expect(read({ resource })).toBeUndefined()
  })

  test.each<[string, Partial<typeof evaluation>]>([
    ['which source', { resource: { ...evaluation.resource, id: 'ciz' } }],
    ['one source', { resource: { ...evaluation.resource, id: 'ciz/register/x' } }],
    ['a source', { resource: { ...evaluation.resource, type: 'record' } }],
    ['that it reads', { action: { name: 'MUTATION' } }],
    ['who asks', { subject: { ...evaluation.subject, properties: {} } }],
    ['under which scopes', { context: {} }],
    ['what is read', { resource: { ...evaluation.resource, properties: { reading: { operation: 'ding' } } } }],
    ['in which zone its time is', { context: { scopes: [], time: '2026-11-24T09:00:00' } }],
    ['a time that exists', { context: { scopes: [], time: '2026-11-24T99:00:00Z' } }],
  ])('that does not say %s stands for none', (_what, changes) => {
    expect(read(changes)).toBeUndefined()
  })
})

describe('a decision on the wire', () => {
  test('says that asking again may help where a fact cannot be had, and is read so', () => {
    const refused = { ...decision('VB-0001.v1', ['feit']), retry: true }
    const wire = toWireDecision(refused)
    expect(wire).toEqual({
      decision: false,
      context: { policy_id: 'VB-0001.v1', reasons: ['feit'], retry: true },
    })
    expect(fromWireDecision(wire)).toEqual(refused)
  })

  test('that permits says nothing of asking again, whatever the other point says', () => {
    expect(toWireDecision(decision('VB-0001.v1')).context).not.toHaveProperty('retry')
    const found = fromWireDecision({ decision: true, context: { policy_id: 'VB-0001.v1', retry: true } })
    expect(found).toMatchObject({ permitted: true, rule: 'VB-0001.v1' })
    expect(found).not.toHaveProperty('retry')
  })
})

import { describe, expect, test } from '@jest/globals'
import { createDecisionPoint } from '../../../node/access/decision-point.js'
import { fromIwlz } from '../../../node/access/iwlz-evaluations.js'
import type { ServedSource, ServedSources } from '../../../node/access/served-sources.js'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { createEntityPolicy } from '../../../node/policy/entities.js'
import type { IwlzEvaluation } from '../../../schemas/wire/authzen.js'
import { decision } from '../policy/example.js'

const served = { scopes: ['bemiddeling:read', 'ander:read'] } as unknown as ServedSource // Nothing else of it is looked at.
const servedSources: Pick<ServedSources, 'find'> = {
  find: (party, source) => (party === 'noord' && source === 'bemiddelingen' ? served : undefined),
}

function evaluate(
  resource: Partial<IwlzEvaluation['resource']> = {},
  action = 'read',
  context: IwlzEvaluation['context'] = {},
) {
  return fromIwlz(
    {
      subject: { type: 'UZOVI', id: '5999', properties: { organization_type: 'ZORGKANTOOR' } },
      action: { name: action },
      resource: {
        type: 'BEMIDDELING',
        id: 'https://node.example.nl/sources/noord/bemiddelingen/graphql',
        properties: { query_filter: { regiehouderID: { eq: '1' }, soort: { eq: 7 } } },
        ...resource,
      },
      context,
    },
    servedSources,
  )
}

const readingOf = (resource: Partial<IwlzEvaluation['resource']>) =>
  evaluate(resource)?.resource.properties?.['reading'] as { readonly operation?: unknown } | undefined

describe('an evaluation of the draft of iWlz', () => {
  test('is about who asks, by a membership, and the source that its URL names', () => {
    expect(evaluate()).toEqual({
      subject: {
        type: 'organization',
        id: 'UZOVI:5999',
        properties: {
          organization: { organization_role: 'zorgkantoor', organization_id_type: 'uzovi', organization_id: '5999' },
        },
      },
      action: { name: 'QUERY' },
      resource: {
        type: 'source',
        id: 'noord/bemiddelingen',
        properties: {
          reading: {
            operation: 'regiehouder',
            // Only what is compared with a text is a filter.
            filters: [{ path: 'regiehouderID', operator: 'eq', value: '1' }],
            nested: [],
            order: [],
            fields: [],
            paths: [],
          },
        },
      },
      context: { scopes: ['bemiddeling:read'] },
    })
  })

  test.each([
    ['BEMIDDELING', { bemiddelingID: { eq: '1' } }, 'bemiddeling'],
    ['BEMIDDELING', { overdrachtID: { eq: '1' } }, 'overdracht'],
    ['WLZ_INDICATIE', { regiehouderID: { eq: '1' } }, 'wlzIndicatie'],
    ['onbekend', {}, 'onbekend'],
  ])('of %s with the filter %j asks %s', (type, query_filter, operation) => {
    expect(readingOf({ type, properties: { query_filter } })?.operation).toBe(operation)
  })

  test('carries the query where that is given, its time, and an action of another name as it is', () => {
    const properties = { query: '{ client { bsn } }', variables: { a: 1 }, query_filter: {} }
    const time = '2026-11-24T09:00:00Z'
    const found = evaluate({ properties }, 'update', { time })
    expect(found?.resource.properties).toEqual({ query: properties.query, variables: properties.variables })
    expect([found?.action.name, found?.context]).toEqual(['UPDATE', { scopes: ['bemiddeling:read'], time }])
  })

  test.each(['https://node.example.nl/sources/noord/ander/graphql', 'https://node.example.nl/', ''])(
    'about %j is about no source of this node',
    (id) => {
      expect(evaluate({ id })).toBeUndefined()
    },
  )
})

describe('the decision point', () => {
  const point = createDecisionPoint({
    clock: createFixedClock(0),
    decide: async (questions) => questions.map(() => decision('VB-0001.v1')),
    servedSources,
    entities: createEntityPolicy([]),
  })

  test('permits what the rules permit, and denies with a reason what does not say enough', async () => {
    const asked = evaluate()
    if (asked === undefined) throw new Error('no source')
    expect(await point.evaluate(asked)).toMatchObject({ decision: true, context: { policy_id: 'VB-0001.v1' } })
    expect(await point.evaluate({ ...asked, context: {} })).toEqual({
      decision: false,
      context: { reasons: ['the evaluation does not say who asks, under which scopes, and what is read'] },
    })
  })

  test('denies an item that is no question, beside one that is', async () => {
    expect(await point.evaluateAll([{ subject: 'iemand' }, evaluate()])).toMatchObject([
      { decision: false, context: { reasons: ['a member of the evaluation is missing or malformed'] } },
      { decision: true },
    ])
  })
})

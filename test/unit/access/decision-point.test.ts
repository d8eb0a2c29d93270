import { describe, expect, test } from '@jest/globals'
import { createDecisionPoint } from '../../../node/access/decision-point.js'
import { createFixedClock } from '../../../node/kernel/clock.js'
import type { Decision } from '../../../node/policy/decision.js'
import { createEntityPolicy } from '../../../node/policy/entities.js'
import { toEvaluation } from '../../../node/policy/evaluation.js'
import { decision, question } from '../policy/example.js'

const evaluate = (decisions: readonly Decision[]) =>
  createDecisionPoint({
    clock: createFixedClock(Date.parse('2026-11-24T09:00:00Z')),
    decide: () => Promise.resolve(decisions),
    servedSources: { find: () => undefined },
    entities: createEntityPolicy([]),
  }).evaluate(toEvaluation(question()))

describe('the decision point', () => {
  test('says what was decided', async () => {
    expect(await evaluate([{ ...decision('VB-0001.v1'), permitted: true }])).toMatchObject({ decision: true })
    expect(await evaluate([{ ...decision('VB-0001.v1'), permitted: false }])).toMatchObject({ decision: false })
  })

  test('denies what nobody decided', async () => {
    expect(await evaluate([])).toEqual({ decision: false, context: { reasons: ['there is no decision'] } })
  })
})

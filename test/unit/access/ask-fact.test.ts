import { beforeEach, describe, expect, test } from '@jest/globals'
import { createAskFact, type FactPlaces } from '../../../node/access/ask-fact.js'
import { toFactQuery } from '../../../node/access/fact-query.js'
import type { FactQuestion } from '../../../node/policy/fact.js'
import { createAudit } from '../../../node/audit/audit.js'
import type { AuditEvent } from '../../../node/audit/event.js'
import { createFixedClock, type MovableClock } from '../../../node/kernel/clock.js'
import { NodeError } from '../../../node/kernel/errors.js'
import type { Store } from '../../../node/stores/contracts.js'
import { createMemoryStore } from '../../../node/stores/memory.js'
import { createMemoryKeyStore, testNode } from '../../support/node-parts.js'
import { rejectionOf } from '../../support/refusals.js'

const bsn = '999990019'
const fact: FactQuestion = {
  name: 'een toewijzing van deze aanbieder',
  party: 'ciz',
  requester: 'did:web:linde.example',
  register: 'toewijzingsregister-1',
  at: 'network',
  scope: 'feit:read',
  role: ['gemeente'],
  operation: 'toewijzing',
  where: [
    { path: 'besluit.client.bsn', value: bsn },
    { path: 'aanbieder', value: '01019999' },
  ],
  not: [],
  inForce: undefined,
  select: 'toewijzingID',
}

const yes = () => Promise.resolve(true)
const no = () => Promise.resolve(false)
const silent = () => Promise.reject(new NodeError('outbound.failed'))

let clock: MovableClock
let asked: string[]
let refusing: boolean
let store: Store

beforeEach(() => {
  clock = createFixedClock(Date.parse('2026-11-24T09:00:00Z'))
  asked = []
  refusing = false
  store = createMemoryStore({ clock })
})

const auditOf = (written: Store) =>
  createAudit({
    store: written,
    clock,
    node: testNode,
    pseudonymKey: createMemoryKeyStore().secretFor('audit pseudonyms'),
  })

/** Asks places with these answers; all of those that there are, unless said otherwise. */
function asking(
  answers: Readonly<Record<string, () => Promise<boolean>>>,
  complete = true,
  timeoutMilliseconds = 2000,
) {
  const audit = auditOf({
    ...store,
    write: (operations) => (refusing ? Promise.reject(new NodeError('store.unavailable')) : store.write(operations)),
  })
  const findPlaces = (): Promise<FactPlaces> =>
    Promise.resolve({
      complete,
      places: Object.entries(answers).map(([name, answer]) => ({
        name,
        ask: () => {
          asked.push(name)
          return answer()
        },
      })),
    })
  return createAskFact({ audit, clock, findPlaces, timeoutMilliseconds })
}

async function events(): Promise<readonly AuditEvent[]> {
  return (await auditOf(store).read({ after: 0, limit: 100 })).map(({ event }) => event)
}

describe('a fact', () => {
  test('holds when one of many says so, whatever the others say', async () => {
    const ask = asking({ a: no, b: silent, c: yes })
    expect(await ask(fact)).toEqual({ holds: true, source: 'c' })
  })

  test('does not hold when all say so', async () => {
    expect(await asking({ a: no, b: no })(fact)).toEqual({ holds: false, source: 'a b' })
  })

  test('does not hold when there is nobody to ask', async () => {
    expect(await asking({})(fact)).toEqual({ holds: false, source: '' })
  })

  test('is not known when nobody says yes and one does not answer', async () => {
    expect((await rejectionOf(asking({ a: no, b: silent })(fact))).code).toBe('policy.fact_unavailable')
  })

  test('is not known when nobody says yes and there may be others', async () => {
    expect((await rejectionOf(asking({ a: no }, false)(fact))).code).toBe('policy.fact_unavailable')
    expect(await asking({ a: yes }, false)(fact)).toMatchObject({ holds: true })
  })

  test('that is asked here alone has no scope in its account, and the trace of the read', async () => {
    const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }
    await asking({ a: yes })({ ...fact, at: 'here', scope: undefined, trace })
    const [event] = await events()
    expect(event).toMatchObject({ code: 'fact.established', trace })
    expect(event?.object).not.toHaveProperty('scope')
  })

  test('is not known when it takes too long', async () => {
    const never = () => new Promise<boolean>(() => {})
    expect((await rejectionOf(asking({ a: never }, true, 20)(fact))).code).toBe('policy.fact_unavailable')
  })

  test('is asked once a minute, and an answer for one requester is not that for another', async () => {
    const ask = asking({ a: yes })
    await ask(fact)
    clock.move(59)
    await ask({ ...fact, trace: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) } })
    expect(asked).toHaveLength(1)
    await ask({ ...fact, requester: 'did:web:beuk.example' })
    expect(asked).toHaveLength(2)
    clock.move(1)
    await ask(fact)
    expect(asked).toHaveLength(3)
  })

  test('is asked once for equal questions at one moment', async () => {
    const ask = asking({ a: yes })
    await Promise.all([ask(fact), ask(fact), ask(fact)])
    expect(asked).toHaveLength(1)
  })

  test('that is not known is asked again', async () => {
    const ask = asking({ a: silent })
    await rejectionOf(ask(fact))
    await rejectionOf(ask(fact))
    expect(asked).toHaveLength(2)
  })
})

describe('the account of a fact', () => {
  test('says what was asked and who said what, and holds no number of a person', async () => {
    await asking({ a: no })(fact)
    const [event] = await events()
    expect(event).toMatchObject({
      code: 'fact.established',
      outcome: 'success',
      party: 'ciz',
      object: { service: 'toewijzingsregister-1', operation: 'toewijzing', scope: 'feit:read' },
      reasons: ['not established by a'],
    })
    expect(JSON.stringify(event)).not.toContain(bsn)
  })

  test('is there for what could not be established too', async () => {
    await rejectionOf(asking({ a: silent })(fact))
    expect(await events()).toMatchObject([{ outcome: 'failed', error: 'policy.fact_unavailable' }])
  })

  test('comes before the answer counts: without it there is none', async () => {
    refusing = true
    expect((await rejectionOf(asking({ a: yes })(fact))).code).toBe('audit.unavailable')
  })
})

describe('the query of a fact', () => {
  test('asks for one field, and has its values in variables', () => {
    expect(toFactQuery(fact)).toEqual({
      query:
        'query ($v0: String, $v1: String) { toewijzing(where: { besluit: { client: { bsn: { eq: $v0 } } }, aanbieder: { eq: $v1 } }) { toewijzingID } }',
      variables: { v0: bsn, v1: '01019999' },
    })
  })

  test('passes lists with some, and says what must not be and that it is in force', () => {
    const { query, variables } = toFactQuery({
      ...fact,
      operation: 'bemiddeling',
      where: [
        { path: 'wlzIndicatieID', value: 'x' },
        { path: 'bemiddelingspecificatie.some.instelling', value: 'y' },
      ],
      not: [{ path: 'verantwoordelijkZorgkantoor', value: 'z' }],
      inForce: { start: 'ingangsdatum', end: 'einddatum', day: '2026-11-24' },
    })
    expect(query).toBe(
      'query ($v0: UUID, $v1: String, $v2: String, $v3: Date, $v4: Date) { bemiddeling(where: { wlzIndicatieID: { eq: $v0 }, ' +
        'bemiddelingspecificatie: { some: { instelling: { eq: $v1 } } }, verantwoordelijkZorgkantoor: { neq: $v2 }, ' +
        'ingangsdatum: { lte: $v3 }, einddatum: { nlt: $v4 } }) { toewijzingID } }',
    )
    expect(Object.values(variables)).toEqual(['x', 'y', 'z', '2026-11-24', '2026-11-24'])
  })

  test('compares one field in two ways, and two fields below one', () => {
    const { query } = toFactQuery({
      ...fact,
      where: [
        { path: 'besluit.client.bsn', value: bsn },
        { path: 'besluit.domein', value: 'WMO' },
      ],
      not: [{ path: 'besluit.domein', value: 'JW' }],
    })
    expect(query).toContain(
      'where: { besluit: { client: { bsn: { eq: $v0 } }, domein: { eq: $v1, neq: $v2 } } }) { toewijzingID }',
    )
  })
})

import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { NodeError } from '../../../../node/kernel/errors.js'
import type { Narrowing } from '../../../../node/policy/decision.js'
import type { Condition } from '../../../../node/policy/question.js'
import type { Answer } from '../../../../node/sources/data-source.js'
import { loadRegisterDefinition } from '../../../../node/sources/register/definition.js'
import { createUpstream } from '../../../../node/sources/upstream/upstream.js'
import type { AskRegister } from '../../../../node/sources/upstream/upstream.js'
import { permitFor } from '../../../support/permits.js'
import { rejectionOf } from '../../../support/refusals.js'
import { regionRows } from '../../../support/region-rows.js'
import { createOracle } from '../register/oracle.js'
import { queries, registers } from '../register/queries.js'

const definition = loadRegisterDefinition('bemiddelingsregister-1')
const rows = regionRows('bemiddelingsregister', { seed: 9, persons: 30 })
const oracle = createOracle(definition.schema, rows)
const honest: AskRegister = ({ query, variables }) => Promise.resolve(oracle(query, variables))

async function ask(
  query: string,
  {
    variables = {},
    register = honest,
    narrowing,
  }: { variables?: unknown; register?: AskRegister; narrowing?: Narrowing } = {},
): Promise<Answer> {
  const source = createUpstream({ name: 'br', party: 'ciz', definition, ask: register })
  const request = source.parse({ query, variables })
  return source.read(permitFor(request, {}, narrowing), request)
}

/** The register that gives what `change` makes of an honest answer. */
function lying(change: (data: unknown) => unknown): AskRegister {
  return async (request) => change(structuredClone(await honest(request)))
}

describe('a register elsewhere', () => {
  test('gives what graphql-js gives over the same records', async () => {
    let answered = 0
    await fc.assert(
      fc.asyncProperty(
        registers(definition.schema),
        fc.array(queries(definition.schema), { minLength: 6, maxLength: 6 }),
        async (made, asked) => {
          const answer = createOracle(definition.schema, made)
          for (const { query, variables } of asked) {
            const register: AskRegister = (request) => Promise.resolve(answer(request.query, request.variables))
            const got = await ask(query, { variables, register }).catch((error: unknown) => {
              // Some made queries compare more than a request may.
              if (NodeError.codeOf(error) === 'source.bad_request') return undefined
              throw error
            })
            if (got === undefined) continue
            answered += 1
            expect({ query, data: got.data }).toEqual({ query, data: JSON.stringify(answer(query, variables)) })
          }
        },
      ),
      { numRuns: 60, endOnFailure: true },
    )
    expect(answered).toBeGreaterThan(200)
  }, 120_000)

  test('is asked the normalised request, with values as variables and without what does not leave', async () => {
    const seen: { query: string; variables: object }[] = []
    const register: AskRegister = (request) => {
      seen.push(request)
      return honest(request)
    }
    const query = `query ($b: [UUID] = [], $ja: Boolean = false) {
      bemiddeling(where: { bemiddelingID: { in: $b } }) { ...A regiehouder { instelling @include(if: $ja) regierol } }
    }
    fragment A on Bemiddeling { nummer: bemiddelingID client { bsn taal } }`
    await ask(query, { register, narrowing: { paths: ['bemiddelingID', 'client.taal', 'regiehouder.regierol'] } })
    expect(seen).toEqual([
      {
        query:
          'query ($v0: BemiddelingFilterInput) { bemiddeling: bemiddeling(where: $v0) { nummer: bemiddelingID ' +
          'client { taal } regiehouder { regierol } check0: bemiddelingID checkperson: client { bsn } } }',
        variables: { v0: { bemiddelingID: { in: [] } } },
      },
    ])
  })

  test('is asked the conditions of the permit too, and held to them', async () => {
    const where: Condition = {
      kind: 'compare',
      path: 'verantwoordelijkZorgkantoor',
      field: 'Bemiddeling.verantwoordelijkZorgkantoor',
      operator: 'eq',
      value: '5998',
    }
    const query = '{ bemiddeling { bemiddelingID } }'
    const mine = rows['Bemiddeling']?.filter((row) => row['verantwoordelijkZorgkantoor'] === '5998').length
    const seen: object[] = []
    const register: AskRegister = (request) => {
      seen.push(request.variables)
      // One that looks at no condition at all.
      return honest({ ...request, variables: {} })
    }
    const answer = await ask(query, { register, narrowing: { where: [where] } })
    expect(seen).toEqual([{ v0: { and: [{ verantwoordelijkZorgkantoor: { eq: '5998' } }] } }])
    expect([answer.recordCount, answer.narrowed]).toEqual([mine, { paths: [], records: true }])
  })

  test('gives nothing when it cannot be told whether a record meets the permit', async () => {
    const where: Condition = {
      kind: 'relation',
      path: 'regiehouder',
      field: 'Bemiddeling.regiehouder',
      quantifier: 'any',
      where: true,
    }
    const refusal = await rejectionOf(ask('{ bemiddeling { bemiddelingID } }', { narrowing: { where: [where] } }))
    expect(refusal.code).toBe('access.denied')
  })

  test('tells of whom the records are, though nobody asked that', async () => {
    const answer = await ask('{ regiehouder { regierol } }')
    expect(answer.persons.length).toBeGreaterThan(5)
    expect(answer.data).not.toContain('bsn')
  })
})

describe('an answer of a register elsewhere is refused as a whole', () => {
  const secret = 'GEHEIM999990019'
  const instelling = String(rows['Bemiddelingspecificatie']?.[0]?.['instelling'])
  const query = `{ bemiddelingspecificatie(where: { instelling: { eq: "${instelling}" } }) {
    zzpCode percentage vaststellingMoment bemiddeling { client { contactpersoon(where: { volgorde: { lt: 3 } }) { volgorde } } }
  } }`
  type Record_ = Record<string, unknown>
  const records = (data: unknown): Record_[] => (data as { bemiddelingspecificatie: Record_[] }).bemiddelingspecificatie

  test('unless it is as it should be', async () => {
    expect((await ask(query)).recordCount).toBeGreaterThan(0)
  })

  test.each<readonly [string, (data: unknown) => unknown]>([
    ['when it is no object', () => secret],
    ['when it has no list', () => ({ bemiddelingspecificatie: secret })],
    ['when a record is no object', () => ({ bemiddelingspecificatie: [secret] })],
    [
      'when a record is of another provider',
      (data) => {
        for (const record of records(data)) record['check0'] = secret
        return data
      },
    ],
    [
      'when what shows that is left out',
      (data) => {
        for (const record of records(data)) delete record['check0']
        return data
      },
    ],
    [
      'when a required value is absent',
      (data) => {
        for (const record of records(data)) record['zzpCode'] = null
        return data
      },
    ],
    [
      'when a value has another form',
      (data) => {
        for (const record of records(data)) record['percentage'] = secret
        return data
      },
    ],
    [
      'when a moment is none',
      (data) => {
        for (const record of records(data)) record['vaststellingMoment'] = secret
        return data
      },
    ],
    [
      'when an item of a list below does not meet its condition',
      (data) => {
        for (const record of records(data)) {
          const { client: person } = record['bemiddeling'] as { client: Record_ }
          person['contactpersoon'] = [{ volgorde: 3, check0: 3 }]
        }
        return data
      },
    ],
  ])('%s', async (_what, change) => {
    const refusal = await rejectionOf(ask(query, { register: lying(change) }))
    expect(refusal.code).toBe('source.unavailable')
    expect(`${String(refusal.detail)} ${refusal.notes.join()}`).not.toContain(secret)
  })

  test('and members that nobody asked do not leave', async () => {
    const register = lying((data) => {
      for (const record of records(data)) record['geheim'] = secret
      return data
    })
    expect((await ask(query, { register })).data).not.toContain(secret)
  })
})

import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createFixedClock } from '../../../../node/kernel/clock.js'
import { NodeError } from '../../../../node/kernel/errors.js'
import { loadRegisterDefinition } from '../../../../node/sources/register/definition.js'
import { createRegister } from '../../../../node/sources/register/register.js'
import { createMemoryStore } from '../../../../node/stores/memory.js'
import { ask } from './example.js'
import { createOracle } from './oracle.js'
import { queries, registers } from './queries.js'

const definition = loadRegisterDefinition('bemiddelingsregister-1')

describe('a register with relations', () => {
  test('answers what graphql-js answers over the same records', async () => {
    let answered = 0
    let withRecords = 0
    await fc.assert(
      fc.asyncProperty(
        registers(definition.schema),
        fc.array(queries(definition.schema), { minLength: 8, maxLength: 8 }),
        async (rows, asked) => {
          const store = createMemoryStore({ clock: createFixedClock(0) })
          const register = createRegister({ name: 'br', party: 'zk', definition, store })
          await register.loadSeed(rows)
          const oracle = createOracle(definition.schema, rows)
          for (const { query, variables } of asked) {
            const answer = await ask(register, query, variables).catch((error: unknown) => {
              // Some made queries compare more than a request may.
              if (NodeError.codeOf(error) === 'source.bad_request') return undefined
              throw error
            })
            if (answer === undefined) continue
            answered += 1
            if (answer.recordCount > 0) withRecords += 1
            expect({ query, data: answer.data }).toEqual({ query, data: JSON.stringify(oracle(query, variables)) })
          }
        },
      ),
      { numRuns: 150, endOnFailure: true },
    )
    expect(answered).toBeGreaterThan(800)
    expect(withRecords).toBeGreaterThan(300)
  }, 120_000)
})

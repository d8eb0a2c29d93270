import { beforeEach, describe, expect, test } from '@jest/globals'
import { createReadOwn, type ReadOwn } from '../../../node/access/read-own.js'
import { personPseudonym } from '../../../node/audit/person.js'
import { gemeente, openGemeenteRegister, testPersons, toewijzingen } from '../../support/gemeente-register.js'
import type { GemeenteRegister } from '../../support/gemeente-register.js'
import { rejectionOf } from '../../support/refusals.js'

const [bsn] = testPersons
const query = 'query ($bsn: String) { client(where: { bsn: { eq: $bsn } }) { bsn besluit { domein } } }'

let register: GemeenteRegister
let readOwn: ReadOwn

beforeEach(async () => {
  register = await openGemeenteRegister()
  readOwn = createReadOwn({ ...register.node, servedSources: register.servedSources })
  await register.keep({ number: 1, bsn })
})

describe('a party that reads its own register', () => {
  test('gets what it asks, without a rule of the pack', async () => {
    const found = await readOwn({ party: gemeente, source: toewijzingen, query, variables: { bsn }, purpose: 'proef' })
    expect(found).toEqual([{ bsn, besluit: [{ domein: 'WMO' }] }])
  })

  test('has it in its journal, with the person under pseudonym', async () => {
    await readOwn({ party: gemeente, source: toewijzingen, query, variables: { bsn }, purpose: 'proef' })
    const last = (await register.node.journal()).at(-1)
    expect(last).toMatchObject({
      code: 'register.read',
      party: gemeente,
      purpose: 'proef',
      object: { source: toewijzingen, operation: 'client', recordCount: 1 },
      persons: [personPseudonym(register.node.audit, bsn)],
    })
    expect(JSON.stringify(await register.node.journal())).not.toContain(bsn)
  })

  test('has the trace of what it did in its journal', async () => {
    const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }
    await readOwn({ party: gemeente, source: toewijzingen, query, variables: { bsn }, purpose: 'proef', trace })
    expect((await register.node.journal()).at(-1)?.trace).toEqual(trace)
  })

  test('that finds nothing names nobody', async () => {
    const variables = { bsn: testPersons[1] }
    expect(await readOwn({ party: gemeente, source: toewijzingen, query, variables, purpose: 'proef' })).toEqual([])
    expect((await register.node.journal()).at(-1)).not.toHaveProperty('persons')
  })

  test.each([
    ['ander', toewijzingen],
    [gemeente, 'ander'],
  ])('finds no source of %s called %s', async (party, source) => {
    expect((await rejectionOf(readOwn({ party, source, query, variables: { bsn }, purpose: 'proef' }))).code).toBe(
      'source.unknown',
    )
  })

  test('is told what is wrong with a query', async () => {
    const wrong = readOwn({ party: gemeente, source: toewijzingen, query: '{ client { naam } }', purpose: 'proef' })
    expect((await rejectionOf(wrong)).code).toBe('source.bad_request')
  })
})

import { beforeEach, describe, expect, test } from '@jest/globals'
import { createAudit, type Audit } from '../../../node/audit/audit.js'
import { checkSourceRequest } from '../../../node/http/guarded-request.js'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { NodeError, type ErrorCode } from '../../../node/kernel/errors.js'
import { startTrace } from '../../../node/kernel/trace.js'
import { createMemoryStore } from '../../../node/stores/memory.js'
import { moment, testNode } from '../../support/node-parts.js'
import { rejectionOf } from '../../support/refusals.js'

let audit: Audit
beforeEach(() => {
  const clock = createFixedClock(moment)
  audit = createAudit({ store: createMemoryStore({ clock }), clock, node: testNode, pseudonymKey: Buffer.alloc(32) })
})

/** What the journal has of a request whose token is refused with `code`. */
async function accountOf(code: ErrorCode): Promise<readonly object[]> {
  const request = {
    method: 'POST',
    header: () => undefined,
    baseUrls: ['https://node.example.nl'],
    trace: startTrace(),
  }
  const call = { party: 'ciz', source: 'indicatieregister', served: { scopes: ['a'] }, request, path: '/x' }
  const authenticate = () => Promise.reject(new NodeError(code))
  expect((await rejectionOf(checkSourceRequest({ audit, authenticate }, call, () => 1))).code).toBe(code)
  return (await audit.read({ after: 0, limit: 10 })).map(({ event }) => event)
}

describe('a request at a source whose token does not count', () => {
  test.each(['token.invalid', 'token.dpop_invalid'] as const)('is in the journal as refused: %s', async (code) => {
    expect(await accountOf(code)).toMatchObject([
      { code: 'read.refused', outcome: 'refused', error: code, party: 'ciz' },
    ])
  })

  test('is in the journal as failed when the status of its credentials cannot be had', async () => {
    const error = 'credential.status_unavailable'
    expect(await accountOf(error)).toMatchObject([{ code: 'read.failed', outcome: 'failed', error, party: 'ciz' }])
  })

  test.each(['token.missing', 'token.dpop_nonce'] as const)(
    'leaves nothing when nobody showed one, or it comes again: %s',
    async (code) => {
      expect(await accountOf(code)).toEqual([])
    },
  )
})

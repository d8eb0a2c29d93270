import { expect, test } from '@jest/globals'
import { createExternalDecide } from '../../../node/access/external-decide.js'
import type { Outbound } from '../../../node/kernel/outbound.js'
import { question } from '../policy/example.js'

const trace = { traceId: '0123456789abcdef0123456789abcdef', spanId: '0123456789abcdef' }

test.each([
  ['with the trace of the read that it is for', trace],
  ['without one where nobody reads', undefined],
])('a decision point elsewhere is asked %s', async (_what, given) => {
  const calls: Parameters<Outbound['request']>[0][] = []
  const body = Buffer.from(JSON.stringify({ evaluations: [{ decision: false }] }))
  const outbound: Outbound = {
    request(call) {
      calls.push(call)
      return Promise.resolve({ status: 200, headers: new Map<string, string>(), mediaType: 'application/json', body })
    },
    close: () => undefined,
  }
  const { context, ...asked } = question()
  const decide = createExternalDecide({ outbound, decisionPoint: 'https://pdp.example.nl/' })
  const traced = given === undefined ? context : { ...context, trace: given }
  expect(await decide([{ ...asked, context: traced }])).toMatchObject([{ permitted: false }])
  expect(calls.map(({ url, trace: sent }) => [url, sent])).toEqual([
    ['https://pdp.example.nl/access/v1/evaluations', given],
  ])
})

import { describe, expect, test } from '@jest/globals'
import { emptyAnswer, type Route } from '../../../node/http/exchange.js'
import { untilConfirmed } from '../../../node/http/until-confirmed.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { refusalOf } from '../../contracts/backend.js'

const route = (method: Route['method'], more: Partial<Route> = {}): Route => ({
  method,
  pattern: '/a',
  family: 'problem',
  handle: async () => emptyAnswer(204),
  ...more,
})
const request = {
  method: 'POST',
  params: {},
  query: {},
  header: () => undefined,
  body: Buffer.alloc(0),
  remoteAddress: '127.0.0.1',
  callerAddress: '127.0.0.1',
  baseUrls: [],
  clientCertificate: () => undefined,
  trace: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) },
} as const
const waiting = () => Promise.reject(new NodeError('token.unconfirmed'))

describe('while a restored node waits', () => {
  test.each<[string, Route, string]>([
    ['a question is answered', route('GET'), 'fulfilled'],
    ['a change is refused', route('POST'), 'token.unconfirmed'],
    ['a removal is refused', route('DELETE'), 'token.unconfirmed'],
    ['what ends a right goes on', route('DELETE', { unconfirmed: 'goes-on' }), 'fulfilled'],
  ])('%s', async (_, given, outcome) => {
    const [gated] = untilConfirmed([given], waiting)
    expect(await refusalOf(gated?.handle(request) ?? Promise.reject(new Error('no route')))).toBe(outcome)
  })

  test('and a change is made once it is confirmed', async () => {
    const [gated] = untilConfirmed([route('POST')], async () => {})
    expect(await gated?.handle(request)).toEqual(emptyAnswer(204))
  })
})

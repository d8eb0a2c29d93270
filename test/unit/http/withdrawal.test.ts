import { describe, expect, test } from '@jest/globals'
import type { Activation } from '../../../node/discovery/activation-record.js'
import type { Activations } from '../../../node/discovery/activation.js'
import { NodeError, type ErrorCode } from '../../../node/kernel/errors.js'
import { startTrace } from '../../../node/kernel/trace.js'
import { discoveryRoutes } from '../../../node/http/routes/discovery.js'
import type { HttpAnswer } from '../../../node/http/exchange.js'

/** Sends DELETE for a listing whose withdrawal fails with `code` and leaves `left` behind. */
async function withdraw(code: ErrorCode, left: Activation | undefined): Promise<HttpAnswer> {
  const activations: Activations = {
    activate: () => Promise.resolve(),
    deactivate: () => Promise.reject(new NodeError(code)),
    find: () => Promise.resolve(left),
    keep: () => Promise.resolve(),
    list: () => Promise.resolve([]),
    renewDue: () => Promise.resolve(),
  }
  const nothing = (): Promise<never> => Promise.reject(new NodeError('internal.fault'))
  const routes = discoveryRoutes({
    audit: { record: () => Promise.resolve(1) },
    definitions: [],
    search: nothing,
    activations,
  })
  const route = routes.find(({ method }) => method === 'DELETE')
  if (route === undefined) throw new Error('there is no such route')
  const params = { service: 'leden', subject: 'noord' }
  return route.handle({
    method: 'DELETE',
    params,
    query: {},
    remoteAddress: '127.0.0.1',
    callerAddress: '127.0.0.1',
    baseUrls: [],
    clientCertificate: () => undefined,
    header: () => undefined,
    body: Buffer.alloc(0),
    trace: startTrace(),
  })
}

const listed: Activation = { service: 'leden', subject: 'noord', parameters: {} }

describe('taking a party off a list whose server does not answer', () => {
  test('is accepted with the reason, because the node goes on trying', async () => {
    const answer = await withdraw('outbound.timed_out', { ...listed, withdrawing: true })
    expect(answer.status).toBe(202)
    expect(JSON.parse(String(answer.body))).toEqual({ reason: 'The other node did not answer in time.' })
  })

  test('is an error when the node does not go on trying', async () => {
    await expect(withdraw('store.unavailable', listed)).rejects.toMatchObject({ code: 'store.unavailable' })
  })

  test('is done when the party was not listed', async () => {
    expect((await withdraw('discovery.not_activated', undefined)).status).toBe(200)
  })
})

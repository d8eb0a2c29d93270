import { describe, expect, test } from '@jest/globals'
import { createAskPlace, type PlaceQuestion } from '../../../node/overview/ask-place.js'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { NodeError, type ErrorCode } from '../../../node/kernel/errors.js'
import { startTrace } from '../../../node/kernel/trace.js'
import type { OutboundAnswer } from '../../../node/kernel/outbound.js'
import type { Party } from '../../../node/identity/party.js'

const clock = createFixedClock(Date.parse('2026-11-26T09:00:00Z'))

function answerOf(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): OutboundAnswer {
  return {
    status,
    headers: { get: (name) => headers[name] },
    mediaType: 'application/json',
    body: Buffer.from(JSON.stringify(body)),
  }
}

const question: PlaceQuestion = {
  party: { subject: 'gemeente', did: 'did:web:gemeente.example' } as Party, // All that is looked at here.
  role: undefined,
  place: {
    organization: 'kvk:62253778',
    did: 'did:web:ciz.example',
    name: 'CIZ',
    url: 'https://ciz.example/graphql',
    authorizationServer: 'https://ciz.example/oauth2/ciz',
  },
  scope: 'registers/wlzindicatieregister/toets:read',
  query: '{ wlzIndicatie { ingangsdatum } }',
  variables: {},
  trace: startTrace(),
}

const ask = (answer: OutboundAnswer | NodeError) =>
  createAskPlace({
    clock,
    callPeer: () => (answer instanceof NodeError ? Promise.reject(answer) : Promise.resolve(answer)),
  })(question)

describe('what became of a question', () => {
  test('is the records, with rule and time as the source says', async () => {
    const body = {
      data: { wlzIndicatie: [{ ingangsdatum: '2026-01-26' }] },
      extensions: { rule: 'TOETS-WMO.v1', provenance: [{ time: '2026-11-26T08:59:59.000Z' }] },
    }
    expect(await ask(answerOf(200, body))).toEqual({
      kind: 'answered',
      records: [{ ingangsdatum: '2026-01-26' }],
      rule: 'TOETS-WMO.v1',
      at: '2026-11-26T08:59:59.000Z',
    })
  })

  test('is no answer when a 200 holds errors', async () => {
    const outcome = await ask(answerOf(200, { data: { wlzIndicatie: [] }, errors: [{ message: 'Something failed.' }] }))
    expect(outcome.kind).toBe('unreachable')
  })

  test('is a refusal with the reasons of the source, without any number in them', async () => {
    const errors = [{ message: 'No rule.', extensions: { reasons: ['wat: a filter on 999990019 is required'] } }]
    expect(await ask(answerOf(403, { errors }))).toEqual({
      kind: 'refused',
      reasons: ['the source answered with status 403', 'No rule.', 'wat: a filter on ••• is required'],
    })
  })

  test('is no refusal when the source says to come back', async () => {
    const outcome = await ask(answerOf(403, { errors: [{ message: 'Not now.' }] }, { 'retry-after': '5' }))
    expect(outcome.kind).toBe('unreachable')
  })

  test.each<[ErrorCode, string]>([
    ['outbound.failed', 'unreachable'],
    ['outbound.timed_out', 'unreachable'],
    ['outbound.refused', 'unreachable'],
    ['token.peer_refused', 'refused'],
    ['token.no_matching_credential', 'refused'],
    ['token.peer_unsupported', 'unreachable'],
  ])('is, after %s, that it was %s', async (code, kind) => {
    expect((await ask(new NodeError(code))).kind).toBe(kind)
  })

  test.each<ErrorCode>(['audit.unavailable', 'store.unavailable', 'internal.fault'])(
    'is nothing when this node itself fails with %s',
    async (code) => {
      await expect(ask(new NodeError(code))).rejects.toMatchObject({ code })
    },
  )

  test('is that a source was too slow, also when only the token hangs', async () => {
    const slow = createAskPlace({ clock, timeoutMilliseconds: 20, callPeer: () => new Promise(() => undefined) })
    expect(await slow(question)).toEqual({ kind: 'unreachable', reasons: ['the source did not answer in time'] })
  })
})

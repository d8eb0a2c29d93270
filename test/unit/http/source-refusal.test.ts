import { describe, expect, test } from '@jest/globals'
import { sourceRefusal, type RefusingFace } from '../../../node/http/errors/source.js'
import { errorCodes, NodeError, type ErrorCode } from '../../../node/kernel/errors.js'
import { DeniedError } from '../../../node/policy/denied.js'
import { compilePublishedMessages, loadPublishedMessages } from '../../../node/policy/published-messages.js'
import type { Lack } from '../../../node/policy/lack.js'
import { plainFace } from '../../support/source-face.js'
import { question } from '../policy/example.js'

const trace = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }
const secret = 'geheim-999990019'
const face = (statuses: 'strict' | 'iwlz'): RefusingFace => ({
  face: { ...plainFace, statuses },
  findMessages: compilePublishedMessages(loadPublishedMessages(), 'voorbeeld', 'De regel laat dit niet toe.'),
})

function refuse(error: unknown, statuses: 'strict' | 'iwlz', authorization?: string) {
  const context = { trace, accept: undefined, authorization, isQuery: true }
  const answer = sourceRefusal(error, context, face(statuses))
  return { ...answer, component: answer.headers?.['x-bronnet-component'], text: String(answer.body) }
}

const denied = (lacks: readonly Lack[], code: ErrorCode = 'access.denied') =>
  new DeniedError(code, { question: question(), lacks }, { notes: ['VB-0001.v1: wie: nee'] })

describe('the present gateway', () => {
  test.each<[ErrorCode, number, string]>([
    ['token.insufficient_scope', 400, '"Scope is not allowed"'],
    ['source.no_operation', 400, '{"ErrorCode":"bad_request","Error":"No operation found to evaluate"}'],
    ['token.missing', 401, 'Unauthorized'],
    ['token.invalid', 401, 'Unauthorized'],
    ['token.dpop_invalid', 401, 'Unauthorized'],
    ['source.unavailable', 502, '{"ErrorCode":"bad_gateway","Error":"Bad Gateway"}'],
    ['internal.fault', 500, '{"ErrorCode":"internal_server_error","Error":"Internal Server Error"}'],
    ['audit.unavailable', 500, '{"ErrorCode":"internal_server_error","Error":"Internal Server Error"}'],
  ])('iwlz-4.2 answers %s with %i and %s', (code, status, text) => {
    expect(refuse(new NodeError(code), 'iwlz')).toMatchObject({ status, text })
  })

  test('iwlz-4.2 answers 504 when the resource took too long', () => {
    const cause = new NodeError('outbound.timed_out')
    expect(refuse(new NodeError('source.unavailable', { cause }), 'iwlz').status).toBe(504)
  })

  test('keeps the challenge of a token that does not count', () => {
    const [strict, iwlz] = [
      refuse(new NodeError('token.invalid'), 'strict', 'Bearer a'),
      refuse(new NodeError('token.invalid'), 'iwlz', 'Bearer a'),
    ]
    expect(iwlz.headers?.['www-authenticate']).toBe(strict.headers?.['www-authenticate'])
  })

  test('iwlz-4.3 answers 403 FORBIDDEN with the reasons for what nothing was published about', () => {
    const refusals = [denied([{ kind: 'period', text: 'wanneer: nee' }]), denied([])]
    for (const refusal of refusals) {
      const { status, text } = refuse(refusal, 'iwlz')
      expect([status, JSON.parse(text)]).toEqual([
        403,
        {
          errors: [
            {
              message: 'De regel laat dit niet toe.',
              extensions: { code: 'FORBIDDEN', reasons: ['VB-0001.v1: wie: nee'], traceId: trace.traceId },
            },
          ],
        },
      ])
    }
  })

  test('iwlz-4.3 gives the status of the gravest when several things are lacking', () => {
    const lacks: readonly Lack[] = [
      { kind: 'role', text: 'wie' },
      { kind: 'filter', path: 'dingID', text: 'wat' },
    ]
    const { status, text } = refuse(denied(lacks), 'iwlz')
    expect(status).toBe(400)
    expect(JSON.parse(text)).toMatchObject({
      errors: [
        { message: "A where 'dingID' equals is required.", extensions: { code: 'BAD_REQUEST' } },
        { extensions: { code: 'FORBIDDEN' } },
      ],
    })
  })

  test.each<ErrorCode>(['policy.fact_unavailable', 'policy.unavailable'])(
    'iwlz-4.3 %s is 500 INTERNAL_SERVER_ERROR, and says as in strict mode when to try again',
    (code) => {
      const [strict, iwlz] = [refuse(denied([], code), 'strict'), refuse(denied([], code), 'iwlz')]
      expect(iwlz.status).toBe(500)
      expect(iwlz.text).toContain('"code":"INTERNAL_SERVER_ERROR"')
      expect(iwlz.headers?.['retry-after']).toBe(strict.headers?.['retry-after'])
    },
  )

  test('a number that cannot exist is 400 in both', () => {
    const refusal = denied([{ kind: 'malformed', path: 'bsn', text: 'wat: nee' }], 'source.bad_request')
    expect([refuse(refusal, 'strict').status, refuse(refusal, 'iwlz').status]).toEqual([400, 400])
  })
})

describe('every refusal', () => {
  test.each(errorCodes)('%s names a component, is an error, and holds nothing that must stay inside', (code) => {
    const error = new NodeError(code, { detail: secret, cause: new Error(secret) })
    for (const statuses of ['strict', 'iwlz'] as const) {
      const answer = refuse(error, statuses)
      expect(answer.component).toMatch(/^(pep|pdp|resource)$/)
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(JSON.stringify(answer)).not.toContain(secret)
    }
  })

  test('is of the same component whatever the statuses', () => {
    for (const code of errorCodes)
      expect(refuse(new NodeError(code), 'iwlz').component).toBe(refuse(new NodeError(code), 'strict').component)
  })

  test('what is no query is refused with a problem', () => {
    const context = { trace, accept: undefined, authorization: undefined, isQuery: false }
    const { headers } = sourceRefusal(new NodeError('source.unknown'), context, face('iwlz'))
    expect(headers).toMatchObject({ 'content-type': 'application/problem+json', 'x-bronnet-component': 'pep' })
  })
})

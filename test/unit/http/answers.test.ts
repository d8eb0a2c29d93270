import { describe, expect, test } from '@jest/globals'
import { errorAnswer } from '../../../node/http/errors/answers.js'
import { wantsPlainJson } from '../../../node/http/graphql-media-type.js'
import type { PublicError } from '../../../node/http/errors/public-error.js'
import { publicErrors } from '../../../node/http/errors/table.js'
import type { ErrorFamily, HttpAnswer } from '../../../node/http/exchange.js'
import { errorCodes, NodeError, type ErrorCode } from '../../../node/kernel/errors.js'

const trace = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }
const secret = 'geheim-999990019'
const families: readonly ErrorFamily[] = ['problem', 'oauth', 'graphql']

function answer(
  family: ErrorFamily,
  error: unknown,
  accept?: string,
  authorization?: string,
): HttpAnswer & { readonly json: unknown } {
  const given = errorAnswer(family, error, { trace, accept, authorization })
  return { ...given, json: JSON.parse(String(given.body)) as unknown }
}

/** At a resource a proof that is no good is an authentication that failed. */
function statusIn(family: ErrorFamily, code: ErrorCode): number {
  return family === 'graphql' && code.startsWith('token.dpop_') ? 401 : publicErrors[code].status
}

/** An error of this code that carries what must stay inside. */
function loaded(code: ErrorCode, notes: readonly string[] = []): NodeError {
  return new NodeError(code, { detail: `detail ${secret}`, cause: new Error(`cause ${secret}`), notes })
}

const table: readonly (readonly [ErrorCode, PublicError])[] = errorCodes.map((code) => [code, publicErrors[code]])

describe('the table of public errors', () => {
  test.each(table)('%s has a status, a code and a sentence', (_, { status, code, words, oauth }) => {
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(600)
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/)
    // RFC0036 gives its refusal these words, without a full stop.
    if (words !== 'Validation failed') expect(words).toMatch(/^[A-Z].*\.$/)
    expect(oauth).toMatch(/^[a-z_]+$/)
  })

  test.each(table.filter(([, { status }]) => status === 500))('%s says nothing of what went wrong', (_, row) => {
    expect(row.code).toBe('internal-fault')
    expect(row.oauth).toBe('server_error')
  })

  test.each(table.filter(([code, { status }]) => /^(credential|presentation)\./.test(code) && status !== 503))(
    'rfc021-4.5 %s is an invalid_request for OAuth',
    (_, row) => {
      expect(row.oauth).toBe('invalid_request')
    },
  )

  test.each([
    ['json.too_deep', 400, 'json-too-deep'],
    ['json.too_large', 400, 'json-too-large'],
    ['json.duplicate_member', 400, 'duplicate-member'],
    ['request.bad_host', 400, 'bad-host'],
    ['identity.did_unresolvable', 400, 'did-unresolvable'],
    ['request.too_large', 413, 'body-too-large'],
    ['audit.unavailable', 503, 'audit-unavailable'],
    ['store.unavailable', 503, 'storage-unavailable'],
  ] as const)('%s is %i %s, as was promised', (code, status, publicCode) => {
    expect(publicErrors[code]).toMatchObject({ status, code: publicCode })
  })
})

describe.each(families)('an error in the family %s', (family) => {
  test.each(errorCodes)('%s has its own status and lets nothing out that is inside', (code) => {
    const { status, headers, body, json } = answer(family, loaded(code, ['a note']))
    expect(status).toBe(statusIn(family, code))
    expect(String(body)).not.toContain(secret)
    expect(String(body)).not.toMatch(/stack|cause|detail \w/)
    expect(JSON.stringify(json)).toContain('a note')
    expect(JSON.stringify(json)).toContain(trace.traceId)
    expect(JSON.stringify(headers)).not.toContain(secret)
    expect(headers?.['cache-control']).toBe('no-store')
  })

  test.each([
    ['an error of the platform', new TypeError(secret)],
    ['a text', secret],
    ['nothing', undefined],
    ['null', null],
    ['an object that looks like ours', { code: 'access.denied', notes: [secret], name: 'NodeError' }],
    ['an error that throws when it is read', new Proxy({}, { get: () => secret })],
  ])('%s is an internal fault', (_, error) => {
    const { status, body } = answer(family, error)
    expect(status).toBe(500)
    expect(String(body)).toContain('"internal-fault"')
    expect(String(body)).not.toContain(secret)
  })
})

describe('the family problem', () => {
  test('rfc9457-3 has type, title, status and detail, our code and the trace', () => {
    const { headers, json } = answer('problem', loaded('request.bad_body', ['a: is missing', 'b: is too long']))
    expect(headers?.['content-type']).toBe('application/problem+json')
    expect(json).toEqual({
      type: 'about:blank',
      title: 'The body is not as this interface asks.',
      status: 400,
      detail: 'The body is not as this interface asks: a: is missing; b: is too long',
      code: 'bad-body',
      errors: ['a: is missing', 'b: is too long'],
      traceId: trace.traceId,
    })
  })

  test('has no list of errors when there are no notes', () => {
    expect(answer('problem', loaded('request.not_found')).json).not.toHaveProperty('errors')
  })
})

describe('the family oauth', () => {
  test('rfc6749-5.2 has error and error_description, and is never cached', () => {
    const { status, headers, json } = answer('oauth', loaded('token.unknown_scope', ['ask for one scope']))
    expect(status).toBe(400)
    expect(headers).toEqual({
      'cache-control': 'no-store',
      'content-type': 'application/json; charset=utf-8',
      pragma: 'no-cache',
    })
    expect(json).toEqual({
      error: 'invalid_scope',
      error_description: 'The scope is not one of this party: ask for one scope',
      code: 'unknown-scope',
      trace_id: trace.traceId,
    })
  })

  test.each(errorCodes)('rfc6749-5.2 %s is described in printable ASCII without quotes and backslashes', (code) => {
    const { json } = answer('oauth', loaded(code, ['“aanhalingstekens” "recht" en \\ schuin', 'caf\u00e9\n\t\u0000']))
    expect(json).toMatchObject({ error_description: expect.stringMatching(/^[\x20\x21\x23-\x5B\x5D-\x7E]+$/) })
  })
})

describe('the family graphql', () => {
  test('has errors with a message and our code, and no data', () => {
    const { status, headers, json } = answer('graphql', loaded('access.denied', ['A-1.v1: wie: no']))
    expect(status).toBe(403)
    expect(headers).toEqual({
      'cache-control': 'no-store',
      'content-type': 'application/graphql-response+json; charset=utf-8',
    })
    expect(json).toEqual({
      errors: [
        {
          message: 'The policy of the source does not allow this.',
          extensions: { code: 'access-denied', reasons: ['A-1.v1: wie: no'], traceId: trace.traceId },
        },
      ],
    })
  })

  test('says of a bad query what is wrong first, then the rest', () => {
    const { status, json } = answer('graphql', loaded('source.bad_request', ['Unknown field.', 'Unknown argument.']))
    expect(status).toBe(400)
    expect(json).toEqual({
      errors: [
        {
          message: 'Unknown field.',
          extensions: { code: 'bad-query', reasons: ['Unknown argument.'], traceId: trace.traceId },
        },
      ],
    })
  })

  test('iwlz-rfc0040 answers a bad query with 200 to who wants plain JSON', () => {
    const { status, headers, json } = answer(
      'graphql',
      loaded('source.bad_request', ['Unknown field.']),
      'application/json',
    )
    expect(status).toBe(200)
    expect(headers?.['content-type']).toBe('application/json; charset=utf-8')
    expect(json).not.toHaveProperty('data')
  })

  test.each(errorCodes.filter((code) => publicErrors[code].code !== 'bad-query'))(
    'iwlz-rfc0014 %s keeps its status for who wants plain JSON',
    (code) => {
      const { status, headers } = answer('graphql', loaded(code), 'application/json')
      expect(status).toBe(statusIn('graphql', code))
      expect(headers?.['content-type']).toBe('application/json; charset=utf-8')
    },
  )

  test.each<[ErrorCode, string | undefined, string]>([
    ['token.missing', undefined, 'Bearer, DPoP algs="ES256 EdDSA"'],
    ['token.invalid', 'Bearer a', 'Bearer error="invalid_token", DPoP algs="ES256 EdDSA"'],
    ['token.insufficient_scope', 'bearer a', 'Bearer error="insufficient_scope", DPoP algs="ES256 EdDSA"'],
    ['token.invalid', 'DPoP a', 'DPoP error="invalid_token", algs="ES256 EdDSA", Bearer'],
    ['token.dpop_invalid', 'dpop a', 'DPoP error="invalid_dpop_proof", algs="ES256 EdDSA", Bearer'],
    ['token.dpop_nonce', 'DPoP a', 'DPoP error="use_dpop_nonce", algs="ES256 EdDSA", Bearer'],
  ])('rfc6750-3, rfc9449-7 %s with %s challenges with %s', (code, authorization, challenge) => {
    const { status, headers } = answer('graphql', loaded(code), undefined, authorization)
    expect(status).toBe(code === 'token.insufficient_scope' ? 403 : 401)
    expect(headers?.['www-authenticate']).toBe(challenge)
  })

  // Sign-in is refused before a route is reached, with a challenge of its own.
  const challenging = /^(signin\..*|token\.(missing|invalid|insufficient_scope|dpop_.*))$/
  test.each(errorCodes.filter((code) => !challenging.test(code)))('%s does not challenge', (code) => {
    expect(answer('graphql', loaded(code)).headers).not.toHaveProperty('www-authenticate')
  })
})

describe('plain JSON', () => {
  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON',
    'text/html, application/json;q=0.9',
    'application/json, application/graphql-response+json;q=0',
  ])('is wanted by %s', (accept) => {
    expect(wantsPlainJson(accept)).toBe(true)
  })

  test.each([
    undefined,
    '',
    '*/*',
    'application/*',
    'text/html',
    'application/graphql-response+json',
    'application/graphql-response+json, application/json;q=0.9',
    'application/json, application/graphql-response+json;q=0.1',
    'application/json;q=0',
    'application/json; q=0.0',
    'application/json-patch+json',
    'text/x-application/json',
  ])('is not wanted by %p', (accept) => {
    expect(wantsPlainJson(accept)).toBe(false)
  })
})

import { describe, expect, test } from '@jest/globals'
import { checkRawRequest, parseFlatForm, parseFormBody, parseJsonBody } from '../../../node/http/door.js'
import { refusalOf } from '../../support/refusals.js'

/** A request as the platform hands it over: the first of repeated headers wins, others are joined. */
function raw(url: string, ...lines: readonly (readonly [string, string])[]) {
  const headers: Record<string, string> = {}
  for (const [name, value] of lines) headers[name.toLowerCase()] ??= value
  return { url, rawHeaders: lines.flat(), headers }
}

const host = ['Host', 'node.example'] as const

describe('the raw form of a request', () => {
  test.each([
    '/',
    '/health',
    '/health?x=1&y=%20',
    '/iam/did%3Aweb%3Aa/did.json',
    '/a/..b/.c/...',
    '/a?b=//../c',
    '/a?b=%00',
    '/~a!$&()*+,;=:@-._',
  ])('lets %s through', (target) => {
    expect(() => checkRawRequest(raw(target, host))).not.toThrow()
  })

  test.each([
    '',
    'health',
    '*',
    'http://node.example/health',
    'node.example:443',
    '//health',
    '/a//b',
    '/a/../b',
    '/a/..',
    '/./a',
    '/a/%2e%2e/b',
    '/a/%2E./b',
    '/a/.%2e',
    '/%2e/a',
    '/a\\b',
    '/a%5cb',
    '/a%5Cb',
    '/a%00b',
    '/a b',
    '/a\tb',
    '/caf\u00e9',
    '/a?caf\u00e9',
    '/a?b c',
    '/a#b',
  ])('refuses the target %p', (target) => {
    expect(refusalOf(() => checkRawRequest(raw(target, host))).code).toBe('request.bad_target')
  })

  test('refuses a target over 8 KiB and takes one of 8 KiB', () => {
    const target = `/${'a'.repeat(8 * 1024 - 1)}`
    expect(() => checkRawRequest(raw(target, host))).not.toThrow()
    expect(refusalOf(() => checkRawRequest(raw(`${target}a`, host))).code).toBe('request.too_large')
  })

  test.each([
    ['no host', []],
    ['an empty host', [['Host', '']]],
    ['two hosts', [host, host]],
    ['two hosts in two spellings', [host, ['hOST', 'other.example']]],
  ] as const)('refuses %s', (_, lines) => {
    expect(refusalOf(() => checkRawRequest(raw('/', ...lines))).code).toBe('request.bad_host')
  })

  test.each([
    'Authorization',
    'DPoP',
    'Content-Type',
    'Content-Length',
    'Accept',
    'traceparent',
    'X-B3-TraceId',
    'AUTHORIZATION',
  ])('refuses %s twice and takes it once', (name) => {
    expect(() => checkRawRequest(raw('/', host, [name, 'a']))).not.toThrow()
    expect(refusalOf(() => checkRawRequest(raw('/', host, [name, 'a'], [name.toLowerCase(), 'a']))).code).toBe(
      'request.bad_header',
    )
  })

  test('takes a repeated header that may be repeated', () => {
    expect(() => checkRawRequest(raw('/', host, ['Via', 'a'], ['Via', 'b']))).not.toThrow()
  })

  test.each(['xchunked', 'gzip, chunked', 'chunked, gzip', 'identity', 'chunked, chunked', ''])(
    'refuses the transfer coding %p',
    (coding) => {
      const request = raw('/', host, ['Transfer-Encoding', coding])
      expect(refusalOf(() => checkRawRequest(request)).code).toBe('request.bad_header')
    },
  )

  test.each(['chunked', 'Chunked'])('takes the transfer coding %s', (coding) => {
    expect(() => checkRawRequest(raw('/', host, ['Transfer-Encoding', coding]))).not.toThrow()
  })

  test('refuses more than a hundred header lines and takes a hundred', () => {
    const lines = Array.from({ length: 99 }, (_, index) => [`X-${index}`, 'a'] as const)
    expect(() => checkRawRequest(raw('/', host, ...lines))).not.toThrow()
    expect(refusalOf(() => checkRawRequest(raw('/', host, ...lines, ['X-More', 'a']))).code).toBe('request.bad_header')
  })
})

describe('a form or query', () => {
  test.each<[string, Record<string, string>]>([
    ['', {}],
    ['a=1&b=2', { a: '1', b: '2' }],
    ['a=b+c&d=%2B', { a: 'b c', d: '+' }],
    ['a%20b=c', { 'a b': 'c' }],
    ['a=1=2', { a: '1=2' }],
    ['a', { a: '' }],
    ['a=caf%C3%A9', { a: 'café' }],
    ['a[b]=1&a[c]=2', { 'a[b]': '1', 'a[c]': '2' }],
    ['a.b=1', { 'a.b': '1' }],
    ['a=1;b=2', { a: '1;b=2' }],
    ['constructor=1', { constructor: '1' } as unknown as Record<string, string>],
  ])('%p is read flat', (text, fields) => {
    expect(parseFlatForm(text)).toEqual(fields)
  })

  test.each([
    ['a repeated name', 'a=1&a=2', 'a parameter is repeated'],
    ['a repeated name in another spelling', 'a=1&%61=2', 'a parameter is repeated'],
    ['a repeated name without a value', 'a&a', 'a parameter is repeated'],
    ['the name of the prototype', '__proto__=1', 'a parameter has a reserved name'],
    ['a broken escape', 'a=%zz', 'a parameter is not UTF-8 in percent-encoding'],
    ['half an escape', 'a=%4', 'a parameter is not UTF-8 in percent-encoding'],
    ['an escape that is not UTF-8', 'a=%FF', 'a parameter is not UTF-8 in percent-encoding'],
    ['a broken escape in a name', '%zz=a', 'a parameter is not UTF-8 in percent-encoding'],
    ['U+0000', 'a=b%00c', 'a parameter holds U+0000'],
    ['U+0000 in a name', 'a%00=b', 'a parameter holds U+0000'],
  ])('is refused for %s', (_, text, note) => {
    const refusal = refusalOf(() => parseFlatForm(text))
    expect(refusal.code).toBe('request.bad_parameters')
    expect(refusal.notes).toEqual([note])
  })

  test('has at most fifty fields', () => {
    const fields = (count: number) => Array.from({ length: count }, (_, index) => `f${index}=1`).join('&')
    expect(Object.keys(parseFlatForm(fields(50)))).toHaveLength(50)
    expect(refusalOf(() => parseFlatForm(fields(51))).notes).toEqual(['too many fields'])
  })

  test('does not make a repetition of a name that every object has', () => {
    expect(parseFlatForm('toString=1&valueOf=2')).toEqual({ toString: '1', valueOf: '2' })
  })

  test('is refused as a body that is not UTF-8', () => {
    expect(parseFormBody(Buffer.from('a=café'))).toEqual({ a: 'café' })
    expect(refusalOf(() => parseFormBody(Buffer.from('a=caf\xe9', 'latin1'))).code).toBe('json.malformed')
  })
})

describe('a JSON body', () => {
  test('is read', () => {
    expect(parseJsonBody(Buffer.from('{"a":[1,"é"]}'))).toEqual({ a: [1, 'é'] })
  })

  test.each([
    ['json.malformed', '{'],
    ['json.malformed', ''],
    ['json.malformed', '\ufeff{}'],
    ['json.duplicate_member', '{"a":1,"a":1}'],
    ['json.duplicate_member', '{"a":1,"\\u0061":1}'],
    ['json.too_deep', '['.repeat(65) + ']'.repeat(65)],
    ['json.too_large', `[${'1,'.repeat(10_000)}1]`],
    ['json.forbidden_text', '{"__proto__":1}'],
    ['json.forbidden_text', '"\\u0000"'],
  ])('is refused as %s', (code, text) => {
    expect(refusalOf(() => parseJsonBody(Buffer.from(text))).code).toBe(code)
  })

  test('is refused when it is not UTF-8', () => {
    expect(refusalOf(() => parseJsonBody(Buffer.from('{"é":1}', 'utf16le'))).code).toBe('json.malformed')
    expect(refusalOf(() => parseJsonBody(Buffer.from('"caf\xe9"', 'latin1'))).code).toBe('json.malformed')
  })
})

import { describe, expect, test } from '@jest/globals'
import { NodeError } from '../../../node/kernel/errors.js'
import { parseTarget, type TargetRules } from '../../../node/kernel/outbound-target.js'

const strict: TargetRules = { allowPlainHttp: 'never', allowedPorts: [], allowReservedHosts: false }

function refusalOf(url: string, rules: Partial<TargetRules> = {}): NodeError {
  try {
    parseTarget(url, { ...strict, ...rules })
  } catch (error) {
    if (NodeError.is(error)) return error
    throw error
  }
  throw new Error('was not refused')
}

describe('parseTarget', () => {
  test.each([
    ['https://ciz.nl', 'https://ciz.nl/', 'ciz.nl', undefined],
    ['https://CIZ.nl/a/b?c=/../@#d', 'https://ciz.nl/a/b?c=/../@', 'ciz.nl', undefined],
    ['https://ciz.nl:443/iam/..a/.well-known/x@y', 'https://ciz.nl/iam/..a/.well-known/x@y', 'ciz.nl', undefined],
    ['https://ciz.nl/did%3Aweb%3Ax//y', 'https://ciz.nl/did%3Aweb%3Ax//y', 'ciz.nl', undefined],
    ['https://xn--80ak6aa92e.nl/', 'https://xn--80ak6aa92e.nl/', 'xn--80ak6aa92e.nl', undefined],
    ['https://127.1/', 'https://127.0.0.1/', '127.0.0.1', '127.0.0.1'],
    ['https://0x7f.1/', 'https://127.0.0.1/', '127.0.0.1', '127.0.0.1'],
    ['https://2130706433/', 'https://127.0.0.1/', '127.0.0.1', '127.0.0.1'],
    ['https://0177.0.0.1/', 'https://127.0.0.1/', '127.0.0.1', '127.0.0.1'],
    ['https://127.0.0.1./', 'https://127.0.0.1/', '127.0.0.1', '127.0.0.1'],
    ['https://[::FFFF:127.0.0.1]/', 'https://[::ffff:7f00:1]/', '[::ffff:7f00:1]', '::ffff:7f00:1'],
  ])('%s is read as %s', (text, href, host, address) => {
    const target = parseTarget(text, strict)
    expect([target.url.href, target.host, target.address]).toEqual([href, host, address])
  })

  test.each([
    '',
    'ciz.nl',
    '//ciz.nl/',
    '/did.json',
    'https:ciz.nl',
    'https:/ciz.nl',
    'https:///ciz.nl',
    'https://',
    'https://?x',
    'HTTPS://ciz.nl/',
    'ftp://ciz.nl/',
    'file:///etc/passwd',
    'data:text/plain,x',
    ' https://ciz.nl/',
    'https://ciz.nl/a b',
    'https://ciz.nl/\n',
    'https://ci\tz.nl/',
    'https://ciz.nl/é',
    'https://аррӏе.nl/',
    'https://①②⑦.0.0.1/',
    'https://ci%7a.nl/',
    'https://ciz.nl\\@evil.nl/',
    'https://ciz.nl/a\\..\\b',
    'https://user@ciz.nl/',
    'https://user:pass@ciz.nl/',
    'https://@ciz.nl/',
    'https://ciz.nl/..',
    'https://ciz.nl/a/../b',
    'https://ciz.nl/iam/%2e%2e/victim/did.json',
    'https://ciz.nl/iam/.%2E/victim/did.json',
    'https://ciz.nl/a/./b',
    'https://ciz.nl/a/%2e',
    'https://ciz.nl:99999/',
    'https://ciz.nl:x/',
    'https://[::1/',
    'https://256.1.1.1/',
  ])('%j is refused', (text) => {
    expect(refusalOf(text, { allowedPorts: 'any', allowPlainHttp: 'loopback' }).code).toBe('outbound.refused')
  })

  test('plain http is let through only when loopback may be called that way', () => {
    expect(refusalOf('http://ciz.nl:443/').code).toBe('outbound.refused')
    const rules: TargetRules = { ...strict, allowPlainHttp: 'loopback', allowedPorts: [7100] }
    expect(parseTarget('http://127.0.0.1:7100/', rules).url.protocol).toBe('http:')
  })

  test.each([
    ['http://crl.nl/list', true],
    ['https://crl.nl/list', true],
    ['http://crl.nl:8080/list', false],
    ['https://crl.nl:80/list', false],
    ['http://localhost/list', false],
  ])('what carries its own signature: %s is allowed: %s', (text, isAllowed) => {
    const parse = (): unknown => parseTarget(text, { ...strict, allowPlainHttp: 'signed' })
    if (isAllowed) expect(parse).not.toThrow()
    else expect(parse).toThrow(expect.objectContaining({ code: 'outbound.refused' }))
  })

  test.each([
    ['https://ciz.nl:8443/', [], false],
    ['https://ciz.nl:80/', [], false],
    ['https://ciz.nl/', [8443], true],
    ['https://ciz.nl:8443/', [8443], true],
    ['https://ciz.nl:8444/', [8443], false],
    ['https://ciz.nl:8444/', 'any', true],
    ['http://127.0.0.1/', [8443], false],
    ['http://127.0.0.1/', [80], true],
  ] as const)('%s with ports %j is allowed: %s', (text, allowedPorts, isAllowed) => {
    const rules: TargetRules = { ...strict, allowPlainHttp: 'loopback', allowedPorts }
    const parse = (): unknown => parseTarget(text, rules)
    if (isAllowed) expect(parse).not.toThrow()
    else expect(parse).toThrow(expect.objectContaining({ code: 'outbound.refused' }))
  })

  test.each([
    'localhost',
    'LOCALHOST',
    'localhost.',
    'a.localhost',
    'ciz.test',
    'ciz.example',
    'example.com',
    'www.example.org.',
    'example.net',
    'x.invalid',
    'printer.local',
    'fhir.internal',
    'router.home.arpa',
    'x.onion',
    'x.alt',
  ])('the reserved name %s is refused unless such names are allowed', (host) => {
    expect(refusalOf(`https://${host}/`).code).toBe('outbound.refused')
    expect(() => parseTarget(`https://${host}/`, { ...strict, allowReservedHosts: true })).not.toThrow()
  })

  test.each(['notlocalhost', 'myexample.com', 'example.com.nl', 'test.nl', 'contest', 'internal.nl', 'example.nl'])(
    '%s is not a reserved name',
    (host) => {
      expect(() => parseTarget(`https://${host}/`, strict)).not.toThrow()
    },
  )

  test('a refusal never holds path or query', () => {
    const secret = 'patient-999990019'
    const urls = [
      `https://localhost/${secret}?q=${secret}`,
      `https://ciz.nl:81/${secret}?q=${secret}`,
      `http://ciz.nl/${secret}`,
      `https://ciz.nl/${secret}/../x`,
      `https://${secret}@ciz.nl/`,
      `https://256.1.1.1/${secret}`,
    ]
    for (const url of urls) {
      const error = refusalOf(url)
      expect([error.message, String(error.cause)].join()).not.toContain('999990019')
    }
  })
})

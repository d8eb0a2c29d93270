import { describe, expect, test } from '@jest/globals'
import { parseDidUrl } from '../../../node/identity/did-url.js'
import { refusalOf } from '../../support/refusals.js'

const did = 'did:web:node.example%3A8443:iam:noord'

describe('a DID URL', () => {
  test.each<[string, object]>([
    ['', {}],
    ['/a/b', { path: '/a/b' }],
    ['?service=files', { parameters: { service: 'files' } }],
    ['#key-1', { fragment: 'key-1' }],
    [
      '/a?service=files&relativeRef=%2Fb%3Fc%3Dd#e?f/g',
      { path: '/a', parameters: { service: 'files', relativeRef: '/b?c=d' }, fragment: 'e?f/g' },
    ],
    ['?hl=a=b', { parameters: { hl: 'a=b' } }],
    ['?', {}],
  ])('is a DID with %s behind it', (rest, parts) => {
    expect(parseDidUrl(`${did}${rest}`)).toEqual({ did, path: '', parameters: {}, fragment: undefined, ...parts })
  })

  test('has parameters that were given beside it too', () => {
    expect(parseDidUrl(`${did}?service=files`, { relativeRef: '/a' }).parameters).toEqual({
      service: 'files',
      relativeRef: '/a',
    })
  })

  test.each(['', '#a', 'did:web', 'did:web:', 'did:WEB:a', 'https://node.example', `did:web:${'a'.repeat(4096)}`])(
    'does not begin with %s',
    (text) => {
      expect(refusalOf(() => parseDidUrl(text)).code).toBe('identity.did_malformed')
    },
  )

  test.each([
    ['?wie=noord', 'a parameter is unknown'],
    ['?__proto__=noord', 'a parameter is unknown'],
    ['?service=a&service=b', 'the parameter service is there twice'],
    ['?service=%E0%A4', 'the query is not percent-encoded'],
    ['?service=', 'the parameter service must be ASCII'],
    ['?service=%C3%A9', 'the parameter service must be ASCII'],
    ['?relativeRef=%2Fa', 'relativeRef needs a service'],
    ['?service=a&relativeRef=%7C', 'relativeRef is not percent-encoded'],
    ['?versionTime=2026-11-26', 'versionTime must be in whole seconds UTC'],
    ['#', 'the fragment is malformed'],
    ['#a#b', 'the fragment is malformed'],
  ])('with %s behind the DID is refused, and told why', (rest, note) => {
    const { code, notes } = refusalOf(() => parseDidUrl(`${did}${rest}`))
    expect([code, notes]).toEqual(['identity.did_url_malformed', [note]])
  })
})

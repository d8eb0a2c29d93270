import { describe, expect, test } from '@jest/globals'
import { compilePattern } from '../../../node/http/pattern.js'

describe('a pattern without parameters', () => {
  const match = compilePattern('/health/live')

  test('matches its own path', () => {
    expect(match('/health/live')).toEqual({})
  })

  test.each([
    '/health/live/',
    '/health/Live',
    '/health',
    '/health/live/x',
    '//health/live',
    '/health//live',
    '/health%2Flive',
    '/health/liv%65',
    'http://node.example/health/live',
    '/x/health/live',
    '/health/live\n',
    '',
  ])('does not match %p', (path) => {
    expect(match(path)).toBeUndefined()
  })
})

describe('a pattern with parameters', () => {
  const match = compilePattern('/iam/:id/did.json')

  test.each([
    ['/iam/abc/did.json', 'abc'],
    ['/iam/did:web:node.example:iam:1/did.json', 'did:web:node.example:iam:1'],
    ['/iam/did%3Aweb%3Anode.example/did.json', 'did:web:node.example'],
    ['/iam/a%2Fb/did.json', 'a/b'],
    ['/iam/caf%C3%A9/did.json', 'café'],
    ['/iam/a+b/did.json', 'a+b'],
    ['/iam/__proto__/did.json', '__proto__'],
  ])('finds in %s the segment %s', (path, id) => {
    expect(match(path)?.['id']).toBe(id)
  })

  test('decodes once, so that an encoded DID stays the DID that it was', () => {
    expect(match('/iam/did:web:localhost%253A8080/did.json')).toEqual({ id: 'did:web:localhost%3A8080' })
  })

  test.each([
    ['a segment that does not decode', '/iam/%zz/did.json'],
    ['half an escape', '/iam/a%2/did.json'],
    ['an escape that is not UTF-8', '/iam/%FF/did.json'],
    ['an overlong slash', '/iam/%C0%AF/did.json'],
    ['an empty segment', '/iam//did.json'],
    ['two segments', '/iam/a/b/did.json'],
    ['another character for the point', '/iam/a/didxjson'],
    ['an encoded point', '/iam/a/did%2Ejson'],
  ])('does not match %s', (_, path) => {
    expect(match(path)).toBeUndefined()
  })

  test('finds several, each in its place', () => {
    expect(compilePattern('/a/:first/b/:second')('/a/1/b/2')).toEqual({ first: '1', second: '2' })
  })
})

import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { checkRelatedResources } from '../../../../node/credentials/vc-api/related-resources.js'
import { parseCredential2, parsePresentation2 } from '../../../../node/credentials/vc-api/structure.js'
import { encodeBase58 } from '../../../../node/identity/base58.js'
import { refusalOf } from '../../../support/refusals.js'

// As the specification publishes it.
const v2 = 'https://www.w3.org/ns/credentials/v2'
const sha256 = Buffer.from('59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734', 'hex')
const another = createHash('sha256').update('another').digest()
const sri = (digest: Buffer): string => `sha256-${digest.toString('base64')}`
const multihash = (digest: Buffer): Buffer => Buffer.concat([Buffer.of(0x12, 0x20), digest])

const refuse = (resource: { readonly digestSRI?: string; readonly digestMultibase?: string }, id = v2) =>
  refusalOf(() => checkRelatedResources([{ id, ...resource }])).notes

describe('a related resource that the node has', () => {
  test.each([
    ['one digest', { digestSRI: sri(sha256) }],
    ['one that is good among several', { digestSRI: `${sri(another)} ${sri(sha256)}` }],
    ['a bare digest', { digestMultibase: `z${encodeBase58(sha256)}` }],
    ['a multihash', { digestMultibase: `z${encodeBase58(multihash(sha256))}` }],
    ['a multihash in base64url', { digestMultibase: `u${multihash(sha256).toString('base64url')}` }],
    ['no digest', {}],
  ])('may be named with %s', (_, resource) => {
    expect(() => checkRelatedResources([{ id: v2, ...resource }])).not.toThrow()
  })

  test.each([
    ['another digest', { digestSRI: sri(another) }],
    ['another digest as multihash', { digestMultibase: `z${encodeBase58(multihash(another))}` }],
    ['a good digest beside a bad one', { digestSRI: sri(sha256), digestMultibase: `z${encodeBase58(another)}` }],
    ['a digest that the node cannot compare', { digestSRI: `sha512-${Buffer.alloc(64).toString('base64')}` }],
  ])('is not named with %s', (_, resource) => {
    expect(refuse(resource)).toEqual(['relatedResource: a digest does not match'])
  })
})

describe('a related resource that the node does not have', () => {
  const id = 'https://elsewhere.example/resource'

  test('may have any digest that can be one, and is named once', () => {
    const resource = { id, digestSRI: sri(another), digestMultibase: `z${encodeBase58(another)}` }
    expect(() => checkRelatedResources([resource])).not.toThrow()
    expect(refusalOf(() => checkRelatedResources([resource, resource])).notes).toEqual([
      'relatedResource: a resource is named twice',
    ])
  })

  test.each([
    ['a text that is no digest', { digestSRI: 'sha256' }],
    ['a digest of another length', { digestSRI: `sha384-${another.toString('base64')}` }],
    ['a hash that nobody uses', { digestSRI: `md5-${another.toString('base64')}` }],
    ['a text in another base', { digestMultibase: `m${another.toString('base64')}` }],
    ['a text outside its base', { digestMultibase: 'z0OIl' }],
    ['a text that is too long', { digestMultibase: `z${'1'.repeat(128)}` }],
    ['too few bytes', { digestMultibase: `z${encodeBase58(another.subarray(1))}` }],
  ])('does not have %s', (_, resource) => {
    expect(refuse(resource, id)).toEqual(['relatedResource: a digest is malformed'])
  })
})

test('a document that is none is refused as a whole, and a member by its name', () => {
  for (const parse of [parseCredential2, parsePresentation2]) {
    const [note] = refusalOf(() => parse('text')).notes
    expect(note).toMatch(/^document: /)
  }
  expect(refusalOf(() => parsePresentation2({ '@context': [v2], type: 1 })).notes.join()).toMatch(/^type/)
})

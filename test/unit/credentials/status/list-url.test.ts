import { describe, expect, test } from '@jest/globals'
import { findListPlace, findNamedPlace, listUrlFor } from '../../../../node/credentials/status/list-url.js'

const node = 'https://node.example'
const issuer = 'did:web:node.example%3A8443:iam:1'

describe('the URL of a list', () => {
  test('names the list, at this node or wherever its node was', () => {
    const url = listUrlFor(node, issuer, 12)
    expect(url).toBe('https://node.example/statuslist/did:web:node.example%253A8443:iam:1/12')
    expect(findListPlace(node, url)).toEqual({ issuer, page: 12 })
    expect(findNamedPlace(listUrlFor('https://before.example/statuslist/x', issuer, 12))).toEqual({ issuer, page: 12 })
  })

  test.each([
    ['another node', 'https://elsewhere.example/statuslist/did:web:a/1'],
    ['another path', `${node}/status/did:web:a/1`],
    ['no page', `${node}/statuslist/did:web:a`],
    ['more than a page', `${node}/statuslist/did:web:a/1/2`],
    ['page zero', `${node}/statuslist/did:web:a/0`],
    ['a page that is written in another way', `${node}/statuslist/did:web:a/01`],
    ['a page of ten digits', `${node}/statuslist/did:web:a/1234567890`],
    // One list has one URL: a second could be somebody’s way around the first.
    ['a DID that is written in another way', `${node}/statuslist/did:web:a%3A8443/1`],
  ])('of %s is none of this node', (_, url) => {
    expect(findListPlace(node, url)).toBeUndefined()
  })

  test('that names no list is found nowhere', () => {
    expect(findNamedPlace('https://node.example/1')).toBeUndefined()
  })
})

import { beforeEach, describe, expect, test } from '@jest/globals'
import { createTokenWorld, outcomeOf, tokenRequest, type TokenWorld } from '../../support/token-world.js'

const peer = 'https://lid.example.nl/oauth2/lid'
const peerDid = 'did:web:lid.example.nl:iam:1'

let listed: Record<string, readonly string[]>
let lookups: number
let world: TokenWorld

beforeEach(async () => {
  listed = {}
  lookups = 0
  world = await createTokenWorld({
    listedWith: async (authorizationServer) => {
      lookups += 1
      return listed[authorizationServer] ?? []
    },
  })
})

const ask = (clientId: string): Promise<string> =>
  outcomeOf(world, tokenRequest(world, { parameters: { client_id: clientId } }))

describe('nuts-19 a client_id that is bound to who presents', () => {
  test('passes when nothing is known about it, as that of every honest node may be', async () => {
    expect(await ask(peer)).toBe('granted')
    expect(await ask('een toepassing')).toBe('granted')
    expect(await ask('urn:oid:2.16.528.1')).toBe('granted')
  })

  test('passes when it is the DID that presents, and not when it is another', async () => {
    expect(await ask(world.member.did)).toBe('granted')
    expect(await ask(peerDid)).toBe('token.client_mismatch')
  })

  test('is refused when it is the URL of a party of this node, or of none that it has', async () => {
    const own = world.node.parties.issuerUrl
    expect(await ask(own(world.bronhouder))).toBe('token.client_mismatch')
    expect(await ask(own({ subject: 'onbekend' }))).toBe('token.client_mismatch')
    expect(await ask(own({ subject: '' }))).toBe('token.client_mismatch')
  })

  test('is refused when discovery lists it with another DID of its host', async () => {
    listed[peer] = [peerDid]
    expect(await ask(peer)).toBe('token.client_mismatch')
    expect((await world.node.journal()).at(-1)).toMatchObject({
      code: 'token.refused',
      outcome: 'refused',
      error: 'token.client_mismatch',
    })
  })

  test('passes when only others list it, who have nothing to say about that host', async () => {
    listed[peer] = ['did:web:boef.example.nl:iam:1', 'did:web:lid.example.nl%3A8443:iam:1', 'did:key:z6Mk']
    expect(await ask(peer)).toBe('granted')
  })

  test('is looked up once in ten seconds', async () => {
    await ask(peer)
    await ask(peer)
    expect(lookups).toBe(1)
    world.clock.move(3)
    listed[peer] = [peerDid]
    expect(await ask(peer)).toBe('granted')
    world.clock.move(7)
    expect(await ask(peer)).toBe('token.client_mismatch')
  })
})

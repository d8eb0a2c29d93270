import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createPresentObject, type PresentObject } from '../../../node/credentials/present-object.js'
import type { Party } from '../../../node/identity/party.js'
import { createTestIdentity, testStart, type TestIdentity } from '../../support/credentials.js'

let identity: TestIdentity
let party: Party
let present: PresentObject

beforeEach(async () => {
  identity = await createTestIdentity()
  party = await identity.parties.create({ subject: 'noord' })
  present = createPresentObject(identity)
})
afterEach(() => identity.end())

describe('a presentation with a proof inside', () => {
  test('says for whom it is, until when, and what it answers to, which is its nonce too', async () => {
    const expiresAt = testStart + 5_000
    const domain = 'https://bron.example/oauth2/ciz'
    const { holder, proof } = await present({ party, credentials: [], domain, challenge: 'vers', expiresAt })
    expect([holder, proof]).toEqual([
      party.did,
      expect.objectContaining({ domain, challenge: 'vers', nonce: 'vers', expires: '2026-11-24T09:00:05Z' }),
    ])
  })

  test('that is for nobody in particular names nobody, and is fresh each time', async () => {
    const make = async () => (await present({ party, credentials: [], expiresAt: testStart + 5_000 }))['proof']
    const [one, other] = [await make(), await make()] as { readonly challenge: string }[]
    for (const proof of [one, other]) expect(proof).not.toHaveProperty('domain')
    expect(one?.challenge).toMatch(/^[A-Za-z0-9_-]{22,}$/)
    expect(other?.challenge).not.toBe(one?.challenge)
  })
})

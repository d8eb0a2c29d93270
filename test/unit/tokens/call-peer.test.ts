import { describe, expect, test } from '@jest/globals'
import type { Party } from '../../../node/identity/party.js'
import type { Outbound, OutboundRequest } from '../../../node/kernel/outbound.js'
import { startTrace } from '../../../node/kernel/trace.js'
import { createCallPeer, type PeerCall } from '../../../node/tokens/call-peer.js'
import type { RequestTokenOptions } from '../../../node/tokens/request-token.js'
import { createNodeParts } from '../../support/node-parts.js'

const url = 'https://bron.example.nl/netwerkpunt'

/** A peer that answers with these statuses, one after the other, and what it was asked. */
async function createPeer(statuses: readonly number[], keyId?: string) {
  const party: Party = await createNodeParts().parties.create({ subject: 'gemeente' })
  const left = [...statuses]
  const sent: OutboundRequest[] = []
  const uses: boolean[] = []
  const asked: RequestTokenOptions[] = []
  const outbound: Outbound = {
    async request(call) {
      sent.push(call)
      const status = left.shift() ?? 500
      return { status, headers: { get: () => undefined }, mediaType: undefined, body: Buffer.from('{}') }
    },
    close: () => undefined,
  }
  const callPeer = createCallPeer({
    outbound,
    async requestToken(options, { fresh }) {
      const { scope } = options
      asked.push(options)
      uses.push(fresh)
      const bound = keyId === undefined ? {} : { keyId }
      return { accessToken: `token${String(uses.length)}`, tokenType: 'Bearer', expiresAt: 0, scope, ...bound }
    },
    prove: async (_party, { token = '' }) => `proof of ${token}`,
  })
  const call = (changes: Partial<PeerCall> = {}) =>
    callPeer({
      party,
      authorizationServer: 'https://bron.example.nl/oauth2/bron',
      scope: 'lezen',
      url,
      body: { query: '{ _empty }' },
      accept: 'application/json',
      trace: startTrace(),
      ...changes,
    })
  return { call, sent, uses, asked }
}

describe('a call to another party', () => {
  test('carries a token as its bearer, and the body as JSON', async () => {
    const { call, sent, uses } = await createPeer([200])
    expect((await call()).status).toBe(200)
    expect(sent).toHaveLength(1)
    expect(sent[0]).toMatchObject({ method: 'POST', url, body: '{"query":"{ _empty }"}', accept: 'application/json' })
    expect(sent[0]?.headers).toEqual({ 'content-type': 'application/json', authorization: 'Bearer token1' })
    expect(uses).toEqual([false])
  })

  test('asks its token with the values that the caller chose, and with none when it chose none', async () => {
    const { call, asked } = await createPeer([200, 200])
    await call({ selection: { organization_id: '5999' } })
    await call()
    expect(asked.map(({ selection }) => selection)).toEqual([{ organization_id: '5999' }, undefined])
  })

  test('carries a proof made for a token that is bound to a key', async () => {
    const { call, sent } = await createPeer([200], 'did:web:gemeente.example.nl#1')
    await call()
    expect(sent[0]?.headers).toMatchObject({ authorization: 'DPoP token1', dpop: 'proof of token1' })
  })

  test('is repeated once with a fresh token when the token is refused', async () => {
    const { call, sent, uses } = await createPeer([401, 200])
    expect((await call()).status).toBe(200)
    expect(sent.map(({ headers }) => headers?.['authorization'])).toEqual(['Bearer token1', 'Bearer token2'])
    expect(uses).toEqual([false, true])
  })

  test.each([[[401, 401, 200], 401, 2] as const, [[403, 200], 403, 1] as const, [[503, 200], 503, 1] as const])(
    'gives what the other says when it goes on refusing: %j',
    async (statuses, status, calls) => {
      const { call, sent } = await createPeer(statuses)
      expect((await call()).status).toBe(status)
      expect(sent).toHaveLength(calls)
    },
  )
})

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose'
import { startComposedNode, type ComposedNode, type Reply } from './composed.js'

let running: ComposedNode
beforeAll(async () => {
  running = await startComposedNode()
})
afterAll(() => running.end())

const read = (subject: string): Promise<Reply> =>
  running.outside('GET', `/.well-known/openid-configuration/oauth2/${subject}`)

const claimsOf = (compact: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(compact.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>

describe('nuts-3.2 the entity statement of a party', () => {
  test('is signed with a key of the party, and says its keys and its metadata for an hour', async () => {
    const reply = await read('ciz')
    expect([reply.status, reply.headers.get('content-type'), reply.headers.get('cache-control')]).toEqual([
      200,
      'application/entity-statement+jwt',
      'no-store',
    ])
    const issuer = `${running.publicUrl}/oauth2/ciz`
    const document = (await running.outside('GET', didPath(running.dids.ciz))).json
    const [method] = (document as { verificationMethod: { id: string; publicKeyJwk: object }[] }).verificationMethod
    const { payload, protectedHeader } = await jwtVerify(
      reply.text,
      createLocalJWKSet(claimsOf(reply.text)['jwks'] as JSONWebKeySet),
      { issuer, subject: issuer },
    )
    expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'entity-statement+jwt', kid: method?.id })
    expect(payload['jwks']).toEqual({ keys: [{ ...method?.publicKeyJwk, kid: method?.id, alg: 'ES256' }] })
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(3600)
    const metadata = await running.outside('GET', '/.well-known/oauth-authorization-server/oauth2/ciz')
    expect(payload['metadata']).toEqual({ openid_provider: metadata.json })
  })

  test('is kept for some minutes, and made anew when a key is added', async () => {
    const first = await read('noord')
    expect((await read('noord')).text).toBe(first.text)
    await running.inside('POST', '/internal/bronnet/v1/subjects/noord/keys', { algorithm: 'EdDSA' })
    const { jwks } = claimsOf((await read('noord')).text) as unknown as { jwks: JSONWebKeySet }
    expect(jwks.keys.map(({ alg }) => alg).toSorted()).toEqual(['ES256', 'EdDSA'])
  })

  test('does not exist for nobody', async () => {
    const reply = await read('onbekend')
    expect([reply.status, reply.json]).toEqual([404, expect.objectContaining({ error: expect.any(String) })])
  })
})

function didPath(did: string): string {
  return `/iam/${did.split(':').at(-1) ?? ''}/did.json`
}

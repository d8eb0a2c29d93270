import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { memberSubject } from '../../support/credentials.js'
import { startComposedNode, type ComposedNode } from './composed.js'

let composed: ComposedNode
let id: string
let listUrl: string

beforeAll(async () => {
  composed = await startComposedNode()
  const issued = await composed.inside('POST', '/internal/vcr/v2/issuer/vc', {
    type: 'LedenadministratieCredential',
    issuer: composed.dids.noord,
    credentialSubject: memberSubject(composed.dids.noord),
    expirationDate: '2099-01-01T00:00:00Z',
  })
  const claims = JSON.parse(Buffer.from(String(issued.json).split('.')[1] ?? '', 'base64url').toString()) as {
    jti: string
    vc: { credentialStatus: { statusListCredential: string }[] }
  }
  id = claims.jti
  listUrl = claims.vc.credentialStatus[0]?.statusListCredential ?? ''
})

afterAll(() => composed.end())

const call = (method: 'POST' | 'DELETE', what: string, body?: unknown, of = id) =>
  composed.inside(method, `/internal/bronnet/v1/credentials/${encodeURIComponent(of)}/${what}`, body)

describe('an administrator', () => {
  test('suspends a credential, ends that, and revokes it, each with its account', async () => {
    expect((await call('POST', 'suspension', { reason: 'under investigation' })).status).toBe(204)
    expect((await call('DELETE', 'suspension')).status).toBe(204)
    expect((await call('POST', 'revocation', { reason: 'no longer a member' })).status).toBe(204)
    const { json } = await composed.inside('GET', '/internal/bronnet/v1/audit?limit=1000')
    const events = (json as { entries: { event: { code: string; reasons?: string[] } }[] }).entries
    expect(events.map(({ event }) => [event.code, event.reasons]).filter(([code]) => /ed$/.test(String(code)))).toEqual(
      expect.arrayContaining([
        ['credential.suspended', ['under investigation']],
        ['credential.resumed', undefined],
        ['credential.revoked', ['no longer a member']],
      ]),
    )
  })

  test.each([
    ['POST', 'suspension', undefined, 'did:web:elsewhere.example#1', 404, 'credential-not-found'],
    ['DELETE', 'suspension', undefined, 'not a credential', 404, 'credential-not-found'],
    ['POST', 'revocation', { reason: '' }, undefined, 400, 'bad-body'],
    ['POST', 'revocation', { why: 'x' }, undefined, 400, 'bad-body'],
  ] as const)('is refused a %s of %s with %j for %s', async (method, what, body, of, status, code) => {
    const answer = await call(method, what, body, of)
    expect([answer.status, (answer.json as { code: string }).code]).toEqual([status, code])
  })
})

describe('a status list', () => {
  test('is served to everybody as a credential that no cache keeps', async () => {
    const { pathname } = new URL(listUrl)
    const { status, headers, json } = await composed.outside('GET', pathname)
    expect([status, headers.get('cache-control'), headers.get('content-type')]).toEqual([
      200,
      'no-store',
      'application/json; charset=utf-8',
    ])
    expect(json).toMatchObject({ id: listUrl, issuer: composed.dids.noord, proof: { type: 'JsonWebSignature2020' } })
    expect((await composed.outside('GET', `${pathname}9`)).status).toBe(404)
  })
})

test('the context of our own types is served to everybody', async () => {
  const { status, json } = await composed.outside('GET', '/contexts/credentials/v1')
  expect([status, Object.keys(json as object)]).toEqual([200, ['@context']])
})

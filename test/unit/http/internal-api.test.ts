import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { membershipOf, problem, service, startComposedNode, type ComposedNode } from './composed.js'

let running: ComposedNode
beforeAll(async () => {
  running = await startComposedNode()
})
afterAll(() => running.end())

const subjects = '/internal/vdr/v2/subject'
const wallet = '/internal/vcr/v2/holder/noord/vc'
const issuing = '/internal/vcr/v2/issuer/vc'

describe('subjects', () => {
  test('lists those of the configuration with their DIDs', async () => {
    const { status, json } = await running.inside('GET', subjects)
    expect(status).toBe(200)
    expect(json).toMatchObject({ ciz: [running.dids.ciz], noord: [running.dids.noord] })
  })

  test('makes one, whose DID document is public at once', async () => {
    const { status, json } = await running.inside('POST', subjects, { subject: 'nieuw' })
    expect(status).toBe(200)
    const { documents } = json as { documents: [{ id: string }] }
    const did = documents[0].id
    const id = did.split(':').at(-1) ?? ''
    expect((await running.outside('GET', `/iam/${id}/did.json`)).json).toEqual(documents[0])
    expect((await running.inside('GET', `${subjects}/nieuw`)).json).toEqual([did])
  })

  test('makes one without a body and gives it a name', async () => {
    const { status, json } = await running.inside('POST', subjects)
    expect(status).toBe(200)
    expect(json).toMatchObject({ subject: expect.stringMatching(/^[0-9a-f-]{36}$/) })
  })

  test.each<[string, unknown, number, object]>([
    ['a name that is taken', { subject: 'noord' }, 409, { code: 'party-exists' }],
    ['a name with a slash', { subject: 'a/b' }, 400, { code: 'bad-body' }],
    ['a name of points', { subject: '..' }, 400, {}],
    ['an unknown member', { subject: 'x', tenant: 'y' }, 400, { code: 'bad-body' }],
    ['keys that are not made', { subject: 'x', keys: { encryptionKey: true } }, 400, { code: 'bad-body' }],
    ['a list', [], 400, { code: 'bad-body' }],
  ])('refuses %s', async (_, body, status, words) => {
    const reply = await running.inside('POST', subjects, body)
    expect(reply.status).toBe(status)
    expect(problem(reply)).toMatchObject(words)
  })

  test('tells all faults of a body by member and never by value', async () => {
    const reply = await running.inside('POST', subjects, { subject: 'a 999990019', keys: 1 })
    expect(problem(reply)).toMatchObject({
      errors: [expect.stringMatching(/^subject: /), expect.stringMatching(/^keys: /)],
    })
    expect(reply.text).not.toContain('999990019')
  })

  test('does not know a stranger', async () => {
    expect(problem(await running.inside('GET', `${subjects}/vreemd`))).toMatchObject({
      code: 'party-unknown',
      status: 404,
    })
  })
})

describe('DIDs', () => {
  const resolve = (did: string) => running.inside('GET', `/internal/vdr/v2/did/${encodeURIComponent(did)}`)

  test('are resolved, with an encoded port', async () => {
    expect((await resolve(running.dids.ciz)).json).toMatchObject({ document: { id: running.dids.ciz } })
  })

  test.each([
    ['no DID', 'node.example', 400, 'did-malformed'],
    ['another method', 'did:ethr:0x1', 400, 'did-method-unsupported'],
    ['one that cannot be had', 'did:web:localhost%3A1:iam:x', 404, 'not-found'],
  ])('are refused for %s', async (_, did, status, code) => {
    expect(problem(await resolve(did))).toMatchObject({ status, code })
  })
})

describe('discovery', () => {
  const base = `/internal/discovery/v1/${service}`
  const listings = `/internal/bronnet/v1/discovery/${service}/listings`

  test('names the services', async () => {
    const { json } = await running.inside('GET', '/internal/discovery/v1')
    expect(json).toEqual([
      expect.objectContaining({
        id: service,
        endpoint: `${running.publicUrl}/discovery/${service}`,
        presentation_definition: expect.any(Object),
      }),
    ])
  })

  test('lists a party, finds it, and takes it off', async () => {
    expect((await running.inside('GET', `${base}/noord`)).json).toEqual({ activated: false })
    const { json: held } = await running.inside('GET', wallet)
    if (!Array.isArray(held) || held.length === 0) {
      const { json } = await running.inside('POST', issuing, membershipOf(running.dids))
      await running.inside('POST', wallet, JSON.stringify(json), { 'content-type': 'application/json' })
    }
    const body = { registrationParameters: { fhirUrl: 'https://fhir.example' } }
    expect((await running.inside('POST', `${base}/noord`, body)).status).toBe(200)
    expect((await running.inside('GET', `${base}/noord`)).json).toMatchObject({ activated: true, status: 'active' })
    expect((await running.inside('POST', `/internal/bronnet/v1/discovery/${service}/sync`)).status).toBe(204)

    const asNuts = await running.inside('GET', `${base}?credentialSubject.organization.role=zorgkantoor`)
    expect(asNuts.json).toEqual([
      expect.objectContaining({
        credential_subject_id: running.dids.noord,
        registrationParameters: expect.objectContaining({ fhirUrl: 'https://fhir.example' }),
      }),
    ])
    expect((await running.inside('GET', listings)).json).toMatchObject({
      stale: false,
      asOf: expect.stringMatching(/Z$/),
      listings: [{ did: running.dids.noord, expiresAt: expect.stringMatching(/Z$/) }],
    })
    expect((await running.outside('GET', `/discovery/${service}`)).json).toMatchObject({ entries: expect.any(Object) })

    expect((await running.inside('DELETE', `${base}/noord`)).status).toBe(200)
    expect((await running.inside('DELETE', `${base}/noord`)).status).toBe(200)
    expect((await running.inside('GET', `${base}/noord`)).json).toEqual({ activated: false })
  })

  test.each<[string, string, string, number, string]>([
    ['an unknown service', 'GET', '/internal/discovery/v1/onbekend', 404, 'service-unknown'],
    [
      'listings of an unknown service',
      'GET',
      '/internal/bronnet/v1/discovery/onbekend/listings',
      404,
      'service-unknown',
    ],
    ['a sync of an unknown service', 'POST', '/internal/bronnet/v1/discovery/onbekend/sync', 404, 'service-unknown'],
    ['a condition on something else', 'GET', `${base}?holder=x`, 400, 'bad-parameters'],
    ['a condition that could be a BSN', 'GET', `${base}?credentialSubject.id=999990019`, 400, 'bad-parameters'],
    ['a repeated condition', 'GET', `${base}?credentialSubject.id=x&credentialSubject.id=y`, 400, 'bad-parameters'],
    ['a stranger', 'POST', `${base}/vreemd`, 404, 'party-unknown'],
    ['who cannot show what is asked', 'POST', `${base}/ciz`, 412, 'no-matching-credential'],
  ])('refuses %s', async (_, method, path, status, code) => {
    expect(problem(await running.inside(method, path))).toMatchObject({ status, code })
  })

  test.each(['-1', '1.5', 'x', '1e3', ''])('the list is not served from timestamp %p', async (timestamp) => {
    const reply = await running.outside('GET', `/discovery/${service}?timestamp=${timestamp}`)
    expect(problem(reply)).toMatchObject({ status: 400, code: 'bad-parameters' })
  })

  test('a registration that is no text is refused', async () => {
    const reply = await running.outside('POST', `/discovery/${service}`, { vp: 1 })
    expect(problem(reply)).toMatchObject({ status: 400, code: 'registration-invalid' })
  })
})

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createOwnSiteCheck } from '../../../node/http/own-site.js'
import { refusalOf } from '../../support/refusals.js'
import { problem, startComposedNode, type ComposedNode } from './composed.js'
import { requestText, send } from './connection.js'

const check = createOwnSiteCheck(['Node.Voorbeeld.nl'])

test.each([
  'localhost:8081',
  'LOCALHOST',
  'app.localhost:8081',
  '127.0.0.1:8081',
  '10.1.2.3',
  '[::1]:8081',
  '[::1]',
  'bronnet-internal:8081',
  'bronnet_internal',
  'bronnet-internal.zorg.svc:8081',
  'bronnet-internal.zorg.svc.cluster.local',
  'node.internal.',
  'node.voorbeeld.nl:8081',
])('a call to %s is let in', (host) => {
  check({ method: 'GET', headers: { host } })
  check({ method: 'POST', headers: { host } })
})

test.each([
  'elsewhere.example',
  'elsewhere.example:8081',
  '127.0.0.1.elsewhere.example:8081',
  'localhost.elsewhere.example',
  'evil-node.voorbeeld.nl',
  'node.voorbeeld.nl.elsewhere.example',
  '127.0.0.1:8081@elsewhere.example',
  '[::1].elsewhere.example',
  '',
])('a name that somebody else could have made, "%s", is refused, for reading too', (host) => {
  for (const method of ['GET', 'POST'])
    expect(refusalOf(() => check({ method, headers: { host } })).code).toBe('request.foreign_site')
})

test.each([
  [{ origin: 'http://elsewhere.example' }],
  [{ origin: 'http://localhost:9000' }],
  [{ origin: 'null' }],
  [{ 'sec-fetch-site': 'cross-site' }],
  [{ 'sec-fetch-site': 'same-site', origin: 'http://localhost:8081' }],
])('a page elsewhere (%j) changes nothing', (headers) => {
  const request = { headers: { host: 'localhost:8081', ...headers } }
  for (const method of ['POST', 'DELETE'])
    expect(refusalOf(() => check({ ...request, method })).code).toBe('request.foreign_site')
  // What a page elsewhere can only have fetched, it cannot read.
  check({ ...request, method: 'GET' })
})

test('a page of the listener itself may call it', () => {
  const headers = { host: 'localhost:8081', origin: 'http://localhost:8081', 'sec-fetch-site': 'same-origin' }
  check({ method: 'POST', headers })
})

describe('a node whose internal listener asks nobody who calls', () => {
  let running: ComposedNode
  beforeAll(async () => {
    running = await startComposedNode()
  })
  afterAll(() => running.end())

  const keys = '/internal/bronnet/v1/subjects/ciz/keys'

  test('does nothing for a page elsewhere in the browser of an administrator', async () => {
    const before = await running.inside('GET', keys)
    const [{ keyId } = { keyId: '' }] = (before.json as { keys: { keyId: string }[] }).keys
    const retire = `${keys}/${encodeURIComponent(keyId)}/retire`
    const reply = await running.inside('POST', retire, undefined, { origin: 'http://elsewhere.example' })
    expect(problem(reply)).toMatchObject({ status: 403, code: 'foreign-site' })
    expect((await running.inside('GET', keys)).json).toEqual(before.json)
  })

  test('shows nothing under a name that somebody else pointed to it, and says what to do', async () => {
    const answer = await send(running.node.internalPort, requestText('GET', keys))
    expect(answer.status).toBe(403)
    expect(answer.body).toContain('http.internal.names')
    expect(answer.body).not.toContain('did:')
  })

  test('refuses such calls as a problem whatever the family of the route, and lets probes in', async () => {
    const headers = { origin: 'http://elsewhere.example' }
    const reply = await running.inside('POST', '/vc-api/credentials/issue', {}, headers)
    expect(problem(reply)).toMatchObject({ status: 403, code: 'foreign-site' })
    expect((await send(running.node.internalPort, requestText('GET', '/health'))).status).toBe(200)
  })
})

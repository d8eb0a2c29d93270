import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { systemClock } from '../../node/kernel/clock.js'
import { packageFile } from '../../node/kernel/package-root.js'
import { freePorts } from '../support/free-ports.js'
import { createProver } from '../support/prover.js'
import { membershipOf, startComposedNode, type ComposedNode } from '../unit/http/composed.js'

const scope = 'registers/wlzindicatieregister/indicaties/indicatie:read'
const base = 'https://fhir.voorbeeld.nl'
const found = spawnSync('nginx', ['-v']).error === undefined

if (!found) {
  // eslint-disable-next-line no-console -- the point is that somebody sees it
  console.warn('SKIPPED the gateway: nginx is not installed here')
  test.skip('nginx is not installed here', () => {})
}

const describeWithNginx = found ? describe : describe.skip

describeWithNginx('the configuration for nginx in front of an application', () => {
  let running: ComposedNode
  let application: Server
  let nginx: ChildProcess
  let directory: string
  let gateway: string
  /** What reached the application. */
  const seen: { url: string; headers: IncomingHttpHeaders }[] = []
  let token: { access_token: string; token_type: string; dpop_kid: string }

  beforeAll(async () => {
    running = await startComposedNode()
    const [applicationPort = 0, gatewayPort = 0] = await freePorts(2)
    application = createServer((request, response) => {
      seen.push({ url: request.url ?? '', headers: request.headers })
      response.writeHead(200, { 'content-type': 'application/fhir+json' }).end('{"resourceType":"Bundle"}')
    }).listen(applicationPort, '127.0.0.1')
    gateway = `http://127.0.0.1:${gatewayPort}`
    directory = await mkdtemp(join(tmpdir(), 'bronnet-nginx-'))
    await startNginx(applicationPort, gatewayPort)
    const issued = await running.inside('POST', '/internal/vcr/v2/issuer/vc', membershipOf(running.dids))
    const json = { 'content-type': 'application/json' }
    await running.inside('POST', '/internal/vcr/v2/holder/noord/vc', JSON.stringify(issued.json), json)
    const request = { authorization_server: `${running.publicUrl}/oauth2/ciz`, scope, token_type: 'DPoP' }
    const reply = await running.inside('POST', '/internal/auth/v2/noord/request-service-access-token', request)
    expect(reply.status).toBe(200)
    token = reply.json as typeof token
  })

  afterAll(async () => {
    nginx.kill('SIGTERM')
    await new Promise((resolve) => nginx.once('exit', resolve))
    application.close()
    await running.end()
    await rm(directory, { recursive: true, force: true })
  })

  /** The one request that reached the application. */
  function arrived(): { readonly url: string; readonly headers: IncomingHttpHeaders } {
    const [first] = seen
    if (first === undefined) throw new Error('nothing reached the application')
    return first
  }

  /** The configuration as it is shipped, with the ports, the party and the scope of this test. */
  async function startNginx(applicationPort: number, gatewayPort: number): Promise<void> {
    const shipped = await readFile(packageFile('config', 'nginx', 'bronnet-gateway.conf'), 'utf8')
    const adapted = shipped
      .replace('127.0.0.1:8081', `127.0.0.1:${running.node.internalPort}`)
      .replace('127.0.0.1:8090', `127.0.0.1:${applicationPort}`)
      .replace('127.0.0.1:8088', `127.0.0.1:${gatewayPort}`)
      .replace('gateway/voorbeeld?scope=fhir', `gateway/ciz?scope=${scope}`)
    await mkdir(join(directory, 'temp'))
    const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path ${join(directory, 'temp', name)};`)
      .join('\n')
    const whole = `daemon off; pid ${join(directory, 'pid')}; error_log ${join(directory, 'error.log')};
      events {} http { access_log off; ${temp} ${adapted} }`
    await writeFile(join(directory, 'nginx.conf'), whole)
    nginx = spawn('nginx', ['-p', directory, '-c', join(directory, 'nginx.conf')], { stdio: 'ignore' })
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const answer = await fetch(gateway).catch(() => undefined)
      if (answer !== undefined) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error('nginx does not serve; try `nginx -t` with this configuration')
  }

  async function proofFor(method: string, url: string): Promise<string> {
    const path = `/internal/auth/v2/dpop/${encodeURIComponent(token.dpop_kid)}`
    const { json } = await running.inside('POST', path, { htm: method, htu: url, token: token.access_token })
    return (json as { dpop: string }).dpop
  }

  async function ask(path: string, headers: Record<string, string>, method = 'GET'): Promise<Response> {
    seen.length = 0
    return fetch(`${gateway}${path}`, { method, headers })
  }

  /** As `ask`, with a line of its own for each value of a header, which `fetch` would join. */
  async function askInLines(path: string, headers: Record<string, string | string[]>): Promise<number | undefined> {
    seen.length = 0
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(`${gateway}${path}`, { headers }, (incoming) => {
        incoming.resume().once('end', () => resolve(incoming.statusCode))
      })
      outgoing.once('error', reject)
      outgoing.end()
    })
  }

  const withToken = async (path: string, method = 'GET'): Promise<Record<string, string>> => ({
    authorization: `DPoP ${token.access_token}`,
    dpop: await proofFor(method, `${base}${path.split('?')[0] ?? ''}`),
  })

  test('lets a request with token and proof through, with what the token says and without the token', async () => {
    const answer = await ask('/fhir/Task?status=requested', await withToken('/fhir/Task?status=requested'))
    expect(answer.status).toBe(200)
    const { url, headers } = arrived()
    expect(url).toBe('/fhir/Task?status=requested')
    expect(headers['x-bronnet-requester']).toBe(running.dids.noord)
    expect(headers['x-bronnet-scope']).toBe(scope)
    const claims = Buffer.from(String(headers['x-bronnet-claims']), 'base64url').toString()
    expect(JSON.parse(claims)).toMatchObject({ organization_id: '5999' })
    expect([headers.authorization, headers['dpop']]).toEqual([undefined, undefined])
  })

  test('takes a proof once', async () => {
    const headers = await withToken('/fhir/Task')
    expect((await ask('/fhir/Task', headers)).status).toBe(200)
    const again = await ask('/fhir/Task', headers)
    expect(again.status).toBe(401)
    expect(again.headers.get('www-authenticate')).toContain('DPoP error="invalid_dpop_proof"')
    expect(seen).toEqual([])
  })

  test('refuses two DPoP headers, whichever of them is good, and one that holds two proofs', async () => {
    const { authorization = '' } = await withToken('/fhir/Task')
    const good = await proofFor('GET', `${base}/fhir/Task`)
    const other = await proofFor('GET', `${base}/fhir/Patient`)
    for (const dpop of [
      [good, other],
      [other, good],
      [good, good],
      [good, ''],
    ]) {
      expect(await askInLines('/fhir/Task', { authorization, dpop })).toBe(403)
      expect(seen).toEqual([])
    }
    expect(await askInLines('/fhir/Task', { authorization, dpop: `${good}, ${other}` })).toBe(401)
    expect(seen).toEqual([])
    // None of them spent the proof.
    expect(await askInLines('/fhir/Task', { authorization, dpop: [good] })).toBe(200)
    expect(seen).toHaveLength(1)
  })

  test('refuses two tokens', async () => {
    const { authorization = '', dpop = '' } = await withToken('/fhir/Task')
    // nginx itself refuses them from 1.23 on.
    const status = await askInLines('/fhir/Task', { authorization: [authorization, authorization], dpop })
    expect([400, 403]).toContain(status)
    expect(seen).toEqual([])
  })

  test('lets through what an application may get twice or at length', async () => {
    const status = await askInLines('/fhir/Task', {
      ...(await withToken('/fhir/Task')),
      accept: ['application/fhir+json', 'application/json'],
      cookie: `c=${'x'.repeat(7_900)}`,
      'x-b3-traceid': ['a'.repeat(32), 'b'.repeat(32)],
      claims: 'of the application',
    })
    expect(status).toBe(200)
    expect(arrived().headers).toMatchObject({ accept: 'application/fhir+json, application/json' })
  })

  test('drops claim headers that come from outside, in whatever spelling', async () => {
    const smuggled = {
      'x-bronnet-requester': 'did:web:boef.example.nl',
      'X-BRONNET-SCOPE': 'alles',
      x_bronnet_claims: 'e30',
      'x-bronnet-client-id': 'https://boef.example.nl',
      'x-bronnet-service-provider': 'did:web:boef.example.nl',
      'x-original-url': `${base}/fhir/Patient`,
    }
    const answer = await ask('/fhir/Task', { ...smuggled, ...(await withToken('/fhir/Task')) })
    expect(answer.status).toBe(200)
    const { headers } = arrived()
    expect(headers['x-bronnet-requester']).toBe(running.dids.noord)
    expect(headers['x-bronnet-scope']).toBe(scope)
    expect(headers).not.toHaveProperty('x_bronnet_claims')
    expect(JSON.stringify(headers)).not.toContain('boef')
    // Without a token they open nothing either.
    expect((await ask('/fhir/Task', smuggled)).status).toBe(401)
    expect(seen).toEqual([])
  })

  test.each<[string, (headers: Record<string, string>) => Record<string, string>]>([
    ['no token', () => ({})],
    [
      'the token as a bearer token',
      ({ authorization = '' }) => ({ authorization: authorization.replace('DPoP', 'Bearer') }),
    ],
    ['no proof', ({ authorization = '' }) => ({ authorization })],
    ['another token', (headers) => ({ ...headers, authorization: 'DPoP onbekend' })],
    [
      'a proof of another key',
      (headers) => ({
        ...headers,
        dpop: createProver(systemClock).prove({
          htm: 'GET',
          htu: `${base}/fhir/Task`,
          token: token.access_token,
        }),
      }),
    ],
  ])('refuses %s with 401 and a challenge, and the application sees nothing', async (_what, change) => {
    const answer = await ask('/fhir/Task', change(await withToken('/fhir/Task')))
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toContain('DPoP')
    expect(seen).toEqual([])
  })

  test('refuses a proof for another method, another path, or the name in the Host header', async () => {
    const headers = await withToken('/fhir/Task')
    expect((await ask('/fhir/Task', headers, 'DELETE')).status).toBe(401)
    expect((await ask('/fhir/Patient', headers)).status).toBe(401)
    const elsewhere = { ...headers, dpop: await proofFor('GET', `${gateway}/fhir/Task`) }
    expect((await ask('/fhir/Task', elsewhere)).status).toBe(401)
  })
})

import { connect, type ConnectionOptions } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { startNidWorld, indicatieScope, serials, type NidWorld } from '../support/nid-world.js'
import { createProver } from '../support/prover.js'
import { callOverTls, type TlsCall, type TlsReply } from '../support/tls-call.js'
import { submission, zorgkantoor } from '../support/token-world.js'

let world: NidWorld
let origin: string

beforeAll(async () => {
  world = await startNidWorld({ tls: true, proxies: ['192.0.2.0/24'], clientAddressHeader: 'X-Forwarded-For' })
  origin = new URL(world.tokenUrl).origin
})

afterAll(() => world.end())

const over = (path: string, call: Partial<TlsCall> = {}): Promise<TlsReply> =>
  callOverTls({ url: `${world.tls.url}${path}`, ca: world.tls.ca, ...call })

const metadataPath = '/.well-known/oauth-authorization-server/oauth2/ciz'
const tokenPath = '/oauth2/ciz/token'
const sourcePath = '/sources/ciz/indicatieregister/graphql'
const json = { 'content-type': 'application/json' }
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const question = JSON.stringify({
  query: `query($id: UUID!, $uzovi: String!) {
    wlzIndicatie(where: { wlzindicatieID: { eq: $id }, initieelVerantwoordelijkZorgkantoor: { eq: $uzovi } }) { bsn }
  }`,
  variables: { id: '5f1c0f0e-6f0c-4a57-9d0a-1c1f0a7d9b11', uzovi: '5999' },
})

/** A token request of the member for the authorization server at `base`. */
function bodyFor(base: string, parameters: Readonly<Record<string, string>> = {}): string {
  const membership = world.stelselbeheerder.issue({
    type: 'LedenadministratieCredential',
    subject: { id: world.member.did, organization: zorgkantoor },
  })
  return new URLSearchParams({
    grant_type: 'vp_token-bearer',
    client_id: 'https://lid.example.nl/oauth2/lid',
    assertion: world.member.present({ audience: `${base}/oauth2/ciz`, credentials: [membership] }),
    presentation_submission: JSON.stringify(submission),
    scope: indicatieScope,
    ...parameters,
  }).toString()
}

const ask = (at: string, named: string, htu?: string): Promise<{ readonly status: number; readonly json: unknown }> => {
  const proof = htu === undefined ? {} : { dpop: prover.prove({ htm: 'POST', htu: `${htu}${tokenPath}` }) }
  return post(at, tokenPath, bodyFor(named), { ...form, ...proof })
}

async function post(
  base: string,
  path: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly json: unknown }> {
  if (base.startsWith('https:')) return over(path, { method: 'POST', body, headers })
  const response = await fetch(`${base}${path}`, { method: 'POST', body, headers })
  return { status: response.status, json: await response.json() }
}

let prover: ReturnType<typeof createProver>
beforeAll(() => {
  prover = createProver(world.clock)
})

const tokenOf = (reply: { readonly json: unknown }): string => (reply.json as { access_token: string }).access_token

describe('a node that ends TLS itself', () => {
  test('serves the same, under the URL by which it was reached', async () => {
    const plain = (await (await fetch(`${origin}${metadataPath}`)).json()) as Record<string, unknown>
    const { status, json: secure } = await over(metadataPath)
    expect(status).toBe(200)
    expect(plain['issuer']).toBe(`${origin}/oauth2/ciz`)
    expect(JSON.stringify(secure)).toBe(JSON.stringify(plain).replaceAll(origin, world.tls.url))
    const explained = await over(sourcePath)
    expect(explained.json).toMatchObject({ authorizationServer: `${world.tls.url}/oauth2/ciz` })
    expect((await over('/nergens')).status).toBe(404)
  })

  test('keeps the same limits', async () => {
    const { status } = await over(tokenPath, { method: 'POST', headers: form, body: 'x'.repeat(300 * 1024) })
    expect(status).toBe(413)
  })

  test('counts in the same metrics, with the end of its certificate', async () => {
    await over(metadataPath)
    const text = await world.metrics()
    expect(text).toMatch(/bronnet_tls_certificate_expires_timestamp_seconds 2524607999\b/)
    expect(text).toMatch(/listener="public",route="\/.well-known\/oauth-authorization-server\/oauth2\/:subject"/)
  })

  test('tells browsers to stay with TLS, except on a machine of which all ports have one name', async () => {
    const named = await over(metadataPath, { headers: { host: 'node.example.nl' }, servername: 'localhost' })
    expect(named.headers['strict-transport-security']).toBe('max-age=31536000')
    expect((await over(metadataPath)).headers['strict-transport-security']).toBeUndefined()
    const plain = await fetch(`${origin}${metadataPath}`)
    expect(plain.headers.get('strict-transport-security')).toBeNull()
  })
})

describe('a handshake', () => {
  const failureOf = (options: ConnectionOptions): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect({ host: 'localhost', port: world.tls.port, ca: world.tls.ca, ...options }, () => {
        resolve(socket.getProtocol() ?? '')
        socket.destroy()
      })
      socket.on('error', (error: Error & { code?: string }) => resolve(error.code ?? ''))
    })

  test.each<[string, ConnectionOptions, string]>([
    ['agrees on TLS 1.3', {}, 'TLSv1.3'],
    ['takes TLS 1.2 with authenticated encryption', { maxVersion: 'TLSv1.2' }, 'TLSv1.2'],
    [
      'refuses TLS 1.2 without it',
      { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256' },
      'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
    ],
    [
      'refuses TLS 1.1',
      { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
      'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    ],
  ])('%s', async (_what, options, outcome) => {
    expect(await failureOf(options)).toBe(outcome)
  })

  test('HTTP in the clear at the port of TLS gets no answer', async () => {
    await expect(fetch(`http://localhost:${String(world.tls.port)}${metadataPath}`)).rejects.toThrow()
    expect((await over(metadataPath)).status).toBe(200)
  })
})

describe('a token that is asked over TLS', () => {
  test('is granted to who made presentation and proof for the URL of TLS, and reads there', async () => {
    const granted = await ask(world.tls.url, world.tls.url, world.tls.url)
    expect(granted).toMatchObject({ status: 200, json: { token_type: 'DPoP' } })
    const token = tokenOf(granted)
    const read = (htu: string, base = world.tls.url) => {
      const proof = prover.prove({ htm: 'POST', htu: `${htu}${sourcePath}`, token })
      return post(base, sourcePath, question, { ...json, authorization: `DPoP ${token}`, dpop: proof })
    }
    expect((await read(world.tls.url)).status).toBe(200)
    // It is the same node, so the token counts at its other URL too, with a proof for that.
    expect((await read(origin, origin)).status).toBe(200)
    expect(await read(origin)).toMatchObject({ status: 401 })
    expect(await read(world.tls.url, origin)).toMatchObject({ status: 401 })
  })

  test.each<[string, () => Promise<{ readonly json: unknown }>, string]>([
    ['a presentation for http is none over TLS', () => ask(world.tls.url, origin), 'invalid_request'],
    ['a presentation for TLS is none in the clear', () => ask(origin, world.tls.url), 'invalid_request'],
    ['a proof for http is none over TLS', () => ask(world.tls.url, world.tls.url, origin), 'invalid_dpop_proof'],
    ['a proof for TLS is none in the clear', () => ask(origin, origin, world.tls.url), 'invalid_dpop_proof'],
  ])('%s', async (_what, asked, error) => {
    expect((await asked()).json).toMatchObject({ error })
  })

  test('a presentation is spent at both URLs when it is spent at one', async () => {
    const body = bodyFor(world.tls.url)
    expect((await over(tokenPath, { method: 'POST', headers: form, body })).status).toBe(200)
    expect((await over(tokenPath, { method: 'POST', headers: form, body })).status).toBe(400)
  })

  test.each(['ciz', 'zonder'])('a client_id below the URL of TLS is that of the own party %s', async (subject) => {
    const body = bodyFor(world.tls.url, { client_id: `${world.tls.url}/oauth2/${subject}` })
    expect((await over(tokenPath, { method: 'POST', headers: form, body })).status).toBe(400)
    expect((await world.journal()).at(-1)).toMatchObject({ code: 'token.refused', error: 'token.client_mismatch' })
  })
})

describe('the certificate of a client that is shown to the node itself', () => {
  const nid = (call: Partial<TlsCall>, changes: Readonly<Record<string, unknown>> = {}): Promise<TlsReply> =>
    over('/nid/ciz/auth/token', {
      method: 'POST',
      headers: json,
      body: JSON.stringify({
        grant_type: 'client_credentials',
        scope: indicatieScope,
        audience: `${world.tls.url}${sourcePath}`,
        ...changes,
      }),
      ...call,
    })

  test('gets a token, of which the issuer is the URL at which it was asked', async () => {
    const reply = await nid(world.tls.clientOf(serials.zorgkantoor))
    expect(reply.status).toBe(200)
    const [, claims = ''] = tokenOf(reply).split('.')
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      iss: `${world.tls.url}/nid/ciz/auth/token`,
      aud: `${world.tls.url}${sourcePath}`,
    })
    const authorization = `Bearer ${tokenOf(reply)}`
    const read = await over(sourcePath, { method: 'POST', headers: { ...json, authorization }, body: question })
    expect(read.status).toBe(200)
    // For the URL of TLS means over TLS.
    expect((await post(origin, sourcePath, question, { ...json, authorization })).status).toBe(401)
  })

  test.each<[string, () => Partial<TlsCall>]>([
    ['nobody', () => ({})],
    ['one of another authority with a number that is known', () => world.tls.forged],
    ['one with a number that is not known', () => world.tls.clientOf(serials.nobody)],
    [
      'a good one beside a header that only a proxy may send',
      () => ({
        ...world.tls.clientOf(serials.zorgkantoor),
        headers: { ...json, 'x-client-cert': world.certificate(serials.vendor) },
      }),
    ],
    [
      'only a header that only a proxy may send',
      () => ({ headers: { ...json, 'x-client-cert': world.certificate(serials.zorgkantoor) } }),
    ],
  ])('%s: 403', async (_what, call) => {
    expect(await nid(call())).toMatchObject({ status: 403, json: 'Invalid Client Certificate' })
    expect((await world.journal()).at(-1)).toMatchObject({ error: 'token.certificate_refused' })
  })

  test('of a proxy is not that of the client behind it', async () => {
    const proxied = await startNidWorld({ tls: true })
    try {
      const call = (headers: Readonly<Record<string, string>>) =>
        callOverTls({
          ...proxied.tls.clientOf(serials.zorgkantoor),
          method: 'POST',
          url: `${proxied.tls.url}/nid/ciz/auth/token`,
          ca: proxied.tls.ca,
          headers: { ...json, ...headers },
          body: JSON.stringify({
            grant_type: 'client_credentials',
            scope: indicatieScope,
            audience: proxied.audience,
            access_token: { sub: 'agbcode:06999901' },
          }),
        })
      expect((await call({})).status).toBe(403)
      expect((await call({ 'x-client-cert': proxied.certificate(serials.vendor) })).status).toBe(200)
    } finally {
      await proxied.end()
    }
  })

  test('who calls over TLS is who has the connection, whatever a header says', async () => {
    const strict = await startNidWorld({
      tls: true,
      proxies: ['192.0.2.0/24'],
      nid: { networks: ['203.0.113.0/24'] },
      clientAddressHeader: 'X-Forwarded-For',
    })
    try {
      const reply = await callOverTls({
        ...strict.tls.clientOf(serials.zorgkantoor),
        method: 'POST',
        url: `${strict.tls.url}/nid/ciz/auth/token`,
        ca: strict.tls.ca,
        headers: { ...json, 'x-forwarded-for': '203.0.113.7' },
        body: JSON.stringify({ grant_type: 'client_credentials', scope: indicatieScope, audience: strict.audience }),
      })
      expect([reply.status, reply.json]).toEqual([403, 'Forbidden'])
    } finally {
      await strict.end()
    }
  })
})

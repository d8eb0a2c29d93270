import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { systemClock } from '../../node/kernel/clock.js'
import type { OpenApiDocument } from '../support/openapi-contract.js'
import { claimsOf, lineOf, signInKinds, signInToken } from '../support/sign-in.js'
import { membershipOf, problem, startComposedNode, type ComposedNode } from '../unit/http/composed.js'

const keys = {
  administrator: signInKinds.EdDSA.make(),
  operator: signInKinds.ES256.make(),
  application: signInKinds.EdDSA.make(),
  reader: signInKinds.EdDSA.make(),
  ciz: signInKinds.EdDSA.make(),
}
type Who = keyof typeof keys
const lines: Readonly<Record<Who, string>> = {
  administrator: lineOf(keys.administrator, 'beheer', 'role="administrator"'),
  operator: lineOf(keys.operator, 'operatie', 'role="operator"'),
  application: lineOf(keys.application, 'epd', 'role="application"'),
  reader: lineOf(keys.reader, 'lezer', 'role="reader"'),
  ciz: lineOf(keys.ciz, 'ciz-app', 'role="application",parties="ciz"'),
}
const users = { administrator: 'beheer', operator: 'operatie', application: 'epd', reader: 'lezer', ciz: 'ciz-app' }

let directory: string
let file: string
let running: ComposedNode
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-sign-in-'))
  file = join(directory, 'authorized_keys')
  await writeFile(file, Object.values(lines).join('\n'))
  const auth = { type: 'token_v2', audience: 'node.test', authorizedKeysPath: file } as const
  running = await startComposedNode({ auth, refusalsPerMinute: 10_000 })
})
afterAll(async () => {
  await running.end()
  await rm(directory, { recursive: true, force: true })
})

const as = (who: Who, changes: object = {}): { authorization: string } => {
  const kind = who === 'operator' ? 'ES256' : 'EdDSA'
  return { authorization: `Bearer ${signInToken(kind, keys[who], claimsOf(users[who], systemClock.now(), changes))}` }
}
const subjects = '/internal/vdr/v2/subject'
const journal = async (
  after: number,
  reading: Readonly<Record<string, string>>,
): Promise<readonly { number: number; event: JournalEvent }[]> => {
  const path = `/internal/bronnet/v1/audit?after=${after}&limit=1000`
  const { json } = await running.inside('GET', path, undefined, reading)
  return (json as { entries: { number: number; event: JournalEvent }[] }).entries
}
interface JournalEvent {
  readonly code: string
  readonly trace?: { readonly listener?: string; readonly signedIn?: object }
}

describe('the internal listener with sign-in', () => {
  test('refuses who does not sign in with 401, a challenge and what to do', async () => {
    const reply = await running.inside('GET', subjects)
    expect(reply.status).toBe(401)
    expect(reply.headers.get('www-authenticate')).toBe('Bearer realm="node.test"')
    expect(problem(reply)).toMatchObject({ code: 'sign-in-missing' })
  })

  test('refuses a token that is no good, and says nothing of why', async () => {
    const reply = await running.inside('GET', subjects, undefined, as('reader', { aud: 'elsewhere' }))
    expect(reply.status).toBe(401)
    expect(reply.headers.get('www-authenticate')).toBe('Bearer realm="node.test", error="invalid_token"')
    expect(problem(reply)).toMatchObject({ code: 'sign-in-invalid' })
    expect(reply.text).not.toMatch(/aud|elsewhere/)
  })

  test('refuses by role with 403', async () => {
    const reply = await running.inside('POST', subjects, { subject: 'x' }, as('reader'))
    expect(reply.status).toBe(403)
    expect(reply.headers.get('www-authenticate')).toMatch(/error="insufficient_scope"/)
    expect(problem(reply)).toMatchObject({ code: 'not-your-role' })
    expect((await running.inside('GET', subjects, undefined, as('reader'))).status).toBe(200)
  })

  test('refuses in the family of problems also where a route has another', async () => {
    const reply = await running.inside('POST', '/vc-api/credentials/issue', {})
    expect([reply.status, problem(reply)]).toEqual([401, expect.objectContaining({ code: 'sign-in-missing' })])
  })

  test('refuses before a body is read', async () => {
    const reply = await running.inside('POST', subjects, 'x'.repeat(3_000_000))
    expect(reply.status).toBe(401)
  })

  test.each(['/health', '/health/live', '/health/ready', '/status', '/metrics', '/openapi', '/openapi.json'])(
    'leaves %s open, as nuts-node v6 does with what is not below /internal',
    async (path) => {
      expect((await running.inside('GET', path)).status).toBe(200)
    },
  )

  test('leaves the public listener as it is', async () => {
    const path = '/.well-known/oauth-authorization-server/oauth2/ciz'
    expect((await running.outside('GET', path)).status).toBe(200)
  })

  test('takes sign-in from a header of its own, for gateways that pass on the token of another', async () => {
    const signIn = { 'x-bronnet-sign-in': as('reader').authorization }
    expect((await running.inside('GET', subjects, undefined, { ...signIn, authorization: 'DPoP x' })).status).toBe(200)
  })

  test('asks everybody but for what anybody may call, and says so in its description', async () => {
    const { paths } = (await running.inside('GET', '/openapi.json')).json as OpenApiDocument
    const open: string[] = []
    for (const [path, operations] of Object.entries(paths)) {
      for (const [name, operation] of Object.entries(operations)) {
        const method = name.toUpperCase()
        // A path that ends in an empty parameter is a case of its own.
        if (path.endsWith('/')) continue
        const url = path.replace('{did}', encodeURIComponent(running.dids.ciz)).replace(/\{[^}]+\}/g, 'x')
        const signsIn = JSON.stringify(operation).includes('"security":[{"signIn":[]}]')
        const ask = async (headers: Readonly<Record<string, string>>) => {
          const response = await fetch(`http://127.0.0.1:${running.node.internalPort}${url}`, { method, headers })
          if (response.status === 401 || response.status === 403)
            return /"code":"(sign-in-missing|sign-in-invalid|not-your-role)"/.exec(await response.text())?.[1]
          // Some answers go on until the caller leaves.
          await response.body?.cancel()
          return undefined
        }
        if (!signsIn) open.push(path)
        expect([method, path, await ask({})]).toEqual([method, path, signsIn ? 'sign-in-missing' : undefined])
        // A route that declares nothing is refused to administrators too.
        expect([method, path, await ask(as('administrator'))]).toEqual([method, path, undefined])
      }
    }
    expect(open.sort()).toEqual([
      '/.well-known/authzen-configuration',
      '/health',
      '/health/live',
      '/health/ready',
      '/metrics',
      '/openapi',
      '/openapi.json',
      '/public-openapi',
      '/public-openapi.json',
      '/status',
    ])
  })
})

describe('the journal', () => {
  test('says of every event that came in by the internal listener who did it', async () => {
    const reading = as('operator')
    const before = (await journal(0, reading)).at(-1)?.number ?? 0
    const who = as('administrator', { sub: 'medewerker 7' })
    const steps: readonly (readonly [string, string, unknown?])[] = [
      ['POST', subjects, { subject: 'nieuw' }],
      ['POST', `${subjects}/nieuw/verificationmethod`],
      ['POST', '/internal/bronnet/v1/subjects/nieuw/keys', {}],
      ['POST', `${subjects}/nieuw/service`, { type: 'x', serviceEndpoint: 'https://x.example/' }],
      ['POST', '/internal/vcr/v2/issuer/vc', membershipOf(running.dids)],
      ['POST', '/internal/bronnet/v1/policy/reload', {}],
      ['POST', '/internal/bronnet/v1/audit/checkpoints'],
      ['DELETE', `${subjects}/nieuw`],
    ]
    for (const [method, path, body] of steps)
      expect([method, path, (await running.inside(method, path, body, who)).status]).toEqual([
        method,
        path,
        expect.any(Number),
      ])
    const events = (await journal(before, reading)).map(({ event }) => event)
    expect(events.map(({ code }) => code)).toEqual(
      expect.arrayContaining([
        'sign-in.accepted',
        'party.created',
        'key.made',
        'party.changed',
        'credential.issued',
        'party.removed',
      ]),
    )
    const own = events.filter(({ code }) => code !== 'audit.read')
    for (const { code, trace } of own)
      expect([code, trace?.signedIn]).toEqual([
        code,
        { user: 'beheer', role: 'administrator', subject: 'medewerker 7' },
      ])
  })
})

describe('an application that is kept to one party', () => {
  test('acts for that party and for no other', async () => {
    const ask = { authorization_server: `${running.publicUrl}/oauth2/ciz`, scope: 'x' }
    const status = async (subject: string, body: object) =>
      (await running.inside('POST', `/internal/auth/v2/${subject}/request-service-access-token`, body, as('ciz')))
        .status
    expect(await status('noord', ask)).toBe(403)
    expect(await status('ciz', ask)).not.toBe(403)
    expect(await status('ciz', { ...ask, service_provider_subject_id: 'noord' })).toBe(403)
  })
})

test('who may sign in follows the file', async () => {
  const attempt = async (who: Who) => (await running.inside('GET', subjects, undefined, as(who))).status
  expect([await attempt('reader'), await attempt('operator')]).toEqual([200, 200])
  const { reader, ...others } = lines
  // The line of the operator is broken: it lets nobody in, and the others go on.
  await writeFile(file, Object.values(others).join('\n').replace('role="operator"', 'role="operater"'))
  // The job looks every five seconds; the test ends by itself when it does not.
  while ((await attempt('reader')) !== 401) await setTimeout(200)
  expect([await attempt('operator'), await attempt('administrator')]).toEqual([401, 200])
  await writeFile(file, [...Object.values(others), reader].join('\n'))
})

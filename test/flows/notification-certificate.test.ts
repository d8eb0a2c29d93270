import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { composeNode, type RunningNode } from '../../node/compose.js'
import { checkConfiguration } from '../../node/config.js'
import { createFixedClock } from '../../node/kernel/clock.js'
import { silentLog } from '../../node/kernel/log.js'
import { createNodeClient, type NodeClient } from '../../scripts/demo/node-client.js'
import type { ConfigurationInput } from '../../schemas/configuration.js'
import { createOutsider } from '../support/outsider.js'
import { freePorts } from '../support/free-ports.js'
import { giveIndicatie } from '../support/gemeente-case.js'
import { recordId } from '../support/gemeente-register.js'
import { createTestCertificate } from '../support/test-certificates.js'
import { callOverTls } from '../support/tls-call.js'
import { makeCertificate, pemOf, toClient } from '../support/x509-chain.js'

const clock = createFixedClock(Date.parse('2026-11-26T09:00:00Z'))
const stelselbeheerder = createOutsider(clock)
/** Issues the system certificates by which the gateway knows its callers. */
const authority = makeCertificate({ isAuthority: true, keyUsage: 0x60 })
const systemCertificate = (serial: string) =>
  toClient(makeCertificate({ issuer: authority, keyUsage: 0x01, subject: { '2.5.4.5': serial } }))
const serials = { ciz: '20009999000011', other: '20009999000012' } as const
const ciz = { name: 'CIZ', city: 'Utrecht', role: 'ciz', id_type: 'kvk', id: '62253778' } as const
const noord = {
  name: 'Zorgkantoor Noord',
  city: 'Noordstad',
  role: 'zorgkantoor',
  id_type: 'uzovi',
  id: '5999',
} as const
const zuid = { ...noord, name: 'Zorgkantoor Zuid', id: '5998' } as const
/** Who issued the certificates of servers. */
const root = { commonName: 'root', certificate: createTestCertificate({ commonName: 'root' }) }
const person = '999990019'

interface Running {
  readonly node: RunningNode
  readonly administrator: NodeClient
}
let directory: string
let tlsUrl: string
let receiver: Running
let sender: Running

async function start(
  name: string,
  changes: Partial<ConfigurationInput> & { readonly ports: readonly number[] },
): Promise<Running> {
  const { ports, ...settings } = changes
  const [publicPort = 0, internalPort = 0] = ports
  const { configuration } = checkConfiguration({
    strictmode: false,
    url: `http://localhost:${String(publicPort)}`,
    storage: { url: 'memory:' },
    keys: { directory: join(directory, name), passphrase: 'alleen voor deze test' },
    http: {
      public: { host: '127.0.0.1', port: publicPort, refusalsPerMinute: 100_000 },
      internal: { host: '127.0.0.1', port: internalPort },
    },
    outbound: { loopback: true, certificateAuthorities: [join(directory, 'root.pem')] },
    trust: { LedenadministratieCredential: [stelselbeheerder.did] },
    ...settings,
  })
  const node = await composeNode({ configuration, log: silentLog, version: 'test', clock })
  return { node, administrator: createNodeClient(`http://127.0.0.1:${String(internalPort)}`) }
}

/** What the stelselbeheerder issues, in the wallet of a party. */
async function enrol({ administrator }: Running, subject: string, organization: object): Promise<void> {
  const [did] = (await administrator.call('GET', `/internal/vdr/v2/subject/${subject}`)) as readonly string[]
  const membership = stelselbeheerder.issue({
    type: 'LedenadministratieCredential',
    subject: { id: did, organization },
  })
  await administrator.call('POST', `/internal/vcr/v2/holder/${subject}/vc`, membership)
}

const write = async (name: string, text: string): Promise<string> => {
  const path = join(directory, name)
  await writeFile(path, text)
  return path
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-certificate-'))
  const [receiving, receivingInside, tlsPort, sending, sendingInside] = await freePorts(5)
  tlsUrl = `https://localhost:${String(tlsPort)}`
  await write('root.pem', root.certificate.cert)
  const server = createTestCertificate({ commonName: 'node', issuer: root, dnsNames: ['localhost'] })
  const serving = {
    certificate: await write('server.pem', server.cert),
    key: await write('server-key.pem', server.key),
  }
  const client = systemCertificate(serials.ciz)
  const ports = [receiving ?? 0, receivingInside ?? 0]
  receiver = await start('receiver', {
    ports,
    http: {
      public: {
        host: '127.0.0.1',
        port: ports[0],
        refusalsPerMinute: 100_000,
        tls: { ...serving, port: tlsPort, url: tlsUrl, clientCertificates: true },
      },
      internal: { host: '127.0.0.1', port: ports[1] },
    },
    parties: [
      {
        subject: 'zorgkantoor',
        notifications: {},
        nid: {
          authorities: await write('authorities.pem', pemOf(authority)),
          known: [
            { serial: serials.ciz, organization: ciz },
            { serial: serials.other, organization: zuid },
          ],
        },
      },
    ],
  })
  sender = await start('sender', {
    ports: [sending ?? 0, sendingInside ?? 0],
    parties: [
      {
        subject: 'ciz',
        notifications: {},
        clientCertificate: {
          certificate: await write('client.pem', client.cert),
          key: await write('client-key.pem', client.key),
        },
        sources: [
          { name: 'indicatieregister', kind: 'register', schema: 'indicatieregister-2', pack: 'indicatieregister' },
        ],
      },
    ],
  })
  await enrol(receiver, 'zorgkantoor', noord)
  await enrol(sender, 'ciz', ciz)
  const list = {
    electronicServices: [
      {
        description: 'Notificaties van het indicatieregister',
        gegevensdienstId: '5999_NOTIFICATIE_PRD',
        weergavenaam: 'Zorgkantoor Noord',
        authorizationEndpoint: { authorizationEndpointuri: netwerkpunt() },
        tokenEndpoint: { tokenEndpointuri: tokenEndpoint() },
        systeemrollen: [
          { systeemrolcode: 'NOTIFICATIE_INDICATIE', resourceEndpoint: { resourceEndpointuri: netwerkpunt() } },
        ],
      },
    ],
  }
  const validUntil = '2026-12-31T00:00:00Z'
  await sender.administrator.call('POST', '/internal/bronnet/v1/address-book/import', { list, validUntil, by: 'test' })
}, 60_000)

afterAll(async () => {
  await Promise.all([receiver, sender].map(({ node }) => node.stop()))
  await rm(directory, { recursive: true })
})

const netwerkpunt = (): string => `${tlsUrl}/netwerkpunt/zorgkantoor/graphql`
const tokenEndpoint = (): string => `${tlsUrl}/nid/zorgkantoor/auth/token`
const scope = 'organisaties/zorgkantoor/notificaties/notificatie:create'

interface Message {
  readonly eventType: string
  readonly afzenderID: string
  readonly sender: object
  readonly subjectList: readonly object[]
}

async function inbox(): Promise<readonly Message[]> {
  const path = '/internal/bronnet/v1/notifications/inbox/zorgkantoor?limit=100'
  return ((await receiver.administrator.call('GET', path)) as { readonly messages: readonly Message[] }).messages
}

test('who is in the address book alone is sent a notificatie by certificate, and knows by it who sent it', async () => {
  const wlzindicatieID = await giveIndicatie(sender.administrator, person)
  for (let turn = 0; turn < 150 && (await inbox()).length === 0; turn += 1) await sleep(100)
  const recordID = `WlzIndicatie/${wlzindicatieID}`
  expect(await inbox()).toMatchObject([
    {
      eventType: 'NIEUWE_INDICATIE_ZORGKANTOOR',
      afzenderID: ciz.id,
      sender: { name: 'CIZ', role: 'ciz' },
      subjectList: [{ subject: recordID, recordID }],
    },
  ])
  const path = '/internal/bronnet/v1/notifications/outbox/ciz?part=ended'
  expect(await sender.administrator.call('GET', path)).toMatchObject({ deliveries: [{ state: 'delivered' }] })

  const asked = (await sender.administrator.journal(0)).map(({ event }) => event)
  expect(asked.find(({ code }) => code === 'token.requested')).toMatchObject({
    outcome: 'success',
    party: 'ciz',
    object: { scope, peer: tokenEndpoint() },
  })
  const granted = (await receiver.administrator.journal(0)).map(({ event }) => event)
  expect(granted.find(({ code }) => code === 'token.granted')).toMatchObject({
    actor: { organization: 'CIZ', identifier: 'kvk:62253778' },
  })
  expect(JSON.stringify([asked, granted])).not.toContain(person)
})

const pointer = `Bemiddeling/${recordId('a', 1)}`

test('what a certificate does not prove is refused: another as its sender, another scope, and a token elsewhere', async () => {
  const call = (url: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    callOverTls({
      method: 'POST',
      url,
      ca: root.certificate.cert,
      ...systemCertificate(serials.other),
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  const ask = (changes: object = {}) =>
    call(tokenEndpoint(), { grant_type: 'client_credentials', scope, audience: netwerkpunt(), ...changes })
  const { access_token: token } = (await ask()).json as { readonly access_token: string }
  const send = (from: typeof ciz | typeof zuid, accessToken = token) =>
    call(
      netwerkpunt(),
      {
        query: 'mutation ($n: NotificatieInput!) { zendNotificatie(notificatieInput: $n) { notificatieID } }',
        variables: {
          n: {
            timestamp: '2026-11-26T09:00:00Z',
            afzenderIDType: from.id_type.toUpperCase(),
            afzenderID: from.id,
            ontvangerIDType: 'UZOVI',
            ontvangerID: noord.id,
            eventType: from === ciz ? 'NIEUWE_INDICATIE_ZORGKANTOOR' : 'NIEUWE_BEMIDDELINGSPECIFICATIE_ZORGKANTOOR',
            subjectList: [{ subject: pointer, recordID: pointer }],
          },
        },
      },
      { authorization: `Bearer ${accessToken}`, accept: 'application/graphql-response+json' },
    )
  expect((await send(ciz)).status).toBe(403)
  expect((await send(zuid, `${token}x`)).status).toBe(401)
  expect((await ask({ scope: 'organisaties/gemeente/notificaties/notificatie:create' })).status).toBe(400)
  expect((await ask({ audience: `${tlsUrl}/netwerkpunt/ander/graphql` })).status).toBe(400)
  const before = (await inbox()).length
  const good = await send(zuid)
  expect([good.status, (await inbox()).length]).toEqual([200, before + 1])
})
